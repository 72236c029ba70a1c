import { setMaxListeners } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { sleep, systemClock, type Clock, type Logger } from '../../core/index.ts'
import { PODS, createReflector, type KubeClientOptions, type Pod } from '../../kube/index.ts'
import type { ContainerRuntime } from '../runtime/types.ts'
import { createAuthenticator } from './authenticate.ts'
import { createAuthorizer } from './authorize.ts'
import { countRuntime } from './counted-runtime.ts'
import { createEndpoints, processStartedAt } from './endpoints.ts'
import { createKubeletClients, type KubeletClients } from './kubelet-clients.ts'
import { createKubeletMetrics, type KubeletMetrics } from './kubelet-metrics.ts'
import { deviceOf, readDisk, readMachineFacts } from './machine.ts'
import { keepNodeLease } from './node-lease.ts'
import { createMirrors, type Mirrors } from './mirrors.ts'
import { registerNode } from './node-status.ts'
import { createOwnProcessReader } from './own-process.ts'
import { createPodEvents } from './pod-events.ts'
import { createPods, type Pods } from './pods.ts'
import { createProber, type Prober } from './prober.ts'
import { createReadings, type Readings } from './readings.ts'
import { relist } from './relist.ts'
import { removeFromApi } from './remove-from-api.ts'
import { startKubeletServer } from './server.ts'
import { staticPod } from './static-pods.ts'
import { createStatusPublisher, type StatusPublisher } from './status-publisher.ts'
import { createStatusWriter } from './status-writer.ts'

export interface KubeletOptions {
  readonly nodeName: string
  /** The node's address: hostIP of its pods, podIP of those with hostNetwork. */
  readonly address: string
  /** 10250; 0 in tests. */
  readonly port: number
  /** Usually with a client certificate `system:node:<name>` of group `system:nodes`. */
  readonly client: KubeClientOptions
  readonly runtime: ContainerRuntime
  /** Pods' volumes are below `pods/<uid>/volumes`. */
  readonly rootDir: string
  /** hostPath volumes are resolved below it; logs are in its `var/log/pods/<ns>_<name>_<uid>/<container>`. */
  readonly nodeRootDir: string
  /** A free address for each pod without hostNetwork. */
  readonly podAddress: () => string
  readonly serving: { readonly certPem: string; readonly keyPem: string }
  /** What pods get as KUBERNETES_SERVICE_HOST and _PORT, unless their spec says otherwise. */
  readonly apiServerAddress: { readonly host: string; readonly port: number }
  /** Run without the API server; shown there as mirror pods. */
  readonly staticPods?: readonly Pod[]
  /** PEM: holders of its client certificates are users of the kubelet's API. */
  readonly clusterCa?: string
  readonly log: Logger
  readonly clock?: Clock
  readonly signal?: AbortSignal
}

export interface Kubelet extends AsyncDisposable {
  /** `https://<address>:<port>` */
  readonly url: string
  readonly port: number
  readonly nodeName: string
  /** The pods as `/pods` shows them. */
  pods(): readonly Pod[]
}

