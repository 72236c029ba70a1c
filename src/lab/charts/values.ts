import { parseDocument } from 'yaml'
import { SubletError } from '../../core/index.ts'

/** Values of a chart: what a values file holds. */
export interface Values {
  readonly [key: string]: unknown
}

const isMap = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads a values file. `where` names it in errors. Throws E_INPUT, which names the line, when it is no map. */
export function parseValues(text: string, where: string): Values {
  const document = parseDocument(text)
  const [fault] = document.errors
  if (fault !== undefined)
    throw new SubletError('E_INPUT', `${where} is not YAML: ${fault.message.split('\n')[0] ?? ''}`)
  const value: unknown = document.toJS()
  if (value === null) return {}
  if (!isMap(value)) throw new SubletError('E_INPUT', `${where} is not a map of values`)
  return value
}

/** The later values over the earlier ones: maps merge, all else is replaced, null takes a key away (as Helm does). */
export function mergeValues(...all: readonly Values[]): Values {
  return all.reduce<Values>((under, over) => merged(under, over), {})
}

function merged(under: Values, over: Values): Values {
  const result: Record<string, unknown> = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const old = Object.hasOwn(result, key) ? result[key] : undefined
    if (value === null) Reflect.deleteProperty(result, key)
    else if (isMap(value)) define(result, key, merged(isMap(old) ? old : {}, value))
    else define(result, key, value)
  }
  return result
}

/** Not by assignment: a key may be called `__proto__`. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}

/**
 * What `--set a.b=1,c=x` means: numbers, booleans and null are such (`asText`: no, as with `--set-string`). A backslash
 * keeps the next dot, comma or equals sign. Lists (`a[0]=…`, `{…}`) are refused. Throws E_USAGE.
 */
export function parseSet(text: string, options: { asText?: boolean } = {}): Values {
  const pairs = split(text, ',').map((pair) => {
    const [path = '', ...rest] = split(pair, '=', 2)
    if (rest.length === 0)
      throw new SubletError('E_USAGE', `--set needs KEY=VALUE, not ${JSON.stringify(pair)}`)
    const value = rest.join('=')
    if (/[[\]]/.test(path) || /^\{.*\}$/.test(value)) {
      throw new SubletError('E_USAGE', `the lab's helm sets no lists: ${JSON.stringify(pair)}`, {
        hint: 'Write lists in a values file (-f).',
      })
    }
    const typed = options.asText === true ? unescape(value) : typedValue(unescape(value))
    return split(path, '.')
      .map(unescape)
      .reduceRight<unknown>((inner, key) => {
        const map = {}
        define(map, key, inner)
        return map
      }, typed) as Values
  })
  return mergeKeepingNulls(pairs)
}

/** `--set a=null` must still take the key away when these values are merged over others. */
function mergeKeepingNulls(all: readonly Values[]): Values {
  const over = (under: Values, next: Values): Values => {
    const result = { ...under }
    for (const [key, value] of Object.entries(next)) {
      const old = Object.hasOwn(result, key) ? result[key] : undefined
      define(result, key, isMap(value) && isMap(old) ? over(old, value) : value)
    }
    return result
  }
  return all.reduce<Values>(over, {})
}

function typedValue(text: string): unknown {
  if (text === 'true') return true
  if (text === 'false') return false
  if (text === 'null') return null
  return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text
}

/** Splits at a separator that has no backslash before it; into at most `limit` parts. */
function split(text: string, separator: string, limit = Infinity): string[] {
  const parts: string[] = []
  let last = ''
  for (let at = 0; at < text.length; at++) {
    const here = text[at] ?? ''
    if (here === '\\') last += here + (text[++at] ?? '')
    else if (here === separator && parts.length < limit - 1) {
      parts.push(last)
      last = ''
    } else last += here
  }
  return [...parts, last]
}

const unescape = (text: string): string => text.replaceAll(/\\(.)/gs, '$1')
