import { createHash } from 'node:crypto'
import type { DaemonSet, Pod, PodSpec } from '../../kube/index.ts'

export const HASH_LABEL = 'controller-revision-hash'
const GENERATION_LABEL = 'pod-template-generation'
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation'

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** What the pods of one template are known by. The order of keys does not matter. */
export function templateHash(set: DaemonSet): string {
  const text = JSON.stringify(sortKeys(set.spec.template))
  const digest = createHash('sha256').update(text).digest().subarray(0, 10)
  return [...digest].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, part]) => [key, sortKeys(part)]))
}

const TOLERATED = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
] as const

/** The template's spec with what every daemon tolerates (pkg/controller/daemon/util). */
export function daemonSpec(set: DaemonSet): PodSpec {
  const { spec } = set.spec.template
  const network = spec.hostNetwork ? [['network-unavailable', 'NoSchedule'] as const] : []
  const tolerations = [...TOLERATED, ...network].map(([condition, effect]) => ({
    key: `node.kubernetes.io/${condition}`,
    operator: 'Exists',
    effect,
  }))
  return { ...spec, tolerations: [...(spec.tolerations ?? []), ...tolerations] }
}

/** The pod of a DaemonSet for one node. The scheduler binds it: its affinity names the node. */
export function daemonPod(set: DaemonSet, nodeName: string): Pod {
  const { name = '', namespace = '', uid = '', annotations } = set.metadata
  const template = set.spec.template.metadata ?? {}
  const spec = daemonSpec(set)
  const field = { key: 'metadata.name', operator: 'In', values: [nodeName] }
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [field] }],
    },
  }
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: {
        ...template.labels,
        [HASH_LABEL]: templateHash(set),
        [GENERATION_LABEL]: annotations?.[GENERATION_ANNOTATION] ?? '1',
      },
      ...(template.annotations ? { annotations: template.annotations } : {}),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { ...spec, affinity: { ...spec.affinity, nodeAffinity } },
  }
}
