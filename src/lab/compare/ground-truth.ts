import { PODS, type KubeClient, type Pod } from '../../kube/index.ts'
import { createOwnerMap, type Tenant } from '../../tenants/index.ts'

/** A pod of somebody else, with every string that gives it away. */
export interface ForeignPod {
  /** `namespace/name` on the host. */
  readonly pod: string
  /** The tenant it belongs to; null: the host's own. */
  readonly tenant: string | null
  readonly marks: readonly string[]
}

/** Who owns what, read from the host's API server with an administrator's eyes. */
export interface GroundTruth {
  /** Ids of the tenant's running containers on the node. */
  readonly ownContainers: ReadonlySet<string>
  /** Ids of all containers that run on the node. */
  readonly allContainers: ReadonlySet<string>
  readonly foreign: readonly ForeignPod[]
  /** Host names of the tenant's own pods on the node. */
  readonly ownHostNames: ReadonlySet<string>
}

/**
 * Reads the host's pods and sorts them for one tenant's agent on one node. Its own are those on that node; foreign are
 * the others' on every node, those on this one first.
 */
export async function readGroundTruth(
  host: KubeClient,
  tenants: readonly Tenant[],
  tenantName: string,
  nodeName: string,
): Promise<GroundTruth> {
  const { items } = await host.list<Pod>(PODS)
  const isHere = ({ spec }: Pod): boolean => spec.nodeName === nodeName
  const owners = createOwnerMap(items, tenants)
  const own: Pod[] = []
  const foreign: ForeignPod[] = []
  for (const pod of [...items.filter(isHere), ...items.filter((one) => !isHere(one))]) {
    const { namespace = '', name = '' } = pod.metadata
    const tenant = owners.byName(namespace, name)?.tenant.name ?? null
    if (tenant === tenantName) {
      if (isHere(pod)) own.push(pod)
    } else foreign.push({ pod: `${namespace}/${name}`, tenant, marks: marksOf(pod) })
  }
  return {
    ownContainers: new Set(own.flatMap(runningContainers)),
    allContainers: new Set(items.filter(isHere).flatMap(runningContainers)),
    ownHostNames: new Set(own.map((pod) => pod.metadata.name ?? '')),
    foreign,
  }
}

/** Ids of the containers of a pod that run, without the runtime's prefix. */
function runningContainers(pod: Pod): string[] {
  return (pod.status?.containerStatuses ?? [])
    .filter((status) => status.state.running !== undefined)
    .flatMap((status) => status.containerID?.split('://')[1] ?? [])
}

function marksOf(pod: Pod): string[] {
  const annotations = pod.metadata.annotations ?? {}
  const ids = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
  ].flatMap((status) => status.containerID?.split('://')[1] ?? [])
  const all = [
    pod.metadata.name,
    pod.metadata.uid,
    annotations['kubernetes.io/config.hash'],
    annotations['vcluster.loft.sh/object-uid'],
    ...ids,
  ]
  return all.filter((mark): mark is string => mark !== undefined && mark.length >= 8)
}
