import type { ContainerState, ContainerStatus, Pod } from '../../kube/objects.ts'
import { POD_EXPIRATION_MS } from '../limits.ts'
import { NO_VIRTUAL_NAMES, type VirtualNames, type VirtualPod } from './virtual-names.ts'

/** A container that has an id: the join of everything that a kubelet or a runtime says about it. */
export interface StoredContainer {
  /** Without `docker://`. */
  readonly id: string
  /** `docker`, `containerd`, `cri-o`: what stood before `://`. */
  readonly runtime: string
  readonly name: string
  readonly kind: 'init' | 'regular' | 'ephemeral'
  readonly image: string
  readonly imageId: string
  readonly restartCount: number
  readonly running: boolean
  /** Milliseconds since 1970. */
  readonly startedAt: number | undefined
  readonly status: ContainerStatus
  readonly pod: StoredPod
}

export interface StoredPod {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly phase: string
  readonly hostNetwork: boolean
  /** Announced by a file of the node, Pending, and nothing is known of its containers (kubelets before 1.15). */
  readonly staticPending: boolean
  /** The vcluster that it is of, on a host whose vclusters the agent knows. */
  readonly vcluster?: string | undefined
  /** What people see of it: of a vcluster's pod the virtual names. Above are those that kubelet and runtime use. */
  readonly pod: Pod
  /** Init, regular, ephemeral, in this order. */
  readonly containers: readonly StoredContainer[]
}

/** One pod list, indexed by everything that metrics are joined by (datadog-agent workloadmeta, kubelet collector). */
export interface Workload {
  readonly pods: readonly StoredPod[]
  /** Finished pods that were dropped for their age. */
  readonly expired: number
  pod(uid: string): StoredPod | undefined
  podNamed(namespace: string, name: string): StoredPod | undefined
  container(id: string): StoredContainer | undefined
}

/** Indexes a pod list. Finished pods older than `expirationMs` (15 minutes; 0: for ever) are dropped and counted. */
export function indexPods(
  list: readonly Pod[],
  now: number,
  virtualNames: VirtualNames = NO_VIRTUAL_NAMES,
  expirationMs: number = POD_EXPIRATION_MS,
): Workload {
  const oldest = expirationMs === 0 ? Number.NEGATIVE_INFINITY : now - expirationMs
  const kept = list.filter((pod) => !isExpired(pod, oldest))
  const named = virtualNames(list)
  const pods = kept.map((pod) => storePod(pod, named.get(pod)))
  const byUid = new Map(pods.map((pod) => [pod.uid, pod]))
  const byName = new Map(pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]))
  const containers = new Map(
    pods.flatMap((pod) => pod.containers).map((container) => [container.id, container]),
  )
  return {
    pods,
    expired: list.length - kept.length,
    pod: (uid) => byUid.get(uid),
    podNamed: (namespace, name) => byName.get(`${namespace}/${name}`),
    container: (id) => containers.get(id),
  }
}

/** Reads a PodList's text. Throws for what is not JSON or has no items (null counts as none, as in Go). */
export function parsePodList(text: string): Pod[] {
  const list = JSON.parse(text) as { items?: unknown } | null
  if (typeof list !== 'object' || list === null || !Array.isArray(list.items)) {
    throw new Error('the pod list has no items')
  }
  return (list.items as unknown[]).filter(isPod)
}

export function isPod(value: unknown): value is Pod {
  const pod = value as { metadata?: { uid?: unknown; name?: unknown }; spec?: unknown } | null
  const spec = pod?.spec as { containers?: unknown } | null | undefined
  const { name, uid } = pod?.metadata ?? {}
  return typeof name === 'string' && typeof uid === 'string' && Array.isArray(spec?.containers)
}

/** A pod of the list before is not stored again: what filter and tagger know of it holds. */
const storedBefore = new WeakMap<Pod, StoredPod>()

function storePod(pod: Pod, virtual: VirtualPod | undefined): StoredPod {
  const known = storedBefore.get(pod)
  if (known !== undefined && known.pod === (virtual?.pod ?? pod)) return known
  const stored = makeStored(pod, virtual)
  storedBefore.set(pod, stored)
  return stored
}

function makeStored(pod: Pod, virtual: VirtualPod | undefined): StoredPod {
  const { metadata, spec, status } = pod
  const containers: StoredContainer[] = []
  const stored: StoredPod = {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    phase: status?.phase ?? '',
    hostNetwork: spec.hostNetwork === true,
    staticPending: isStaticPending(pod),
    vcluster: virtual?.vcluster,
    pod: virtual?.pod ?? pod,
    containers,
  }
  const lists = [
    ['init', status?.initContainerStatuses],
    ['regular', status?.containerStatuses],
    ['ephemeral', status?.ephemeralContainerStatuses],
  ] as const
  for (const [kind, statuses] of lists) {
    containers.push(...(statuses ?? []).flatMap((one) => storeContainer(stored, kind, one) ?? []))
  }
  return stored
}

function isStaticPending({ metadata: { annotations }, status }: Pod): boolean {
  if (annotations === undefined || annotations['kubernetes.io/config.source'] === 'api')
    return false
  return status?.phase === 'Pending' && (status.containerStatuses ?? []).length === 0
}

/** undefined as long as the container has no id. */
function storeContainer(
  pod: StoredPod,
  kind: StoredContainer['kind'],
  status: ContainerStatus,
): StoredContainer | undefined {
  const [runtime, id] = splitId(status.containerID)
  if (id === '') return undefined
  const startedAt = stateOf(status).running?.startedAt
  return {
    id,
    runtime,
    name: status.name,
    kind,
    image: imageOf(pod.pod, status),
    imageId: status.imageID,
    restartCount: status.restartCount,
    running: startedAt !== undefined,
    startedAt: startedAt === undefined ? undefined : Date.parse(startedAt),
    status,
    pod,
  }
}

/** The status of an image that has no name is its bare digest: then the spec's name is taken. */
function imageOf(pod: Pod, status: ContainerStatus): string {
  if (status.image !== '' && !status.image.startsWith('sha256:')) return status.image
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec
  const specs = [...initContainers, ...containers, ...ephemeralContainers]
  return specs.find((one) => one.name === status.name)?.image ?? ''
}

/** The state of a status that may come without one. */
export const stateOf = (status: ContainerStatus): ContainerState =>
  (status as Partial<ContainerStatus>).state ?? {}

function splitId(containerId: string | undefined): [string, string] {
  const at = containerId?.indexOf('://') ?? -1
  if (containerId === undefined || at === -1) return ['', '']
  return [containerId.slice(0, at), containerId.slice(at + 3)]
}

/** Ended before `oldest`: judged on regular containers' ends, and only when the pod is neither running nor pending. */
function isExpired(pod: Pod, oldest: number): boolean {
  const phase = pod.status?.phase
  if (phase === 'Running' || phase === 'Pending') return false
  const ends = (pod.status?.containerStatuses ?? []).map((one) =>
    Date.parse(stateOf(one).terminated?.finishedAt ?? ''),
  )
  const last = Math.max(...ends.filter((end) => !Number.isNaN(end)))
  return Number.isFinite(last) && last < oldest
}
