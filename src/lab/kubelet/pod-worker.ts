import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, type Clock, type Logger } from '../../core/index.ts'
import type { Container, KubeClient, Pod, PodStatus } from '../../kube/index.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import {
  backOffAfterExit,
  createRecord,
  hasExited,
  isRunning,
  succeeded,
  type ContainerRecord,
} from './container-record.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import { podStatus } from './pod-status.ts'
import type { Prober } from './prober.ts'
import { qosClassOf } from './quantity.ts'
import { showBackOff, startContainer } from './start-container.ts'
import { createObjectSource } from './volumes/object-source.ts'
import { createPodVolumes, type MountedVolume } from './volumes/pod-volumes.ts'
import { createBell } from './wake.ts'

/** One pod's life: volumes, sandbox, init containers, containers, restarts, end. Everything happens in one loop that events wake. */
export interface PodWorker {
  readonly uid: string
  /** A newer object of the same pod. */
  update(pod: Pod): void
  /** Something of this pod changed in the runtime. */
  wake(): void
  /** The pod is gone from its source: end it without asking the API server. */
  gone(): void
  /** The pod with the status as this kubelet knows it. */
  view(): Pod
  sandbox(): ContainerInfo | undefined
  records(): readonly ContainerRecord[]
  volumes(): readonly MountedVolume[]
  /** Resolves when the pod has ended (or the kubelet stops). */
  readonly finished: Promise<void>
}

export interface PodWorkerContext {
  readonly runtime: CountedRuntime
  readonly client: KubeClient
  readonly metrics: KubeletMetrics
  readonly prober: Prober
  readonly clock: Clock
  readonly log: Logger
  readonly rootDir: string
  readonly nodeRootDir: string
  readonly nodeAddress: string
  readonly apiServer: { readonly host: string; readonly port: number }
  readonly podAddress: () => string
  readonly publish: (pod: Pod, status: PodStatus) => void
  /** Called when a deleted pod's containers and volumes are gone. */
  readonly released: (pod: Pod) => Promise<void>
  readonly signal: AbortSignal
}

