import { isUtf8 } from 'node:buffer'
import { SubletError } from '../core/index.ts'

/**
 * JSON read as spans of bytes: structure is checked and known, scalars stay the text they were. A counter past 2^53
 * leaves exactly as it came.
 */
export type JsonSpan =
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, JsonSpan])[] }
  | { readonly kind: 'array'; readonly items: readonly JsonSpan[] }
  /** `text` is the JSON text: quotes and escapes of a string included. */
  | { readonly kind: 'string' | 'number' | 'literal'; readonly text: string }

const MAX_DEPTH = 32

interface Reader {
  readonly bytes: Buffer
  at: number
}

/** Reads a whole document. Throws E_KUBELET_SHAPE for everything that is not strict JSON, and for a key that stands twice. */
export function readJson(bytes: Buffer): JsonSpan {
  if (!isUtf8(bytes)) throw malformed('not UTF-8')
  const reader: Reader = { bytes, at: 0 }
  skipSpace(reader)
  const value = readValue(reader, 0)
  skipSpace(reader)
  if (reader.at !== bytes.length) throw malformed(`text after the document at byte ${reader.at}`)
  return value
}

/** The member of an object; undefined when there is none or this is no object. */
export function member(value: JsonSpan | undefined, key: string): JsonSpan | undefined {
  if (value?.kind !== 'object') return undefined
  return value.members.find(([name]) => name === key)?.[1]
}

/** The items of an array; none for anything else. */
export function itemsOf(value: JsonSpan | undefined): readonly JsonSpan[] {
  return value?.kind === 'array' ? value.items : []
}

/** The text of a string; undefined for anything else. */
export function stringOf(value: JsonSpan | undefined): string | undefined {
  return value?.kind === 'string' ? (JSON.parse(value.text) as string) : undefined
}

/** The value of an integer of any size; undefined for anything else. */
export function integerOf(value: JsonSpan | undefined): bigint | undefined {
  return value?.kind === 'number' && /^-?\d+$/.test(value.text) ? BigInt(value.text) : undefined
}

function malformed(what: string): SubletError {
  return new SubletError('E_KUBELET_SHAPE', `the kubelet's answer is not JSON: ${what}`)
}

function skipSpace(reader: Reader): void {
  const { bytes } = reader
  let { at } = reader
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  reader.at = at
}

function readValue(reader: Reader, depth: number): JsonSpan {
  if (depth > MAX_DEPTH) throw malformed('nested too deeply')
  switch (reader.bytes[reader.at] ?? 0) {
    case 0x7b:
      return readObject(reader, depth)
    case 0x5b:
      return readArray(reader, depth)
    case 0x22:
      return { kind: 'string', text: readString(reader) }
    default:
      return readScalar(reader)
  }
}

function readObject(reader: Reader, depth: number): JsonSpan {
  const members: (readonly [string, JsonSpan])[] = []
  const seen = new Set<string>()
  readList(reader, 0x7d, () => {
    if (reader.bytes[reader.at] !== 0x22) throw malformed(`no key at byte ${reader.at}`)
    const key = JSON.parse(readString(reader)) as string
    if (seen.has(key)) throw malformed('a key stands twice')
    seen.add(key)
    skipSpace(reader)
    if (reader.bytes[reader.at++] !== 0x3a) throw malformed(`no colon at byte ${reader.at - 1}`)
    skipSpace(reader)
    members.push([key, readValue(reader, depth + 1)])
  })
  return { kind: 'object', members }
}

function readArray(reader: Reader, depth: number): JsonSpan {
  const items: JsonSpan[] = []
  readList(reader, 0x5d, () => {
    items.push(readValue(reader, depth + 1))
  })
  return { kind: 'array', items }
}

/** Reads what stands between brackets, comma by comma. */
function readList(reader: Reader, close: number, readItem: () => void): void {
  reader.at++
  skipSpace(reader)
  if (reader.bytes[reader.at] === close) {
    reader.at++
    return
  }
  for (;;) {
    readItem()
    skipSpace(reader)
    const byte = reader.bytes[reader.at++]
    if (byte === close) return
    if (byte !== 0x2c) throw malformed(`no comma at byte ${reader.at - 1}`)
    skipSpace(reader)
  }
}

function readString(reader: Reader): string {
  const { bytes } = reader
  const start = reader.at
  let at = start + 1
  let isPlain = true
  for (;;) {
    const byte = bytes[at]
    if (byte === undefined || byte < 0x20) throw malformed(`unfinished string at byte ${start}`)
    if (byte === 0x22) break
    if (byte === 0x5c) {
      isPlain = false
      at++
    }
    at++
  }
  reader.at = at + 1
  const text = bytes.toString('utf8', start, at + 1)
  if (!isPlain) checkEscapes(text, start)
  return text
}

function checkEscapes(text: string, start: number): void {
  if (!/^"(?:[^\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"$/.test(text)) {
    throw malformed(`bad escape in the string at byte ${start}`)
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const MAX_SCALAR = 128
/** Everything a number or a literal may consist of. */
const SCALAR: Uint8Array = new Uint8Array(256).map((_, byte) =>
  /[\w.+-]/.test(String.fromCharCode(byte)) ? 1 : 0,
)
const LITERALS = new Set(['true', 'false', 'null'])

function readScalar(reader: Reader): JsonSpan {
  const { bytes } = reader
  const start = reader.at
  let at = start
  while (at - start < MAX_SCALAR && SCALAR[bytes[at] ?? 0] === 1) at++
  reader.at = at
  const text = bytes.toString('latin1', start, at)
  if (LITERALS.has(text)) return { kind: 'literal', text }
  if (NUMBER.test(text)) return { kind: 'number', text }
  throw malformed(`no value at byte ${start}`)
}
