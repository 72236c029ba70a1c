import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeError, type Clock } from '../../../core/index.ts'
import {
  APISERVICES,
  ENDPOINTSLICES,
  SERVICES,
  type KubeObject,
  type UserInfo,
} from '../../../kube/index.ts'
import { isFields, listOf, type Fields } from '../fields.ts'
import type { Store } from '../store.ts'
import { findBackend, remoteServiceOf, type RemoteService } from './backend.ts'
import { writeAvailable, type Availability } from './condition.ts'
import { createForwarder, unavailable, type Target } from './forward.ts'
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

interface Entry {
  readonly name: string
  readonly service: RemoteService
  available: Availability
  resources: readonly Fields[] | undefined
  /** Counts checks, so that a late answer of an old one is not taken for news. */
  check: number
}

const RECHECK_MS = 30_000
const RETRY_MS = 1000
const PASSED: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' }

/** Follows the APIServices of a store and looks after those that name a service, until the signal fires. */
export function createAggregator(options: {
  readonly store: Store
  readonly clock: Clock
  readonly credential: FrontProxyCredential
  readonly signal: AbortSignal
}): Aggregator {
  const { store, clock, signal } = options
  const forwarder = createForwarder(options.credential)
  const entries = new Map<string, Entry>()
  let groups: readonly RemoteGroup[] | undefined

  const timers = new Map<string, NodeJS.Timeout>()
  const checkIn = (name: string, ms: number): void => {
    clearTimeout(timers.get(name))
    if (signal.aborted) return
    const timer = setTimeout(() => {
      check(name).catch(() => checkIn(name, RECHECK_MS))
    }, ms)
    timer.unref()
    timers.set(name, timer)
  }
  const check = async (name: string): Promise<void> => {
    const entry = entries.get(name)
    if (entry === undefined) return
    const turn = (entry.check += 1)
    const { available, resources } = await probe(entry.service)
    if (signal.aborted || entries.get(name) !== entry || entry.check !== turn) return
    entry.available = available
    entry.resources = resources ?? entry.resources
    groups = undefined
    writeAvailable(store, name, available, clock.now())
    checkIn(name, available.status === 'True' ? RECHECK_MS : RETRY_MS)
  }
  const probe = async (
    service: RemoteService,
  ): Promise<{ available: Availability; resources?: readonly Fields[] }> => {
    const backend = findBackend(store, service)
    if (!backend.ok) {
      const { reason, message } = backend
      return { available: { status: 'False', reason, message } }
    }
    const path = `/apis/${service.group}/${service.version}`
    const failed = (why: string): { available: Availability } => {
      const url = `https://${backend.address}:${backend.port}${path}`
      const message = `failing or missing response from ${url}: ${why.replace('URL', url)}`
      return { available: { status: 'False', reason: 'FailedDiscoveryCheck', message } }
    }
    try {
      const { status, body } = await forwarder.read({ service, ...backend }, path, signal)
      if (status < 200 || status >= 300) return failed(`bad status from URL: ${status}`)
      return { available: PASSED, resources: resourcesIn(body) }
    } catch (error) {
      return failed(`Get "URL": ${describeError(error)}`)
    }
  }

  const take = (object: KubeObject, isGone: boolean): void => {
    const { name = '' } = object.metadata
    const service = isGone ? undefined : remoteServiceOf(object)
    const before = entries.get(name)
    if (before !== undefined && JSON.stringify(before.service) === JSON.stringify(service)) return
    groups = undefined
    if (service === undefined) {
      entries.delete(name)
      clearTimeout(timers.get(name))
      return
    }
    const available = { status: 'False', reason: '', message: '' } as const
    entries.set(name, { name, service, available, resources: undefined, check: 0 })
    checkIn(name, 0)
  }
  store.follow(APISERVICES, store.revision(), ({ type, stored }) => {
    take(stored.object, type === 'DELETED')
  })
  for (const of of [SERVICES, ENDPOINTSLICES]) {
    store.follow(of, store.revision(), ({ stored }) => {
      const { namespace, name, labels } = stored.object.metadata
      const about = labels?.['kubernetes.io/service-name'] ?? name
      for (const { name: entry, service } of entries.values()) {
        if (service.namespace === namespace && service.service === about) checkIn(entry, 0)
      }
    })
  }
  const stop = (): void => {
    for (const timer of timers.values()) clearTimeout(timer)
    forwarder.close()
  }
  signal.addEventListener('abort', stop, { once: true })

  return {
    groups: () => (groups ??= groupsOf([...entries.values()])),
    serve(path, user, request, response) {
      if (entries.size === 0) return false
      const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)(?:\/|$)/.exec(path) ?? []
      const entry = [...entries.values()].find(
        ({ service }) => service.group === group && service.version === version,
      )
      if (entry === undefined) return false
      const target = targetOf(entry)
      if (target === undefined) unavailable(response, 'service unavailable')
      else forwarder.pass(target, user, request, response)
      return true
    },
  }

  function targetOf({ service, available }: Entry): Target | undefined {
    if (available.status !== 'True') return undefined
    const backend = findBackend(store, service)
    return backend.ok ? { service, ...backend } : undefined
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

function resourcesIn(body: string): Fields[] {
  const document: unknown = JSON.parse(body)
  return isFields(document) ? listOf(document['resources']) : []
}