interface State {
  pod: Pod
  podIp: string
  changed: boolean
  deleted: boolean
  sandboxId: string | undefined
  status: PodStatus | undefined
  volumesReady: boolean
  retryMs: number
  startedAt: number
  sawRunning: boolean
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 2000
const DEFAULT_GRACE_S = 30

export function createPodWorker(first: Pod, context: PodWorkerContext): PodWorker {
  const { runtime, clock, log, metrics, prober, signal } = context
  const uid = first.metadata.uid ?? ''
  const namespace = first.metadata.namespace ?? 'default'
  const fullName = `${first.metadata.name ?? ''}_${namespace}(${uid})`
  const podDir = join(context.rootDir, 'pods', uid)
  const logDir = join(
    context.rootDir,
    'log',
    'pods',
    `${namespace}_${first.metadata.name ?? ''}_${uid}`,
  )
  const objects = createObjectSource(context.client, namespace)
  const volumes = createPodVolumes({ ...context, objects, podDir, pod: first })
  const hostNetwork = first.spec.hostNetwork === true
  const state: State = {
    pod: first,
    podIp: hostNetwork ? context.nodeAddress : context.podAddress(),
    changed: true,
    deleted: false,
    sandboxId: undefined,
    status: undefined,
    volumesReady: false,
    retryMs: FIRST_RETRY_MS,
    startedAt: clock.now(),
    sawRunning: false,
  }
  const of = (init: boolean) => (spec: Container) => createRecord(spec, init)
  const records = [
    ...(first.spec.initContainers ?? []).map(of(true)),
    ...first.spec.containers.map(of(false)),
  ]
  const bell = createBell()
  const addresses = { hostIp: context.nodeAddress, podIp: state.podIp }
  const ending = (): boolean => state.deleted || state.pod.metadata.deletionTimestamp !== undefined
  const hasEnded = (): boolean => ['Succeeded', 'Failed'].includes(state.status?.phase ?? '')
  const sandbox = (): ContainerInfo | undefined =>
    state.sandboxId === undefined ? undefined : runtime.get(state.sandboxId)

  const publish = (): void => {
    const ready = sandbox()?.phase === 'running'
    const status = podStatus({
      pod: state.pod,
      records,
      hostIp: context.nodeAddress,
      podIp: state.sandboxId === undefined ? undefined : state.podIp,
      sandboxReady: ready,
      startedAt: state.startedAt,
      idPrefix: runtime.idPrefix,
      now: clock.now(),
      previous: state.status ?? state.pod.status,
    })
    state.status = status
    if (status.phase === 'Running' && !state.sawRunning) {
      state.sawRunning = true
      metrics.podStart.observe((clock.now() - state.startedAt) / 1000)
    }
    context.publish(state.pod, status)
  }

  /** False while something is missing: the caller comes back after `retryMs`. */
  const syncVolumes = async (): Promise<boolean> => {
    if (state.volumesReady && !state.changed && clock.now() < volumes.nextSync()) return true
    state.changed = false
    try {
      await volumes.sync(state.pod, addresses)
      state.volumesReady = true
      state.retryMs = FIRST_RETRY_MS
    } catch (error) {
      log.debug({ pod: fullName, error: describeError(error) }, 'volumes are not ready')
      state.changed = true
    }
    return !state.changed
  }

  const ensureSandbox = async (): Promise<string> => {
    if (state.sandboxId !== undefined && sandbox()?.phase === 'running') return state.sandboxId
    if (state.sandboxId !== undefined) {
      // The pod's sandbox died: its containers go with it, and the pod gets a new one.
      refresh()
      await runtime.removeSandbox(state.sandboxId, 0).catch(() => undefined)
      refresh()
    }
    const created = await runtime.runSandbox({
      podName: state.pod.metadata.name ?? '',
      podNamespace: namespace,
      podUid: uid,
      podIp: state.podIp,
      hostNetwork,
      qosClass: qosClassOf(state.pod),
    })
    state.sandboxId = created.id
    metrics.startedPods.inc()
    return created.id
  }

  /** Takes over what the runtime says of each container. */
  const refresh = (): void => {
    for (const record of records) {
      if (!record.info) continue
      const now = clock.now()
      const info = runtime.get(record.info.id) ?? gone(record.info, now)
      record.info = info
      if (info.phase === 'exited' && record.exitSeen !== info.id) {
        record.exitSeen = info.id
        record.backOff = backOffAfterExit(record.backOff, info, now)
        prober.stop(info.id)
      }
    }
  }

  /** Starts the container if it shall run now. Returns when to look again, in milliseconds since 1970. */
  const ensure = async (record: ContainerRecord, sandboxId: string): Promise<number> => {
    if (isRunning(record)) return Infinity
    if (hasExited(record) && !restarts(record, state.pod)) return Infinity
    const now = clock.now()
    if (now < record.backOff.until) {
      return showBackOff(record, fullName, now)
    }
    const started = await startContainer(record, {
      pod: state.pod,
      addresses,
      objects,
      apiServer: context.apiServer,
      runtime,
      volumes,
      sandboxId,
      logDir,
      now: () => clock.now(),
    })
    if (!started) {
      log.warn(
        { pod: fullName, container: record.spec.name, why: record.waiting?.reason },
        'container not started',
      )
      return Math.min(record.backOff.until, now + 1000)
    }
    metrics.startedContainers.inc({ container_type: record.init ? 'init_container' : 'container' })
    if (!record.init)
      prober.start(record, { pod: state.pod, podIp: state.podIp, changed: () => bell.ring() })
    return Infinity
  }

  const syncContainers = async (sandboxId: string): Promise<number> => {
    refresh()
    for (const record of records.filter((r) => r.init)) {
      if (succeeded(record)) continue
      if (hasExited(record) && !restarts(record, state.pod)) return Infinity
      return await ensure(record, sandboxId)
    }
    const next: number[] = []
    for (const record of records.filter((r) => !r.init)) next.push(await ensure(record, sandboxId))
    return Math.min(Infinity, ...next)
  }

  const retry = (): number => {
    const at = clock.now() + state.retryMs
    state.retryMs = Math.min(state.retryMs * 2, LAST_RETRY_MS)
    return at
  }

  /** One pass over everything. Returns when the next one is due without an event. */
  const sync = async (): Promise<number> => {
    if (hasEnded()) return Infinity
    if (state.status === undefined) publish()
    const volumesUpToDate = await syncVolumes()
    if (!state.volumesReady) {
      publish()
      return retry()
    }
    let next: number
    try {
      next = await syncContainers(await ensureSandbox())
    } catch (error) {
      metrics.startedPodErrors.inc()
      log.warn({ pod: fullName, error: describeError(error) }, 'cannot start the pod; trying again')
      next = retry()
    }
    publish()
    if (hasEnded()) {
      await endSandbox(0)
      return Infinity
    }
    return Math.min(next, volumesUpToDate ? volumes.nextSync() : retry())
  }

  const endSandbox = async (graceMs: number): Promise<void> => {
    if (state.sandboxId === undefined) return
    await Promise.all(
      records
        .flatMap((record) => (record.info ? [record.info.id] : []))
        .map(async (id) => {
          prober.stop(id)
          await runtime.stopContainer(id, graceMs).catch(() => undefined)
        }),
    )
    await runtime.removeSandbox(state.sandboxId, 0).catch((error: unknown) => {
      log.warn({ pod: fullName, error: describeError(error) }, 'cannot remove the sandbox')
    })
  }

  const terminate = async (): Promise<void> => {
    const { metadata, spec } = state.pod
    const grace =
      metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S
    await endSandbox(grace * 1000)
    await volumes.remove()
    await rm(logDir, { recursive: true, force: true })
    await context.released(state.pod)
  }

  const run = async (): Promise<void> => {
    metrics.podWorkerStart.observe((clock.now() - state.startedAt) / 1000)
    let operation = 'create'
    while (!signal.aborted && !ending()) {
      const started = performance.now()
      const next = await sync()
      metrics.podWorker.observe((performance.now() - started) / 1000, { operation_type: operation })
      operation = 'sync'
      if (!ending()) await bell.wait(next - clock.now())
    }
    if (!signal.aborted) await terminate()
  }
  const stop = (): void => bell.ring()
  signal.addEventListener('abort', stop, { once: true })
  const finished = run()
    .catch((error: unknown) =>
      log.error({ pod: fullName, error: describeError(error) }, 'pod worker failed'),
    )
    .finally(() => signal.removeEventListener('abort', stop))

  return {
    uid,
    update(pod) {
      state.pod = { ...pod, spec: { ...pod.spec } }
      state.changed = true
      bell.ring()
    },
    wake: () => bell.ring(),
    gone() {
      state.deleted = true
      for (const { info } of records)
        if (info) void runtime.stopContainer(info.id, 0).catch(() => undefined)
      bell.ring()
    },
    view: () => ({ ...state.pod, ...(state.status ? { status: state.status } : {}) }),
    sandbox,
    records: () => records,
    volumes: () => volumes.mounted(),
    finished,
  }
}

function restarts(record: ContainerRecord, pod: Pod): boolean {
  const policy = pod.spec.restartPolicy ?? 'Always'
  if (record.init) return !succeeded(record) && policy !== 'Never'
  return policy === 'Always' || (policy === 'OnFailure' && !succeeded(record))
}

/** A container that the runtime does not know any more has ended. */
function gone(info: ContainerInfo, now: number): ContainerInfo {
  return info.phase === 'exited'
    ? info
    : { ...info, phase: 'exited', exitCode: 137, finishedAt: now }
}
