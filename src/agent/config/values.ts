import type { KeyKind } from './keys.ts'
import { scrub } from './scrub.ts'

/** A value as it should be, or what is wrong with it; a fault never holds the value of a secret. */
export type Checked<T> =
  { readonly value: T; readonly fault?: never } | { readonly value?: never; readonly fault: string }

const TRUE = ['1', 't', 'true', 'yes', 'y', 'on']
const FALSE = ['0', 'f', 'false', 'no', 'n', 'off']
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'critical', 'off']

/** How a wrong value is shown: short, on one line, and without what looks like a secret. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(scrub(value))
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

const wrong = (what: string, value: unknown): Checked<never> => ({
  fault: `must be ${what}, not ${shown(value)}`,
})

/** As Go's ParseBool, and YAML's older words. */
export function flagOf(value: unknown): Checked<boolean> {
  const word = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  if (typeof word === 'string' && TRUE.includes(word.toLowerCase())) return { value: true }
  if (typeof word === 'string' && FALSE.includes(word.toLowerCase())) return { value: false }
  return wrong('true or false', value)
}

/** A whole number between the bounds, also as text. */
export function wholeOf(
  value: unknown,
  { least, most = Number.MAX_SAFE_INTEGER }: { readonly least: number; readonly most?: number },
): Checked<number> {
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
  const fits = typeof number === 'number' && Number.isSafeInteger(number)
  if (fits && number >= least && number <= most) return { value: number }
  const bounds =
    most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  return wrong(`a whole number ${bounds}`, value)
}

/** Seconds, whole or not. */
export function secondsOf(value: unknown): Checked<number> {
  const text = typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(value)
  const number = text ? Number(value) : value
  if (typeof number === 'number' && number >= 0 && number <= 86_400) return { value: number }
  return wrong('a number of seconds, at most 86400', value)
}

/** Text; numbers and flags are taken as they are written. */
export function textOf(value: unknown): Checked<string> {
  if (typeof value === 'string') return { value }
  if (typeof value === 'number' || typeof value === 'boolean') return { value: String(value) }
  return wrong('text', value)
}

/** A list of texts, or one text with spaces between its items, as the environment has it. */
export function textsOf(value: unknown, separator: RegExp = /\s+/): Checked<readonly string[]> {
  if (typeof value === 'string') {
    const list = value.trimStart().startsWith('[') ? parseList(value) : undefined
    return list ? textsOf(list) : { value: value.split(separator).filter((word) => word !== '') }
  }
  if (!Array.isArray(value)) return wrong('a list of texts', value)
  const items = value.map(textOf)
  const at = items.findIndex(({ fault }) => fault !== undefined)
  if (at !== -1) return { fault: `item ${at + 1} ${items[at]?.fault ?? ''}` }
  return { value: items.flatMap((item) => item.value ?? []) }
}

/** A list in JSON, as the Agent allows it in a variable. */
function parseList(text: string): unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}

/** Any value of `datadog.yaml` or the environment as the environment would have it: what the agent is built from. */
export function variableOf(kind: KeyKind, value: unknown): Checked<string> {
  switch (kind) {
    case 'flag':
      return asText(flagOf(value))
    case 'whole':
      return asText(wholeOf(value, { least: 0 }))
    case 'port':
      // 0 or less: not used.
      return asText(wholeOf(value, { least: -1, most: 65_535 }))
    case 'list': {
      if (typeof value === 'string') return { value }
      const list = textsOf(value)
      return list.fault === undefined ? { value: JSON.stringify(list.value) } : list
    }
    case 'log-level':
      return typeof value === 'string' && LOG_LEVELS.includes(value.toLowerCase())
        ? { value }
        : wrong(`one of ${LOG_LEVELS.join(', ')}`, value)
    case 'secret':
      return typeof value === 'string' ? notEncrypted(value) : { fault: 'must be text in quotes' }
    case 'text': {
      const text = textOf(value)
      return text.fault === undefined ? notEncrypted(text.value) : text
    }
  }
}

const asText = (checked: Checked<boolean | number>): Checked<string> =>
  checked.fault === undefined ? { value: String(checked.value) } : checked

/** `ENC[handle]` taken for the value itself would be sent to somebody. */
const notEncrypted = (value: string): Checked<string> =>
  /^\s*ENC\[.*\]\s*$/.test(value)
    ? { fault: 'is to come from a secret backend (ENC[…]), which this agent has not' }
    : { value }
