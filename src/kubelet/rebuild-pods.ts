import { SubletError, describeError } from '../core/index.ts'
import type { Pod } from '../kube/index.ts'
import type { OwnerLookup, PodOwner } from './owner.ts'
import { isRecord, rebuild, SPEC, STATUS } from './pod-fields.ts'
import { virtualOwners } from './virtual-owners.ts'

/** Reads `/pods`. Throws E_KUBELET_SHAPE when the bytes are no PodList, or an item has no name, namespace or spec. */
export function parsePodList(payload: Buffer): readonly Pod[] {
  let list: unknown
  try {
    list = JSON.parse(payload.toString('utf8'))
  } catch (error) {
    throw new SubletError('E_KUBELET_SHAPE', `the pod list is not JSON: ${describeError(error)}`)
  }
  if (!isRecord(list) || list['kind'] !== 'PodList') {
    throw new SubletError('E_KUBELET_SHAPE', 'the answer is not a PodList')
  }
  const items = list['items'] ?? []
  if (!Array.isArray(items)) throw new SubletError('E_KUBELET_SHAPE', 'items is not a list')
  return items.map((item: unknown, index) => {
    if (!isPod(item)) {
      throw new SubletError('E_KUBELET_SHAPE', `items[${index}] is not a pod`)
    }
    return item
  })
}

function isPod(item: unknown): item is Pod {
  if (!isRecord(item) || !isRecord(item['metadata']) || !isRecord(item['spec'])) return false
  const { name, namespace, labels, annotations } = item['metadata']
  return (
    typeof name === 'string' &&
    typeof namespace === 'string' &&
    isStringMap(labels) &&
    isStringMap(annotations)
  )
}

function isStringMap(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return isRecord(value) && Object.values(value).every((each) => typeof each === 'string')
}

/**
 * One slice's `/pods`: each of its pods built anew under its virtual name, from fields that are named one by one.
 * Nothing of the host's annotations passes (they hold virtual ServiceAccount tokens), nor labels that the syncer wrote.
 */
export function rebuildPods(pods: readonly Pod[], owners: OwnerLookup, slice: number): Buffer {
  const items = pods.flatMap((pod) => {
    const { namespace = '', name = '', uid = '' } = pod.metadata
    const owner = owners(namespace, name)
    return owner?.slice === slice && owner.hostUid === uid ? [rebuildPod(pod, owner)] : []
  })
  return Buffer.from(
    `${JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items })}\n`,
  )
}

function rebuildPod(pod: Pod, owner: PodOwner): Record<string, unknown> {
  const { metadata } = pod
  const { name, namespace, uid } = owner.virtual
  const ownerReferences = virtualOwners(pod)
  const labels = virtualLabels(metadata.labels)
  return {
    metadata: {
      name,
      namespace,
      uid,
      ...textField('creationTimestamp', metadata.creationTimestamp),
      ...textField('deletionTimestamp', metadata.deletionTimestamp),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      // What the kubelet itself adds to every pod that comes from an API server; agents look for it.
      annotations: { 'kubernetes.io/config.source': 'api' },
      ...(ownerReferences.length === 0 ? {} : { ownerReferences }),
    },
    spec: rebuild(pod.spec, SPEC, owner) ?? {},
    status: rebuild(pod.status, STATUS, owner) ?? {},
  }
}

const textField = (name: string, value: unknown): Record<string, string> =>
  typeof value === 'string' ? { [name]: value } : {}

/** The labels that the syncer copied as they were (vcluster ≥ 0.21); its own, and the hashed ones, are left out. */
function virtualLabels(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => !key.startsWith('vcluster.loft.sh/')),
  )
}
