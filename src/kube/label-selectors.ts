import type { LabelSelector } from './objects.ts'

/** One condition of a label selector; several are joined with "and". */
export interface LabelRequirement {
  readonly key: string
  readonly operator: 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'
  /** Empty for `exists` and `!`; one whole number for `gt` and `lt`. */
  readonly values: readonly string[]
}

export type LabelSelectorResult =
  | { readonly ok: true; readonly requirements: readonly LabelRequirement[] }
  | { readonly ok: false; readonly message: string }

type Labels = Readonly<Record<string, string>> | undefined

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const QUALIFIED =
  "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
const MAX_SELECTOR = 64 * 1024

/** The string form: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>5`. An empty one selects everything. */
export function parseLabelSelector(text: string): LabelSelectorResult {
  if (text.length > MAX_SELECTOR) return fault('the selector is too long')
  if (text.trim() === '') return { ok: true, requirements: [] }
  const requirements: LabelRequirement[] = []
  for (const part of splitOutsideParentheses(text)) {
    const requirement = parseRequirement(part.trim())
    if (typeof requirement === 'string') return fault(requirement)
    requirements.push(requirement)
  }
  return { ok: true, requirements }
}

/** The object form (`spec.selector`). As in Kubernetes, an empty one selects everything. */
export function fromLabelSelector(selector: LabelSelector): LabelSelectorResult {
  const operators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const
  const requirements: LabelRequirement[] = []
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push({ key, operator: 'in', values: [value] })
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (!Object.hasOwn(operators, operator)) {
      return fault(`"${operator}" is not a valid label selector operator`)
    }
    requirements.push({ key, operator: operators[operator], values })
  }
  for (const requirement of requirements) {
    const wrong = checkRequirement(requirement)
    if (wrong !== undefined) return fault(wrong)
  }
  return { ok: true, requirements }
}

/** Whether labels satisfy all conditions. `notin` holds for labels that are not there, as in Kubernetes. */
export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => matchesOne(requirement, labels ?? {}))
}

/** The object form at once. A missing selector and one that is not valid select nothing. */
export function matchesLabelSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false
  const parsed = fromLabelSelector(selector)
  return parsed.ok && matchesLabels(parsed.requirements, labels)
}

/** The string form of conditions, such that parsing it gives them back. */
export function formatLabelSelector(requirements: readonly LabelRequirement[]): string {
  return requirements
    .map(({ key, operator, values }) => {
      switch (operator) {
        case 'exists':
          return key
        case '!':
          return `!${key}`
        case 'gt':
          return `${key}>${values[0] ?? ''}`
        case 'lt':
          return `${key}<${values[0] ?? ''}`
        case 'in':
          return values.length === 1
            ? `${key}=${values[0] ?? ''}`
            : `${key} in (${values.join(',')})`
        case 'notin':
          return values.length === 1
            ? `${key}!=${values[0] ?? ''}`
            : `${key} notin (${values.join(',')})`
      }
    })
    .join(',')
}

function matchesOne(
  { key, operator, values }: LabelRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value)
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
    case 'lt': {
      if (value === undefined || !WHOLE.test(value)) return false
      const difference = BigInt(value) - BigInt(values[0] ?? '0')
      return operator === 'gt' ? difference > 0n : difference < 0n
    }
  }
}

const WHOLE = /^-?\d{1,19}$/

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, text.slice(start)]
}

const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/
const COMPARISON = /^([^\s=!<>()]+)\s*(==|=|!=|>|<)\s*([^\s=!<>()]*)$/
const EXISTENCE = /^(!?)\s*([^\s=!<>()]+)$/
const OPERATORS = { '=': 'in', '==': 'in', '!=': 'notin', '>': 'gt', '<': 'lt' } as const

/** A requirement, or what is wrong with it. */
function parseRequirement(text: string): LabelRequirement | string {
  const requirement = readRequirement(text)
  if (requirement === undefined) return misread(text)
  return checkRequirement(requirement) ?? requirement
}

/** What a parser that reads word by word trips over. */
function misread(text: string): string {
  const [, rest = ''] = /^[^\s=!<>(),]+\s+(.*)$/.exec(text) ?? []
  const [word = '', next = ''] = rest.match(/[^\s=!<>(),]+|[=!<>]+|[(),]/g) ?? []
  if (word === 'in' || word === 'notin') return `found '${next}' expected: '('`
  if (word !== '') return `found '${word}', expected: '=', '!=', '==', 'in', notin'`
  return `found '${text}', which is no label requirement`
}

function readRequirement(text: string): LabelRequirement | undefined {
  const set = SET.exec(text)
  if (set !== null) {
    const [, key = '', operator, list = ''] = set
    const values = [...new Set(list.split(',').map((value) => value.trim()))]
    return { key, operator: operator === 'in' ? 'in' : 'notin', values }
  }
  const comparison = COMPARISON.exec(text)
  if (comparison !== null) {
    const [, key = '', sign = '=', value = ''] = comparison
    return { key, operator: OPERATORS[sign as keyof typeof OPERATORS], values: [value] }
  }
  const existence = EXISTENCE.exec(text)
  if (existence === null) return undefined
  const [, not, key = ''] = existence
  return { key, operator: not === '!' ? '!' : 'exists', values: [] }
}

/** What is wrong with a requirement; undefined: nothing. */
function checkRequirement({ key, operator, values }: LabelRequirement): string | undefined {
  if (!isQualifiedName(key)) return `key: Invalid value: ${JSON.stringify(key)}: ${QUALIFIED}`
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length === 0)
        return "values: for 'in', 'notin' operators, values set can't be empty"
      break
    case 'exists':
    case '!':
      if (values.length > 0) return 'values: values set must be empty for exists and does not exist'
      break
    case 'gt':
    case 'lt':
      if (values.length !== 1 || !WHOLE.test(values[0] ?? '')) {
        return "values: for 'Gt', 'Lt' operators, the value must be an integer"
      }
      break
  }
  const wrong = values.find((value) => !isLabelValue(value))
  return wrong === undefined ? undefined : `values: Invalid value: "${wrong}"`
}

/** A label key: a name of at most 63 characters, with or without a DNS prefix. */
export function isQualifiedName(key: string): boolean {
  const [first = '', second, ...rest] = key.split('/')
  if (rest.length > 0) return false
  const [prefix, name] = second === undefined ? [undefined, first] : [first, second]
  if (prefix !== undefined && (prefix.length > 253 || !PREFIX.test(prefix))) return false
  return name.length <= 63 && NAME.test(name)
}

/** A label value: empty, or at most 63 characters that start and end with a letter or digit. */
export function isLabelValue(value: string): boolean {
  return value === '' || (value.length <= 63 && NAME.test(value))
}

function fault(message: string): LabelSelectorResult {
  return { ok: false, message: `unable to parse requirement: ${message}` }
}
