/** A closed table of names that are looked up by their bytes: a name's number is its place in the list. */
export interface NameTable {
  readonly list: readonly string[]
  readonly ids: ReadonlyMap<string, number>
  readonly bytes: readonly Uint8Array[]
  /** By hash: a name's number, or -1. */
  readonly first: Int16Array
  /** By name: the next name with the same hash, or -1. */
  readonly next: Int16Array
  /** By name: the length of `name="`, or 0 where that is not between four bytes and MAX_OPENING_BYTES. */
  readonly openingLengths: Uint8Array
  /** By name: that text in words of four bytes, the last of which may overlap the one before. */
  readonly openings: Int32Array
}

const MAX_OPENING_BYTES = 32
const WORDS = MAX_OPENING_BYTES / 4

function bucketOf(length: number, first: number, last: number): number {
  return (length * 37 + first * 7 + last * 11) & 255
}

export function nameTable(list: readonly string[]): NameTable {
  const bytes = list.map((name) => Buffer.from(name, 'latin1'))
  const first = new Int16Array(256).fill(-1)
  const next = new Int16Array(list.length).fill(-1)
  bytes.forEach((name, id) => {
    const bucket = bucketOf(name.length, name[0] ?? 0, name.at(-1) ?? 0)
    next[id] = first[bucket] ?? -1
    first[bucket] = id
  })
  const ids = new Map(list.map((name, id) => [name, id]))
  return { list, ids, bytes, first, next, ...openingsOf(list) }
}

function openingsOf(list: readonly string[]): Pick<NameTable, 'openings' | 'openingLengths'> {
  const openings = new Int32Array(list.length * WORDS)
  const openingLengths = new Uint8Array(list.length)
  list.forEach((name, id) => {
    const text = Buffer.from(`${name}="`, 'latin1')
    if (text.length < 4 || text.length > MAX_OPENING_BYTES) return
    openingLengths[id] = text.length
    for (let at = 0; at < text.length; at += 4) {
      openings[id * WORDS + (at >> 2)] = text.readInt32LE(Math.min(at, text.length - 4))
    }
  })
  return { openings, openingLengths }
}

/** The length of `name="` for the name with this number, where exactly that stands at `at`; else 0. */
export function openingAt(view: DataView, at: number, id: number, names: NameTable): number {
  const length = names.openingLengths[id] ?? 0
  if (length === 0 || at + length > view.byteLength) return 0
  const { openings } = names
  const last = length - 4
  let word = id * WORDS
  for (let i = 0; i < last; i += 4) {
    if (view.getInt32(at + i, true) !== openings[word++]) return 0
  }
  return view.getInt32(at + last, true) === openings[word] ? length : 0
}

/** The number of the name between `start` and `end`, which are not the same; or -1. */
export function idOf(bytes: Uint8Array, start: number, end: number, names: NameTable): number {
  const length = end - start
  let id = names.first[bucketOf(length, bytes[start] as number, bytes[end - 1] as number)] as number
  while (id >= 0) {
    const name = names.bytes[id] as Uint8Array
    let same = name.length === length
    for (let i = 0; same && i < length; i++) same = name[i] === bytes[start + i]
    if (same) return id
    id = names.next[id] as number
  }
  return -1
}
