import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../../core/index.ts'
import type { UserInfo } from '../../../kube/index.ts'
import type { Fields } from '../fields.ts'
import type { Store } from '../store.ts'
import { findBackend } from './backend.ts'
import { followApiServices, type Entry } from './entries.ts'
import { createForwarder, unavailable } from './forward.ts'
import type { FrontProxyCredential } from './front-proxy.ts'

/** One version of a group that somebody else answers for, as discovery tells of it. */
export interface RemoteVersion {
  readonly version: string
  /** The entries of its APIResourceList; undefined until it was there once. */
  readonly resources: readonly Fields[] | undefined
  readonly isAvailable: boolean
}

export interface RemoteGroup {
  readonly name: string
  /** The preferred one first. */
  readonly versions: readonly RemoteVersion[]
}

/** Leads the requests of a group to the API server behind its APIService, as kube-aggregator does. */
export interface Aggregator {
  /** Groups of extension API servers; another list whenever something about them has changed. */
  groups(): readonly RemoteGroup[]
  /** Answers a path below `/apis/GROUP/VERSION`; false: it is not of such a group. */
  serve(path: string, user: UserInfo, request: IncomingMessage, response: ServerResponse): boolean
}

/** Works until the signal fires. */
export function createAggregator(options: {
  readonly store: Store
  readonly clock: Clock
  readonly credential: FrontProxyCredential
  readonly signal: AbortSignal
}): Aggregator {
  const { store, signal, credential } = options
  const forwarder = createForwarder(credential)
  signal.addEventListener('abort', () => forwarder.close(), { once: true })
  const entries = followApiServices({ ...options, forwarder })
  let known = { version: -1, groups: [] as readonly RemoteGroup[] }
  return {
    groups() {
      const version = entries.version()
      if (known.version !== version) known = { version, groups: groupsOf(entries.list()) }
      return known.groups
    },
    serve(path, user, request, response) {
      const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)(?:\/|$)/.exec(path) ?? []
      const entry = entries
        .list()
        .find(({ service }) => service.group === group && service.version === version)
      if (entry === undefined) return false
      const { service, available } = entry
      const backend = available.status === 'True' ? findBackend(store, service) : undefined
      if (backend?.ok) forwarder.pass({ service, ...backend }, user, request, response)
      else unavailable(response, 'service unavailable')
      return true
    },
  }
}

function groupsOf(entries: readonly Entry[]): RemoteGroup[] {
  const byPriority = [...entries].sort(({ service: a }, { service: b }) => {
    return b.priority[0] - a.priority[0] || b.priority[1] - a.priority[1]
  })
  const groups = new Map<string, RemoteVersion[]>()
  for (const { service, available, resources } of byPriority) {
    const versions = groups.get(service.group) ?? []
    const isAvailable = available.status === 'True'
    groups.set(service.group, [...versions, { version: service.version, resources, isAvailable }])
  }
  return [...groups].map(([name, versions]) => ({ name, versions }))
}