/**
 * A kubelet: registers its node, runs its pods on the runtime, and serves the kubelet's HTTPS API. Resolves when the
 * node is registered and the first list of pods is in work. Closing it leaves the runtime's containers as they are.
 * Errors: E_PORT_IN_USE, E_NO_PERMISSION, E_HTTP and KubeStatusError when the node cannot be registered.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { nodeName, address, rootDir, log, clock = systemClock } = options
  const closing = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal
  setMaxListeners(0, signal)
  await mkdir(rootDir, { recursive: true })
  await mkdir(options.nodeRootDir, { recursive: true })

  const metrics = createKubeletMetrics()
  const clients = createKubeletClients(options.client, metrics)
  const { api: client } = clients
  const parts = assemble({ ...options, clock, signal }, clients, metrics)
  const [facts, disk, device] = await Promise.all([
    readMachineFacts(),
    readDisk(rootDir),
    deviceOf(rootDir),
  ])
  const startedAt = processStartedAt(clock)
  let port = options.port
  const serve = createEndpoints({
    ...options,
    ...parts,
    port: () => port,
    readOwnProcess: createOwnProcessReader(clock),
    workers: () => parts.pods.workers(),
    facts,
    device,
    metrics,
    clock,
    startedAt,
  })
  const server = await startKubeletServer({
    ...options,
    authenticate: createAuthenticator({ client: clients.tokenReviews, clock, metrics, log }),
    authorize: createAuthorizer({ client, nodeName, clock, metrics }),
    serve,
    metrics,
  })
  port = server.port
  const close = async (): Promise<void> => {
    closing.abort()
    await server.close()
    await parts.pods.settled()
    await client[Symbol.asyncDispose]()
  }
  try {
    await run({ ...options, clock, signal, port }, clients, metrics, parts, { facts, disk })
  } catch (error) {
    await close()
    throw error
  }
  return {
    url: `https://${address}:${port}`,
    port,
    nodeName,
    pods: () => parts.pods.workers().map((worker) => worker.view()),
    [Symbol.asyncDispose]: close,
  }
}

type Running = KubeletOptions & { readonly clock: Clock; readonly signal: AbortSignal }

interface Parts extends StatusPublisher {
  readonly pods: Pods
  readonly prober: Prober
  readonly readings: Readings
  readonly setMirrors: (mirrors: Mirrors) => void
}

function assemble(options: Running, clients: KubeletClients, metrics: KubeletMetrics): Parts {
  const { api: client } = clients
  const { clock, log, signal } = options
  const runtime = countRuntime(options.runtime, metrics)
  const tell = createPodEvents({
    client: clients.events,
    nodeName: options.nodeName,
    clock,
    log,
    signal,
  })
  const prober = createProber(runtime, signal, tell)
  const writer = createStatusWriter({ client, metrics, log, signal })
  let mirrors: Mirrors | undefined
  const isStatic = new Set<string>()
  const statuses = createStatusPublisher({
    writer,
    staticTarget: (pod) => mirrors?.target(pod),
    isStatic: (uid) => isStatic.has(uid),
    ownPod: (uid) =>
      pods
        .workers()
        .find((worker) => worker.uid === uid)
        ?.view(),
  })
  const pods = createPods({
    clock,
    mirrors: () => mirrors ?? NO_MIRRORS,
    context: {
      ...options,
      runtime,
      client,
      metrics,
      prober,
      nodeAddress: options.address,
      apiServer: options.apiServerAddress,
      publish: statuses.publish,
      tell,
      async released(pod) {
        writer.forget(pod.metadata.uid ?? '')
        await removeFromApi(client, pod, log, signal)
      },
    },
  })
  for (const given of options.staticPods ?? []) {
    const pod = staticPod(given, options.nodeName, clock.now())
    isStatic.add(pod.metadata.uid ?? '')
    pods.addStatic(pod)
  }
  const readings = createReadings({
    runtime: options.runtime,
    pods: () => pods.workers(),
    rootDir: options.rootDir,
    clock,
  })
  return { pods, prober, readings, ...statuses, setMirrors: (made) => (mirrors = made) }
}

const NO_MIRRORS: Mirrors = {
  seen: () => undefined,
  gone: () => undefined,
  target: () => undefined,
  ensureAll: () => undefined,
}

/** The kubelet's loops: node status, pods from the API, events of the runtime, a relist now and then, housekeeping. */
async function run(
  options: Running,
  { api: client, heartbeat }: KubeletClients,
  metrics: KubeletMetrics,
  parts: Parts,
  machine: {
    facts: Awaited<ReturnType<typeof readMachineFacts>>
    disk: Awaited<ReturnType<typeof readDisk>>
  },
): Promise<void> {
  const { clock, log, signal } = options
  const { pods } = parts
  const forget = options.runtime.onEvent(({ type, container }) => {
    if (type === 'start' || type === 'die') parts.readings.changed()
    pods.wake(container.sandbox.podUid)
  })
  signal.addEventListener('abort', forget, { once: true })
  const node = await registerNode({ ...options, ...machine, client: heartbeat })
  void keepNodeLease({ client: heartbeat, node, clock, log, signal })
  const statics = pods.workers().map((worker) => worker.view())
  const mirrors = createMirrors({
    client,
    pods: statics,
    node,
    log,
    signal,
    created: (pod) => {
      const worker = pods.workers().find(({ uid }) => uid === pod.metadata.uid)
      if (worker) parts.publish(worker.view())
    },
  })
  parts.setMirrors(mirrors)
  mirrors.ensureAll()
  const reflector = createReflector<Pod>(client, PODS, {
    fieldSelector: `spec.nodeName=${options.nodeName}`,
    log,
    signal,
  })
  reflector.onChange(({ type, object }) => {
    if (type === 'deleted') pods.gone(object)
    else {
      pods.seen(object)
      if (type === 'modified') parts.contradict(object)
    }
  })
  await reflector.ready
  void relist(options, metrics, pods)
  void housekeeping(parts.readings, signal)
}

const HOUSEKEEPING_MS = 10_000

/** Two readings are needed for a rate: this makes sure that there is an earlier one. */
async function housekeeping(readings: Readings, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await readings.latest().catch(() => undefined)
    await sleep(HOUSEKEEPING_MS, signal)
  }
}
