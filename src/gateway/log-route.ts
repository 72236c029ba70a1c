import type { LogOptions } from '../kubelet/index.ts'

/** A container's log as a tenant names it: nothing of it is a host's name, and all of it is plain. */
export interface WantedLog {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly options: LogOptions
}

export type LogRoute =
  | { readonly kind: 'log'; readonly log: WantedLog }
  | { readonly kind: 'fault'; readonly why: string }
  /** Another path. */
  | undefined

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const POD =
  '(?=[a-z0-9.-]{1,253}/)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*'
const PATH = new RegExp(`^/containerLogs/(${LABEL})/(${POD})/(${LABEL})$`)

/**
 * Reads `/containerLogs/{namespace}/{pod}/{container}?…` from a raw target: names as Kubernetes allows them, byte by byte,
 * and a query of known options only, each once and in one spelling. What is sent on is built anew from this.
 */
export function logRoute(target: string): LogRoute {
  const [path = '', query, ...more] = target.split('?')
  const match = PATH.exec(path)
  if (match === null) return undefined
  const [, namespace = '', pod = '', container = ''] = match
  if (more.length > 0) return { kind: 'fault', why: 'the query is not plain' }
  const options = optionsOf(query)
  if (typeof options === 'string') return { kind: 'fault', why: options }
  return { kind: 'log', log: { namespace, pod, container, options } }
}

const FLAG = /^(?:true|false|0|1)$/
const COLON = '(?::|%3[Aa])'
const TIME = new RegExp(
  `^\\d{4}-\\d\\d-\\d\\dT\\d\\d${COLON}\\d\\d${COLON}\\d\\d(?:\\.\\d{1,9})?(?:Z|(?:%2[Bb]|-)\\d\\d${COLON}\\d\\d)$`,
)
const KNOWN: Readonly<Record<keyof LogOptions, RegExp>> = {
  follow: FLAG,
  previous: FLAG,
  timestamps: FLAG,
  tailLines: /^\d{1,9}$/,
  sinceSeconds: /^[1-9]\d{0,8}$/,
  limitBytes: /^[1-9]\d{0,14}$/,
  sinceTime: TIME,
}
const isKnown = (name: string): name is keyof LogOptions => Object.hasOwn(KNOWN, name)

function optionsOf(query: string | undefined): LogOptions | string {
  const found = new Map<string, string>()
  for (const pair of query === undefined ? [] : query.split('&')) {
    const [name = '', value, ...more] = pair.split('=')
    if (!isKnown(name) || value === undefined || more.length > 0) return 'an unknown option'
    if (found.has(name)) return `${name} is there twice`
    if (!KNOWN[name].test(value)) return `${name} is not well-formed`
    found.set(name, decodeURIComponent(value))
  }
  const time = found.get('sinceTime')
  const sinceTime = time === undefined ? undefined : Date.parse(time)
  if (Number.isNaN(sinceTime)) return 'sinceTime is not well-formed'
  if (found.has('sinceSeconds') && sinceTime !== undefined) return 'sinceSeconds and sinceTime'
  const flag = (name: keyof LogOptions): boolean => ['true', '1'].includes(found.get(name) ?? '')
  const numbers = (['tailLines', 'sinceSeconds', 'limitBytes'] as const).flatMap((name) =>
    found.has(name) ? [[name, Number(found.get(name))] as const] : [],
  )
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    ...Object.fromEntries(numbers),
    ...(sinceTime === undefined ? {} : { sinceTime }),
  }
}
