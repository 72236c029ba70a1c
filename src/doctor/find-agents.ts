import {
  DAEMONSETS,
  PODS,
  matchesLabelSelector,
  type Container,
  type DaemonSet,
  type KubeClient,
  type Pod,
} from '../kube/index.ts'
import type { AgentRef } from './finding.ts'
import { checkFilesOf, type CheckFiles } from './kubelet-check.ts'

/** An agent in a vcluster and what its specification tells about how it reaches its kubelet. */
export interface Agent {
  readonly ref: AgentRef
  readonly serviceAccount: string
  /** A pod of it that runs; undefined: none does. */
  readonly pod: Pod | undefined
  readonly port: number
  /** hostPath volumes that bring a runtime's socket into the pod. */
  readonly runtimeSockets: readonly { readonly volume: string; readonly path: string }[]
  /** Secrets that are mounted into the pod. */
  readonly secrets: readonly string[]
  /** What takes the place of its kubelet check's configuration. */
  readonly checkFiles: readonly CheckFiles[]
}

const KUBELET_PORT = 10250
/** Folders and sockets behind which a container runtime listens. */
const RUNTIME_PATH =
  /^\/(var\/)?run(\/|$)(docker\.sock|containerd|crio|cri-dockerd\.sock)?|(docker|containerd|crio)\.sock$/

/** The DaemonSets of a virtual cluster whose containers are told the address of their node: agents, for all we know. */
export async function findAgents(client: KubeClient, vcluster: string): Promise<Agent[]> {
  const [sets, pods] = await Promise.all([
    client.list<DaemonSet>(DAEMONSETS),
    client.list<Pod>(PODS),
  ])
  return sets.items.flatMap((set) => {
    const { containers, serviceAccountName, volumes } = set.spec.template.spec
    const container = containers.find(asksKubelet)
    if (container === undefined) return []
    const { namespace = '', name = '' } = set.metadata
    return {
      ref: { vcluster, namespace, name },
      serviceAccount: serviceAccountName ?? 'default',
      pod: pods.items.find(
        (pod) => runs(pod) && pod.metadata.namespace === namespace && belongs(pod, set),
      ),
      port: portOf(container),
      runtimeSockets: (volumes ?? []).flatMap(({ name: volume, hostPath }) =>
        hostPath !== undefined && RUNTIME_PATH.test(hostPath.path) && isMounted(containers, volume)
          ? [{ volume, path: hostPath.path }]
          : [],
      ),
      secrets: (volumes ?? []).flatMap((volume) => volume.secret?.secretName ?? []),
      checkFiles: checkFilesOf(container, volumes),
    }
  })
}

function asksKubelet(container: Container): boolean {
  return (container.env ?? []).some(
    ({ name, valueFrom }) =>
      name === 'DD_KUBERNETES_KUBELET_HOST' || valueFrom?.fieldRef?.fieldPath === 'status.hostIP',
  )
}

function portOf(container: Container): number {
  const value = container.env?.find(
    ({ name }) => name === 'DD_KUBERNETES_HTTPS_KUBELET_PORT',
  )?.value
  const port = Number(value ?? KUBELET_PORT)
  return Number.isInteger(port) && port > 0 ? port : KUBELET_PORT
}

const isMounted = (containers: readonly Container[], volume: string): boolean =>
  containers.some(({ volumeMounts }) => volumeMounts?.some((mount) => mount.name === volume))

const runs = (pod: Pod): boolean =>
  pod.status?.phase === 'Running' && pod.metadata.deletionTimestamp === undefined

const belongs = (pod: Pod, set: DaemonSet): boolean =>
  pod.metadata.ownerReferences?.some((owner) => owner.uid === set.metadata.uid) ??
  matchesLabelSelector(set.spec.selector, pod.metadata.labels ?? {})
