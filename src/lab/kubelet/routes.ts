import { kubeletPath } from '../../kubelet/index.ts'

/** A request's place in the kubelet's tables. `mux`: served for every method; `restful`: method rules, answers to sub-paths. */
export type Route =
  | { readonly kind: 'unserved' }
  | { readonly kind: 'redirect'; readonly location: string }
  | {
      readonly kind: 'served'
      readonly endpoint: Endpoint
      /** Authorization: any of them suffices. */
      readonly subresources: readonly string[]
    }

export type Endpoint =
  | 'healthz'
  | 'healthz-check'
  | 'pods'
  | 'runningpods'
  | 'stats-summary'
  | 'metrics'
  | 'metrics-cadvisor'
  | 'metrics-resource'
  | 'metrics-probes'
  | 'metrics-slis'
  | 'configz'
  | 'statusz'
  | 'container-logs'
  | 'exec'
  | 'attach'
  | 'port-forward'
  | 'run'
  | 'not-routed'

/** Exactly these (http.ServeMux patterns without a slash at their end). */
const EXACT: Readonly<Record<string, Endpoint>> = {
  '/healthz': 'healthz',
  '/healthz/ping': 'healthz-check',
  '/healthz/log': 'healthz-check',
  '/healthz/syncloop': 'healthz-check',
  '/metrics': 'metrics',
  '/metrics/cadvisor': 'metrics-cadvisor',
  '/metrics/resource': 'metrics-resource',
  '/metrics/probes': 'metrics-probes',
  '/metrics/slis': 'metrics-slis',
  '/configz': 'configz',
  '/statusz': 'statusz',
  '/flagz': 'not-routed',
}

/** Web services of go-restful: everything below them is authenticated first. */
const RESTFUL: readonly {
  root: string
  slash: boolean
  match: (rest: readonly string[]) => Endpoint
}[] = [
  { root: '/pods', slash: false, match: (rest) => (rest.length === 0 ? 'pods' : 'not-routed') },
  {
    root: '/runningpods',
    slash: true,
    match: (rest) => (rest.length === 0 ? 'runningpods' : 'not-routed'),
  },
  {
    root: '/stats',
    slash: true,
    match: (rest) => (rest.join('/') === 'summary' ? 'stats-summary' : 'not-routed'),
  },
  {
    root: '/containerLogs',
    slash: false,
    match: (rest) => (rest.length === 3 ? 'container-logs' : 'not-routed'),
  },
  {
    root: '/exec',
    slash: false,
    match: (rest) => ([3, 4].includes(rest.length) ? 'exec' : 'not-routed'),
  },
  {
    root: '/attach',
    slash: false,
    match: (rest) => ([3, 4].includes(rest.length) ? 'attach' : 'not-routed'),
  },
  {
    root: '/portForward',
    slash: false,
    match: (rest) => ([2, 3].includes(rest.length) ? 'port-forward' : 'not-routed'),
  },
  {
    root: '/run',
    slash: false,
    match: (rest) => ([3, 4].includes(rest.length) ? 'run' : 'not-routed'),
  },
  { root: '/checkpoint', slash: false, match: () => 'not-routed' },
  { root: '/logs', slash: true, match: () => 'not-routed' },
]

/** Where a raw path leads. Decided before authentication, as the kubelet's mux does. */
export function routeOf(path: string): Route {
  const clean = path.replace(/\/{2,}/g, '/')
  if (clean !== path || /\/\.{1,2}(\/|$)/.test(path)) {
    return { kind: 'redirect', location: new URL(clean, 'https://kubelet').pathname }
  }
  const subresources = kubeletPath(path)?.subresources
  if (!subresources) return { kind: 'unserved' }
  const exact = EXACT[path]
  if (exact) return { kind: 'served', endpoint: exact, subresources }
  const service = RESTFUL.find(({ root }) => path === root || path.startsWith(root + '/'))
  if (!service) return { kind: 'unserved' }
  if (service.slash && path === service.root) return { kind: 'redirect', location: path + '/' }
  const rest = path
    .slice(service.root.length)
    .split('/')
    .filter((part) => part !== '')
  return { kind: 'served', endpoint: service.match(rest), subresources }
}
