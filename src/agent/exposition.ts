import { quote } from './output/go-format.ts'

/**
 * Prometheus text (format 0.0.4) as families of samples, with the errors of Go's expfmt, which the Agent shows as they
 * are. The kubelet room's tokenizer is made for cutting bytes; this one is for reading values.
 */
export interface Family {
  readonly name: string
  type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped'
  readonly samples: Sample[]
}

export interface Sample {
  /** With its suffix: `…_bucket`, `…_sum`, `…_count`. */
  readonly name: string
  /** Has no prototype. */
  readonly labels: Readonly<Record<string, string>>
  /** May be NaN or infinite. A double: digits past 2^53 are gone, as they are in the Agent. */
  readonly value: number
}

const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped'])
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['_sum', '_count'],
}

export interface ParseOptions {
  /** Lines that are left out before they are looked at. */
  readonly skipLine?: (line: string) => boolean
  /** Families whose samples are kept; the others are only checked. Default: all. */
  readonly wanted?: (family: string) => boolean
}

/** Families by name, in the order of the text. Throws `text format parsing error in line N: …`. */
export function parseExposition(text: string, options: ParseOptions = {}): Map<string, Family> {
  const families = new Map<string, Family>()
  let line = 0
  let start = 0
  while (start < text.length) {
    line += 1
    const end = text.indexOf('\n', start)
    const complete = end !== -1
    const raw = text.slice(start, complete ? end : text.length)
    start = complete ? end + 1 : text.length
    const content = raw.trim()
    if (content === '' || options.skipLine?.(content) === true) continue
    try {
      if (content.startsWith('#')) readComment(content, families)
      else readSample(content, complete, families, options.wanted)
    } catch (error) {
      if (!(error instanceof FormatFault)) throw error
      throw new Error(`text format parsing error in line ${line}: ${error.message}`, {
        cause: error,
      })
    }
  }
  return families
}

class FormatFault extends Error {}

/** Declares the family of a plain TYPE line; false for one that is refused or not plain. */
export function readType(line: string, families: Map<string, Family>): boolean {
  try {
    readComment(line.trim(), families)
    return true
  } catch {
    return false
  }
}

function readComment(content: string, families: Map<string, Family>): void {
  const [, keyword, name, type] = content.split(/\s+/, 4)
  if (keyword !== 'TYPE' || name === undefined) return
  const known = type?.toLowerCase() ?? ''
  if (!TYPES.has(known)) throw new FormatFault(`unknown metric type ${quote(type ?? '')}`)
  const family = families.get(name)
  if (family && family.samples.length > 0) {
    throw new FormatFault(
      `second TYPE line for metric name ${quote(name)}, or TYPE reported after samples`,
    )
  }
  families.set(name, { name, type: known as Family['type'], samples: [] })
}

function readSample(
  content: string,
  complete: boolean,
  families: Map<string, Family>,
  wanted: ParseOptions['wanted'],
): void {
  NAME.lastIndex = 0
  const name = NAME.exec(content)?.[0]
  if (name === undefined) throw new FormatFault('invalid metric name')
  const cursor: Cursor = { text: content, at: name.length, complete }
  const labels: Record<string, string> = Object.create(null) as Record<string, string>
  skipBlanks(cursor)
  if (content[cursor.at] === '{') readLabels(cursor, name, labels)
  skipBlanks(cursor)
  const [valueText = '', timestamp] = content.slice(cursor.at).split(/[ \t]+/)
  if (valueText === '' && !complete) throw new FormatFault('unexpected end of input stream')
  const value = goFloat(valueText)
  if (value === undefined) throw new FormatFault(`expected float as value, got ${quote(valueText)}`)
  if (timestamp !== undefined && !/^[+-]?\d+$/.test(timestamp)) {
    throw new FormatFault(`expected integer as timestamp, got ${quote(timestamp)}`)
  }
  const family = familyOf(name, families)
  if (wanted?.(family.name) !== false) family.samples.push({ name, labels, value })
}

interface Cursor {
  readonly text: string
  readonly complete: boolean
  at: number
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ' || cursor.text[cursor.at] === '\t') cursor.at += 1
}

/** From `{` to after `}`. */
function readLabels(cursor: Cursor, metric: string, labels: Record<string, string>): void {
  const { text } = cursor
  cursor.at += 1
  for (;;) {
    skipBlanks(cursor)
    if (text[cursor.at] === '}') break
    NAME.lastIndex = cursor.at
    const label = NAME.exec(text)?.[0]
    if (label === undefined) throw new FormatFault(`invalid label name for metric ${quote(metric)}`)
    cursor.at += label.length
    skipBlanks(cursor)
    expect(cursor, '=', `expected '=' after label name`)
    skipBlanks(cursor)
    expect(cursor, '"', `expected '"' at start of label value`)
    if (label in labels) throw new FormatFault(`duplicate label names for metric ${quote(metric)}`)
    labels[label] = readQuoted(cursor)
    skipBlanks(cursor)
    if (text[cursor.at] === ',') cursor.at += 1
    else if (text[cursor.at] !== '}') {
      throw new FormatFault(`unexpected end of label value ${quote(labels[label])}`)
    }
  }
  cursor.at += 1
}

function expect(cursor: Cursor, wanted: string, otherwise: string): void {
  const found = cursor.text[cursor.at]
  if (found !== wanted) {
    if (found === undefined && !cursor.complete)
      throw new FormatFault('unexpected end of input stream')
    throw new FormatFault(`${otherwise}, found '${found ?? '\\n'}'`)
  }
  cursor.at += 1
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '\\': '\\', '"': '"' }

/** The rest of a label value, after its opening quote. */
function readQuoted(cursor: Cursor): string {
  const { text } = cursor
  let value = ''
  let from = cursor.at
  for (;;) {
    const char = text[cursor.at]
    if (char === undefined)
      throw new FormatFault(`label value ${quote(text.slice(from))} contains unescaped new-line`)
    if (char === '"') break
    if (char === '\\') {
      const escaped = ESCAPES[text[cursor.at + 1] ?? '']
      if (escaped === undefined)
        throw new FormatFault(`invalid escape sequence '\\${text[cursor.at + 1] ?? ''}'`)
      value += text.slice(from, cursor.at) + escaped
      cursor.at += 2
      from = cursor.at
    } else cursor.at += 1
  }
  value += text.slice(from, cursor.at)
  cursor.at += 1
  return value
}

/** As Go's ParseFloat, without hexadecimal: `NaN`, `+Inf` and `-Inf` in any case are numbers. */
function goFloat(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  const word = text.toLowerCase()
  if (word === 'nan') return Number.NaN
  if (/^\+?inf(inity)?$/.test(word)) return Infinity
  return /^-inf(inity)?$/.test(word) ? -Infinity : undefined
}

/** The family that a sample belongs to: its own name's, or that of a histogram or summary without the suffix. */
export function familyOf(name: string, families: Map<string, Family>): Family {
  const own = families.get(name)
  if (own) return own
  for (const [type, suffixes] of Object.entries(SUFFIXES)) {
    for (const suffix of suffixes) {
      const family = name.endsWith(suffix) ? families.get(name.slice(0, -suffix.length)) : undefined
      if (family?.type === type) return family
    }
  }
  const family: Family = { name, type: 'untyped', samples: [] }
  families.set(name, family)
  return family
}
