import type { Clock } from '../../../core/index.ts'
import { APISERVICES, ENDPOINTSLICES, SERVICES, type KubeObject } from '../../../kube/index.ts'
import type { Fields } from '../fields.ts'
import type { Store } from '../store.ts'
import { remoteServiceOf, type RemoteService } from './backend.ts'
import { writeAvailable, type Availability } from './condition.ts'
import type { Forwarder } from './forward.ts'
import { probe } from './probe.ts'

/** One APIService that names a service. */
export interface Entry {
  readonly service: RemoteService
  available: Availability
  /** The entries of its APIResourceList; undefined until it was there once. */
  resources: readonly Fields[] | undefined
  /** Counts checks, so that a late answer of an old one is not taken for news. */
  checks: number
}

export interface Entries {
  list(): Entry[]
  /** Rises with every change. */
  version(): number
}

export interface EntriesOptions {
  readonly store: Store
  readonly clock: Clock
  readonly forwarder: Forwarder
  readonly signal: AbortSignal
}

const RECHECK_MS = 30_000
const RETRY_MS = 1000

/** Follows the APIServices of a store and looks after those that name a service, until the signal fires. */
export function followApiServices(options: EntriesOptions): Entries {
  const { store, signal } = options
  const entries = new Map<string, Entry>()
  let version = 0
  const checkIn = createTimers(signal, async (name) => {
    const entry = entries.get(name)
    if (entry === undefined) return undefined
    const isNews = await check(options, name, entry, () => entries.get(name) === entry)
    if (!isNews) return undefined
    version += 1
    return entry.available.status === 'True' ? RECHECK_MS : RETRY_MS
  })
  const take = ({ metadata, ...rest }: KubeObject, isGone: boolean): void => {
    const { name = '' } = metadata
    const service = isGone ? undefined : remoteServiceOf({ metadata, ...rest })
    const before = entries.get(name)?.service
    if (JSON.stringify(before) === JSON.stringify(service)) return
    version += 1
    entries.delete(name)
    if (service === undefined) return
    const available = { status: 'False', reason: '', message: '' } as const
    entries.set(name, { service, available, resources: undefined, checks: 0 })
    checkIn(name, 0)
  }
  store.follow(APISERVICES, store.revision(), ({ type, stored }) => {
    take(stored.object, type === 'DELETED')
  })
  for (const of of [SERVICES, ENDPOINTSLICES]) {
    store.follow(of, store.revision(), ({ stored }) => {
      const { namespace, name, labels } = stored.object.metadata
      const about = labels?.['kubernetes.io/service-name'] ?? name
      for (const [entry, { service }] of entries) {
        if (service.namespace === namespace && service.service === about) checkIn(entry, 0)
      }
    })
  }
  return { list: () => [...entries.values()], version: () => version }
}

/** False when something newer has happened meanwhile. */
async function check(
  { store, clock, forwarder, signal }: EntriesOptions,
  name: string,
  entry: Entry,
  isCurrent: () => boolean,
): Promise<boolean> {
  const turn = (entry.checks += 1)
  const { available, resources } = await probe(store, forwarder, entry.service, signal)
  if (signal.aborted || !isCurrent() || entry.checks !== turn) return false
  entry.available = available
  entry.resources = resources ?? entry.resources
  writeAvailable(store, name, available, clock.now())
  return true
}

/** One timer for each name; `work` says when it wants to be called again, in milliseconds. */
function createTimers(
  signal: AbortSignal,
  work: (name: string) => Promise<number | undefined>,
): (name: string, ms: number) => void {
  const timers = new Map<string, NodeJS.Timeout>()
  const start = (name: string, ms: number): void => {
    clearTimeout(timers.get(name))
    if (signal.aborted) return
    const due = (): void => {
      timers.delete(name)
      void work(name)
        .catch(() => RECHECK_MS)
        // Somebody may have asked for another look meanwhile, which is sooner.
        .then((next) => next !== undefined && !timers.has(name) && start(name, next))
    }
    const timer = setTimeout(due, ms)
    timer.unref()
    timers.set(name, timer)
  }
  const stop = (): void => {
    for (const timer of timers.values()) clearTimeout(timer)
  }
  signal.addEventListener('abort', stop, { once: true })
  return start
}
