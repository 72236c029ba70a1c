import type { KubeObject } from '../../../kube/index.ts'
import { PODS, qosClassOf } from '../../../kube/index.ts'
import { fieldsOf, listOf, sameJson, setDefaults, without, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { EPHEMERAL_CONTAINERS } from './ephemeral-containers.ts'
import { forbidden } from './faults.ts'
import { kind, type Kind } from './kind.ts'
import { podSpecFaults, setPodSpecDefaults } from './pod-spec.ts'

export const POD: Kind = kind(PODS, {
  subresources: ['status', 'binding', 'eviction', 'ephemeralcontainers'],
  parts: { ephemeralcontainers: EPHEMERAL_CONTAINERS },
  hasStatus: true,
  hasGeneration: true,
  returnsDeleted: true,
  categories: ['all'],
  setDefaults(pod) {
    const spec = fieldsOf(pod['spec'])
    setPodSpecDefaults(spec)
    setPodOnlyDefaults(spec)
  },
  prepareCreate(pod) {
    pod['status'] = { phase: 'Pending', qosClass: qosClassOf(pod) }
    const spec = fieldsOf(pod['spec'])
    setDefaults(spec, { priority: 0, preemptionPolicy: 'PreemptLowerPriority' })
    addTolerations(spec)
  },
  validate: (pod, old) => [
    ...podSpecFaults(fieldsOf(pod['spec']), 'spec'),
    ...(old ? changeFaults(pod, old) : creationFaults(fieldsOf(pod['spec']))),
  ],
})

/** What only a pod gets, not a template: requests follow limits, ports of the host network are the host's. */
function setPodOnlyDefaults(spec: Fields): void {
  setDefaults(spec, { enableServiceLinks: true })
  for (const container of [...listOf(spec['initContainers']), ...listOf(spec['containers'])]) {
    const resources = fieldsOf(container['resources'])
    const limits = fieldsOf(resources['limits'])
    if (Object.keys(limits).length > 0) {
      resources['requests'] = { ...limits, ...fieldsOf(resources['requests']) }
    }
    if (spec['hostNetwork'] === true) {
      for (const port of listOf(container['ports'])) {
        setDefaults(port, { hostPort: port['containerPort'] })
      }
    }
  }
}

/** What the DefaultTolerationSeconds admission adds to every pod. */
function addTolerations(spec: Fields): void {
  const tolerations = listOf(spec['tolerations'])
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = tolerations.some(
      (one) =>
        (one['key'] === key || one['key'] === undefined) &&
        (one['effect'] === 'NoExecute' || one['effect'] === undefined),
    )
    if (!tolerated) {
      tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })
    }
  }
  spec['tolerations'] = tolerations
}

/** They come later, by a path of their own. */
const creationFaults = (spec: Fields): FieldFault[] =>
  listOf(spec['ephemeralContainers']).length === 0
    ? []
    : [forbidden('spec.ephemeralContainers', 'cannot be set on create')]

const CHANGEABLE =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

const countOf = (pod: KubeObject, key: string): number => listOf(fieldsOf(pod['spec'])[key]).length

function changeFaults(pod: KubeObject, old: KubeObject): FieldFault[] {
  const fixed = (object: KubeObject): Fields => {
    const spec = without(fieldsOf(object['spec']), 'activeDeadlineSeconds', 'tolerations')
    const withoutImages = (list: unknown): unknown =>
      listOf(list).map((container) => without(container, 'image'))
    return {
      ...spec,
      containers: withoutImages(spec['containers']),
      initContainers: withoutImages(spec['initContainers']),
    }
  }
  const added = ['containers', 'initContainers'].filter(
    (key) => countOf(pod, key) !== countOf(old, key),
  )
  if (added.length > 0) {
    return added.map((key) =>
      forbidden(`spec.${key}`, 'pod updates may not add or remove containers'),
    )
  }
  if (sameJson(fixed(pod), fixed(old))) return []
  return [
    {
      reason: 'FieldValueForbidden',
      message: `Forbidden: pod updates may not change fields other than ${CHANGEABLE}`,
      field: 'spec',
    },
  ]
}
