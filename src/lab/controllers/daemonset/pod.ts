import { DAEMONSETS, type DaemonSet, type Pod, type PodSpec } from '../../../kube/index.ts'
import { podFromTemplate } from '../common/pod-control.ts'
import { REVISION_LABEL } from '../revisions/revisions.ts'

const GENERATION_LABEL = 'pod-template-generation'
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation'

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
export function daemonPod(set: DaemonSet, nodeName: string, hash: string): Pod {
  const { annotations } = set.metadata
  const spec = daemonSpec(set)
  const { metadata } = podFromTemplate({ of: DAEMONSETS, object: set }, set.spec.template)
  const field = { key: 'metadata.name', operator: 'In', values: [nodeName] }
  const nodeAffinity = {
    ...(spec.affinity?.['nodeAffinity'] as Record<string, unknown> | undefined),
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [field] }],
    },
  }
  return {
    metadata: {
      ...metadata,
      labels: {
        ...metadata.labels,
        [REVISION_LABEL]: hash,
        [GENERATION_LABEL]: annotations?.[GENERATION_ANNOTATION] ?? '1',
      },
    },
    spec: { ...spec, affinity: { ...spec.affinity, nodeAffinity } },
  }
}
