import {
  STATEFULSETS,
  type ObjectMeta,
  type PersistentVolumeClaim,
  type Pod,
  type PodTemplateSpec,
  type StatefulSet,
  type Volume,
} from '../../../kube/index.ts'
import { controllerReference } from '../common/owners.ts'
import { podFromTemplate } from '../common/pod-control.ts'
import { REVISION_LABEL } from '../revisions/revisions.ts'

export const NAME_LABEL = 'statefulset.kubernetes.io/pod-name'
const INDEX_LABEL = 'apps.kubernetes.io/pod-index'

/** The number at the end of a pod's name; undefined for names that are not of this set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const { name = '' } = pod.metadata
  const prefix = `${set.metadata.name ?? ''}-`
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : ''
  return /^\d{1,9}$/.test(rest) ? Number(rest) : undefined
}

/** The pod of one ordinal: its own name, host name and claims (newStatefulSetPod). */
export function statefulPod(
  set: StatefulSet,
  template: PodTemplateSpec,
  ordinal: number,
  revision: string,
): Pod {
  const { metadata } = podFromTemplate({ of: STATEFULSETS, object: set }, template)
  const name = `${set.metadata.name ?? ''}-${ordinal}`
  const { serviceName } = set.spec
  return {
    metadata: {
      ...withoutGenerateName(metadata),
      name,
      labels: {
        ...metadata.labels,
        [NAME_LABEL]: name,
        [INDEX_LABEL]: String(ordinal),
        [REVISION_LABEL]: revision,
      },
    },
    spec: {
      ...template.spec,
      hostname: name,
      ...(serviceName ? { subdomain: serviceName } : {}),
      ...volumesOf(set, template, ordinal),
    },
  }
}

function withoutGenerateName(metadata: ObjectMeta): ObjectMeta {
  const named = { ...metadata }
  delete named.generateName
  return named
}

const claimName = (set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string =>
  `${template.metadata.name ?? ''}-${set.metadata.name ?? ''}-${ordinal}`

/** A claim's volume takes the place of one of the same name. */
function volumesOf(
  set: StatefulSet,
  { spec }: PodTemplateSpec,
  ordinal: number,
): { volumes?: Volume[] } {
  const claims = (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    name: template.metadata.name ?? '',
    persistentVolumeClaim: { claimName: claimName(set, template, ordinal) },
  }))
  const names = new Set(claims.map(({ name }) => name))
  const others = (spec.volumes ?? []).filter(({ name }) => !names.has(name))
  const volumes = [...claims, ...others]
  return volumes.length > 0 ? { volumes } : {}
}

/** The claims of one ordinal's pod. They outlive it, unless the set's retention policy says otherwise. */
export function claimsOf(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  const { namespace = '' } = set.metadata
  const goesWithSet = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete'
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    ...template,
    metadata: {
      name: claimName(set, template, ordinal),
      namespace,
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
      ...(goesWithSet ? { ownerReferences: [controllerReference(STATEFULSETS, set)] } : {}),
    },
  }))
}
