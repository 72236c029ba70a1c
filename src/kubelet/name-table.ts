/** A closed table of names that are looked up by their bytes: a name's number is its place in the list. */
export interface NameTable {
  readonly list: readonly string[]
  readonly ids: ReadonlyMap<string, number>
  readonly bytes: readonly Uint8Array[]
  /** By hash: a name's number, or -1. */
  readonly first: Int16Array
  /** By name: the next name with the same hash, or -1. */
  readonly next: Int16Array
}

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
  return { list, ids: new Map(list.map((name, id) => [name, id])), bytes, first, next }
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
