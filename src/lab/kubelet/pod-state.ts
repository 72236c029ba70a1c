import { join } from 'node:path'
import type { Clock, Logger } from '../../core/index.ts'
import type { KubeClient, Pod, PodStatus } from '../../kube/index.ts'
import { createBell, type Bell, type ContainerInfo } from '../runtime/index.ts'
import { createRecord, type ContainerRecord } from './container-record.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import type { PodAddresses } from './field-ref.ts'
import { createHostPorts, type HostPorts } from './host-ports.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import { podLogDir } from './log-files.ts'
import { podStatus } from './pod-status.ts'
import type { PodFailure } from './pod-deadline.ts'
import type { PodEvents } from './pod-events.ts'
import type { Prober } from './prober.ts'
import { createObjectSource, type ObjectSource } from './volumes/object-source.ts'
import { createPodVolumes, type PodVolumes } from './volumes/pod-volumes.ts'

/** What all pods of a kubelet share. */
export interface PodWorkerContext {
  readonly runtime: CountedRuntime
  readonly client: KubeClient
  readonly metrics: KubeletMetrics
  readonly prober: Prober
  readonly clock: Clock
  readonly log: Logger
  readonly rootDir: string
  readonly nodeRootDir: string
  readonly nodeName: string
  readonly nodeAddress: string
  readonly apiServer: { readonly host: string; readonly port: number }
  readonly podAddress: () => string
  readonly publish: (pod: Pod, status: PodStatus) => void
  readonly tell: PodEvents
  /** Called when a deleted pod's containers and volumes are gone. */
  readonly released: (pod: Pod) => Promise<void>
  readonly signal: AbortSignal
}

/** One pod in work: what is fixed, and what the worker learns. */
export interface PodState extends PodWorkerContext {
  readonly uid: string
  readonly namespace: string
  /** `name_namespace(uid)`, as the kubelet writes it in messages. */
  readonly fullName: string
  readonly logDir: string
  /** `<rootDir>/pods/<uid>` */
  readonly podDir: string
  readonly hostNetwork: boolean
  readonly addresses: PodAddresses
  readonly hostPorts: HostPorts
  readonly objects: ObjectSource
  readonly mounts: PodVolumes
  /** Ephemeral containers may be added. */
  readonly records: ContainerRecord[]
  readonly bell: Bell
  /** Fires when the pod shall go away. */
  readonly ending: AbortController
  /** Milliseconds since 1970. */
  readonly startedAt: number
  pod: Pod
  /** The pod's object is newer than its volumes. */
  changed: boolean
  /** Gone from its source. */
  deleted: boolean
  sandboxId: string | undefined
  status: PodStatus | undefined
  /** Why the pod has failed as a whole. */
  failure: PodFailure | undefined
  volumesReady: boolean
  retryMs: number
  sawRunning: boolean
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 2000

export function createPodState(pod: Pod, context: PodWorkerContext): PodState {
  const { uid = '', namespace = 'default', name = '' } = pod.metadata
  const { rootDir, nodeAddress } = context
  const hostNetwork = pod.spec.hostNetwork === true
  const objects = createObjectSource(context.client, namespace)
  const podDir = join(rootDir, 'pods', uid)
  const podIp = hostNetwork ? nodeAddress : context.podAddress()
  const addresses = { hostIp: nodeAddress, podIp }
  return {
    ...context,
    podDir,
    uid,
    namespace,
    fullName: `${name}_${namespace}(${uid})`,
    logDir: podLogDir(context.nodeRootDir, { namespace, name, uid }),
    hostNetwork,
    addresses,
    hostPorts: createHostPorts(addresses),
    objects,
    mounts: createPodVolumes({ ...context, objects, podDir, pod }),
    records: recordsOf(pod),
    bell: createBell(),
    ending: new AbortController(),
    startedAt: context.clock.now(),
    pod,
    changed: true,
    deleted: false,
    sandboxId: undefined,
    status: undefined,
    failure: undefined,
    volumesReady: false,
    retryMs: FIRST_RETRY_MS,
    sawRunning: false,
  }
}

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const

const recordsOf = ({ spec }: Pod): ContainerRecord[] =>
  LISTS.flatMap((list) => (spec[list] ?? []).map((container) => createRecord(container, list)))

/** Takes over a newer object of the pod: it may have more ephemeral containers than before. */
export function takeOver(state: PodState, newer: Pod): void {
  state.pod = newer
  state.changed = true
  if (isEnding(state)) state.ending.abort()
  const known = new Set(state.records.map(({ spec }) => spec.name))
  state.records.push(
    ...recordsOf(newer).filter(({ spec, ephemeral }) => ephemeral && !known.has(spec.name)),
  )
}

/** Shall the pod go away? */
export const isEnding = (state: PodState): boolean =>
  state.deleted || state.pod.metadata.deletionTimestamp !== undefined

/** Have its containers ended for good? */
export const hasEnded = (state: PodState): boolean =>
  ['Succeeded', 'Failed'].includes(state.status?.phase ?? '')

export function sandboxOf(state: PodState): ContainerInfo | undefined {
  return state.sandboxId === undefined ? undefined : state.runtime.get(state.sandboxId)
}

/** Makes the status of what is known now, and hands it on. */
export function publish(state: PodState): void {
  const { clock, metrics } = state
  const status = podStatus({
    pod: state.pod,
    records: state.records,
    hostIp: state.nodeAddress,
    podIp: state.sandboxId === undefined ? undefined : state.addresses.podIp,
    sandboxReady: sandboxOf(state)?.phase === 'running',
    startedAt: state.startedAt,
    failure: state.failure,
    idPrefix: state.runtime.idPrefix,
    now: clock.now(),
    previous: state.status ?? state.pod.status,
  })
  state.status = status
  if (status.phase === 'Running' && !state.sawRunning) {
    state.sawRunning = true
    metrics.podStart.observe((clock.now() - state.startedAt) / 1000)
  }
  state.publish(state.pod, status)
}

/** When to try again what failed, in milliseconds since 1970: soon at first, then less often. */
export function retryAt(state: PodState): number {
  const at = state.clock.now() + state.retryMs
  state.retryMs = Math.min(state.retryMs * 2, LAST_RETRY_MS)
  return at
}

export function resetRetry(state: PodState): void {
  state.retryMs = FIRST_RETRY_MS
}
