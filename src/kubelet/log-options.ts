/**
 * The options of a container's log, in the query of the kubelet's `/containerLogs` and of the API server's `pods/log`.
 * Source: PodLogOptions of core/v1 with Kubernetes' query conversion (1.36), which ignores what it does not know.
 */
export interface LogOptions {
  readonly follow: boolean
  /** The instance before the current one. */
  readonly previous: boolean
  /** Each line begins with its time. */
  readonly timestamps: boolean
  readonly sinceSeconds?: number
  /** Milliseconds since 1970. */
  readonly sinceTime?: number
  readonly tailLines?: number
  readonly limitBytes?: number
}

/** One fault of an option: its field (`[]` for two that exclude each other) and what is wrong, in field.Error's words. */
export interface LogOptionFault {
  readonly field: string
  readonly reason: 'FieldValueInvalid' | 'FieldValueForbidden'
  readonly message: string
}

export type LogOptionsResult =
  | { readonly kind: 'options'; readonly options: LogOptions }
  /** Not even readable; the message is that of Go's conversion. */
  | { readonly kind: 'unreadable'; readonly message: string }
  /** Readable, but not allowed (ValidatePodLogOptions). */
  | { readonly kind: 'invalid'; readonly faults: readonly LogOptionFault[] }

class Unreadable extends Error {}

export function readLogOptions(query: URLSearchParams): LogOptionsResult {
  let options: LogOptions
  try {
    options = {
      follow: flag(query, 'follow'),
      previous: flag(query, 'previous'),
      timestamps: flag(query, 'timestamps'),
      ...given('sinceSeconds', integer(query, 'sinceSeconds')),
      ...given('sinceTime', time(query, 'sinceTime')),
      ...given('tailLines', integer(query, 'tailLines')),
      ...given('limitBytes', integer(query, 'limitBytes')),
    }
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'unreadable', message: error.message }
    throw error
  }
  const faults = [...faultsOf(options), ...streamFaults(query)]
  return faults.length > 0 ? { kind: 'invalid', faults } : { kind: 'options', options }
}

/** The query that asks for just these options, in the order in which Go encodes it. */
export function logQuery(options: LogOptions): string {
  const { sinceTime, limitBytes, sinceSeconds, tailLines } = options
  const query = new URLSearchParams()
  if (options.follow) query.set('follow', 'true')
  if (limitBytes !== undefined) query.set('limitBytes', String(limitBytes))
  if (options.previous) query.set('previous', 'true')
  if (sinceSeconds !== undefined) query.set('sinceSeconds', String(sinceSeconds))
  // Whole seconds, as kube-apiserver hands it on.
  if (sinceTime !== undefined) {
    query.set('sinceTime', new Date(sinceTime).toISOString().replace(/\.\d+Z$/, 'Z'))
  }
  if (tailLines !== undefined) query.set('tailLines', String(tailLines))
  if (options.timestamps) query.set('timestamps', 'true')
  return query.toString()
}

const given = <K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> =>
  (value === undefined ? {} : { [name]: value }) as Partial<Record<K, V>>

/** True when it is there, and neither `false` nor `0`. */
function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value.toLowerCase() !== 'false' && value !== '0'
}

const quoted = (text: string): string => JSON.stringify(text)

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const parsing = (why: string): Unreadable =>
    new Unreadable(`strconv.ParseInt: parsing ${quoted(text)}: ${why}`)
  if (!/^[+-]?\d+$/.test(text)) throw parsing('invalid syntax')
  const value = BigInt(text.replace(/^\+/, ''))
  if (value !== BigInt.asIntN(64, value)) throw parsing('value out of range')
  // Beyond 2^53 nothing has that many lines or bytes.
  return Number(value)
}

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

function time(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '' || text === 'null') return undefined
  const at = RFC3339.test(text) ? Date.parse(text.replace(',', '.')) : Number.NaN
  if (!Number.isNaN(at)) return at
  const layout = quoted('2006-01-02T15:04:05Z07:00')
  throw new Unreadable(
    `parsing time ${quoted(text)} as ${layout}: cannot parse ${quoted(text)} as "2006"`,
  )
}

function faultsOf(options: LogOptions): LogOptionFault[] {
  const { tailLines, limitBytes, sinceSeconds, sinceTime } = options
  const invalid = (field: string, value: number, why: string): LogOptionFault => ({
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${value}: ${why}`,
  })
  const faults: LogOptionFault[] = []
  if (tailLines !== undefined && tailLines < 0) {
    faults.push(invalid('tailLines', tailLines, 'must be greater than or equal to 0'))
  }
  if (limitBytes !== undefined && limitBytes < 1) {
    faults.push(invalid('limitBytes', limitBytes, 'must be greater than 0'))
  }
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    const message = 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified'
    // Go writes a path without a name so.
    faults.push({ field: '[]', reason: 'FieldValueForbidden', message })
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    faults.push(invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'))
  }
  return faults
}

/** One of the two streams alone: behind a feature gate that is off (PodLogsQuerySplitStreams). */
function streamFaults(query: URLSearchParams): LogOptionFault[] {
  if (query.get('stream') === null) return []
  return [
    {
      field: 'stream',
      reason: 'FieldValueForbidden',
      message: 'Forbidden: may not be specified',
    },
  ]
}
