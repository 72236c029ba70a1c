/** A list's text, cut into its items: `{…, "items": [{…}, {…}]}`. */
export interface ListItems {
  /** The list without its items. */
  readonly head: Readonly<Record<string, unknown>>
  /** Where each item starts (its `{`), and where it ends. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN = 0x7b
const CLOSE = 0x7d

/**
 * Cuts at the key that the writer puts first into every item, without looking at what is between. All items must be
 * parsed then: a wrong cut leaves one that is no JSON, so together they are what `JSON.parse` makes of the whole, or one
 * of them fails. undefined: written in another way or no JSON, to be parsed at once.
 */
export function cutItems(bytes: Buffer, list: string, firstKey: string): ListItems | undefined {
  // Without its first quote: the search looks for the first byte, and a text is full of quotes (8 times as fast).
  const key = Buffer.from(`${firstKey}"`)
  const starts: number[] = []
  const ends: number[] = []
  let at = bytes.indexOf(`"${list}"`)
  const closeList = closeOfList(bytes)
  if (at < 0 || closeList < 0) return undefined
  while ((at = bytes.indexOf(key, at + 1)) >= 0) {
    if (bytes[at - 1] !== QUOTE) continue
    const open = before(bytes, at - 1)
    const comma = before(bytes, open)
    if (bytes[open] !== OPEN || bytes[comma] !== (starts.length === 0 ? OPEN_LIST : COMMA)) continue
    if (starts.length > 0) ends.push(before(bytes, comma) + 1)
    starts.push(open)
  }
  if (starts[0] === undefined) return undefined
  ends.push(before(bytes, closeList) + 1)
  const head = readHead(bytes.toString('utf8', 0, starts[0]), list)
  return head && { head, starts, ends }
}

/** Where the text ends with `]}`: of the bracket; -1: it does not. */
function closeOfList(bytes: Buffer): number {
  const close = before(bytes, bytes.length)
  const closeList = before(bytes, close)
  return bytes[close] === CLOSE && bytes[closeList] === CLOSE_LIST ? closeList : -1
}

/** undefined when the list is not the last member, or what is before it is no JSON. */
function readHead(start: string, list: string): ListItems['head'] | undefined {
  try {
    const head = JSON.parse(`${start}]}`) as Record<string, unknown>
    return Object.keys(head).at(-1) === list && Array.isArray(head[list]) ? head : undefined
  } catch {
    return undefined
  }
}

/** Where the last byte before `at` is that is no white space. */
function before(bytes: Buffer, at: number): number {
  let i = at - 1
  while (isSpace(bytes[i])) i--
  return i
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
