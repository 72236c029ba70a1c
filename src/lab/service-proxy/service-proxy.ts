import {
  SubletError,
  describeError,
  systemClock,
  type Clock,
  type Logger,
} from '../../core/index.ts'
import {
  ENDPOINTSLICES,
  SERVICES,
  type EndpointSlice,
  type KubeClient,
  type ObjectMeta,
  type Service,
} from '../../kube/index.ts'
import type { Informers } from '../controllers/index.ts'
import { createEventRecorder, referenceOf } from '../events/index.ts'
import { createListeners, type Failure } from './listeners.ts'
import { routesOf } from './routes.ts'
import { createServiceNet } from './service-net.ts'

export interface ServiceProxyOptions {
  /** Writes the events. */
  readonly client: KubeClient
  /** The copies of Services and EndpointSlices that the controllers have too. */
  readonly informers: Informers
  /** `127.20.192.0/18`: the proxy listens nowhere else, but for node ports. */
  readonly serviceRange: string
  readonly nodeAddresses: readonly string[]
  readonly clock?: Clock
  readonly log: Logger
}

const SERVICE_LABEL = 'kubernetes.io/service-name'
/** A place that is taken may become free. */
const RETRY_MS = 5000

/** Starts to listen for all Services of a cluster and follows them; ends with all of its connections when disposed. */
export function startServiceProxy(options: ServiceProxyOptions): AsyncDisposable {
  const { informers, log, client, clock = systemClock } = options
  const ending = new AbortController()
  const recorder = createEventRecorder({
    client,
    component: 'kube-proxy',
    clock,
    log,
    signal: ending.signal,
  })
  const net = createServiceNet(options.serviceRange, options.nodeAddresses)
  const listeners = createListeners(clock)
  const services = informers.of<Service>(SERVICES)
  const slices = informers.of<EndpointSlice>(ENDPOINTSLICES)
  const slicesOf = indexSlices()
  /** Places that are told to be out of reach, so that it is told once. */
  const told = new Set<string>()

  const tell = (service: Service, { route, error }: Failure): void => {
    const { id } = route
    if (told.has(id)) return
    told.add(id)
    const why = error instanceof SubletError ? error.message : describeError(error)
    log.warn({ route: id, error: why }, 'a Service cannot be reached')
    const message = `${why}: the Service cannot be reached there`
    recorder.event(referenceOf(SERVICES, service), 'Warning', 'FailedToListen', message)
  }
  const queue = createKeyQueue(async (key) => {
    const [namespace = '', name = ''] = key.split('/')
    const service = services.get({ namespace, name })
    const routes = service === undefined ? [] : routesOf(service, slicesOf.get(key), net)
    const failures = await listeners.sync(key, routes)
    if (service === undefined || failures.length === 0) return undefined
    for (const failure of failures) tell(service, failure)
    return RETRY_MS
  })
  services.onChange(({ object }) => queue.add(keyOf(object.metadata)))
  slices.onChange(({ type, object }) => {
    const key = slicesOf.put(object, type === 'deleted')
    if (key !== undefined) queue.add(key)
  })
  for (const slice of slices.list()) slicesOf.put(slice, false)
  for (const { metadata } of services.list()) queue.add(keyOf(metadata))
  return {
    async [Symbol.asyncDispose]() {
      ending.abort()
      await queue.stop()
      await listeners[Symbol.asyncDispose]()
    },
  }
}

const keyOf = ({ namespace = '', name = '' }: ObjectMeta): string => `${namespace}/${name}`

/** EndpointSlices by the Service that they are of. */
function indexSlices(): {
  /** Gives the key of the slice's Service. */
  put(slice: EndpointSlice, isGone: boolean): string | undefined
  get(key: string): readonly EndpointSlice[]
} {
  const byService = new Map<string, Map<string, EndpointSlice>>()
  return {
    put(slice, isGone) {
      const { namespace = '', name = '', labels } = slice.metadata
      const service = labels?.[SERVICE_LABEL]
      if (service === undefined) return undefined
      const key = `${namespace}/${service}`
      const own = byService.get(key) ?? new Map<string, EndpointSlice>()
      if (isGone) own.delete(name)
      else own.set(name, slice)
      if (own.size > 0) byService.set(key, own)
      else byService.delete(key)
      return key
    },
    get: (key) => [...(byService.get(key)?.values() ?? [])],
  }
}

/** Works on one key at a time; `process` may say after how many milliseconds it wants to see the key again. */
function createKeyQueue(process: (key: string) => Promise<number | undefined>): {
  add(key: string): void
  stop(): Promise<void>
} {
  const line = new Set<string>()
  const timers = new Map<string, NodeJS.Timeout>()
  let running: Promise<void> | undefined
  let isStopped = false
  const work = async (): Promise<void> => {
    for (const key of line) {
      line.delete(key)
      if (isStopped) break
      const again = await process(key).catch(() => RETRY_MS)
      clearTimeout(timers.get(key))
      timers.delete(key)
      if (again !== undefined) timers.set(key, setTimeout(add, again, key).unref())
    }
    running = undefined
  }
  const add = (key: string): void => {
    if (isStopped) return
    line.add(key)
    running ??= Promise.resolve().then(work)
  }
  return {
    add,
    async stop() {
      isStopped = true
      for (const timer of timers.values()) clearTimeout(timer)
      await running
    },
  }
}
