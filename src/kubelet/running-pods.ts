import type { Pod } from '../kube/index.ts'
import type { OwnerLookup } from './owner.ts'

/**
 * One slice's `/runningpods/`: the pods with a running container, as the runtime knows them: names, uid, and the image
 * that each running container was made from. Made from the same pods as `/pods`; without a line end, as the kubelet's.
 */
export function runningPods(pods: readonly Pod[], owners: OwnerLookup, slice: number): Buffer {
  const items = pods.flatMap((pod) => {
    const { namespace = '', name = '', uid = '' } = pod.metadata
    const owner = owners(namespace, name)
    if (owner?.slice !== slice || owner.hostUid !== uid) return []
    const containers = containersOf(pod, owner.hostOnlyContainers)
    if (containers.length === 0) return []
    const { virtual } = owner
    const metadata = { name: virtual.name, namespace: virtual.namespace, uid: virtual.uid }
    return [{ metadata, spec: { containers }, status: {} }]
  })
  return Buffer.from(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items }))
}

/** The running containers of a pod, init and ephemeral ones too. */
function containersOf(
  { status }: Pod,
  hidden: ReadonlySet<string>,
): { name: string; image: string; resources: Record<string, never> }[] {
  const statuses = [
    status?.containerStatuses,
    status?.initContainerStatuses,
    status?.ephemeralContainerStatuses,
  ].flatMap((list) => list ?? [])
  return statuses
    .filter(({ name, state }) => state.running !== undefined && !hidden.has(name))
    .map(({ name, imageID, image }) => ({ name, image: imageOf(imageID, image), resources: {} }))
}

/** The image's id without the scheme that the kubelet puts before Docker's in a pod's status. */
const imageOf = (id: string, image: string): string =>
  id === '' ? image : id.replace(/^[a-z-]+:\/\//, '')
