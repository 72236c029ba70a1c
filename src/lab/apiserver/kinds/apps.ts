import {
  CONTROLLERREVISIONS,
  DEPLOYMENTS,
  PODTEMPLATES,
  REPLICASETS,
  REPLICATIONCONTROLLERS,
  STATEFULSETS,
  type KubeObject,
} from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf, sameJson, setDefaults, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { forbidden, notNegative, oneOf, required, invalid } from './faults.ts'
import { kind, type Kind } from './kind.ts'
import { setPodSpecDefaults } from './pod-spec.ts'
import { setTemplateDefaults, specOf, workloadFaults } from './template.ts'

const scalable = {
  subresources: ['status', 'scale'],
  hasStatus: true,
  hasGeneration: true,
  categories: ['all'],
} as const

const replicaFaults = (object: KubeObject): FieldFault[] =>
  notNegative(specOf(object), 'replicas', 'spec')

export const DEPLOYMENT: Kind = kind(DEPLOYMENTS, {
  ...scalable,
  setDefaults(object) {
    const spec = specOf(object)
    setDefaults(spec, {
      replicas: 1,
      strategy: {},
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    })
    const strategy = fieldsOf(spec['strategy'])
    setDefaults(strategy, { type: 'RollingUpdate' })
    if (strategy['type'] === 'RollingUpdate') {
      setDefaults(strategy, { rollingUpdate: {} })
      setDefaults(fieldsOf(strategy['rollingUpdate']), { maxUnavailable: '25%', maxSurge: '25%' })
    }
    setTemplateDefaults(spec)
  },
  prepareCreate(object) {
    object['status'] = {}
  },
  validate: (object, old) => [
    ...rolloutFaults(fieldsOf(object['spec'])),
    ...replicaFaults(object),
    ...workloadFaults(object, old),
    ...strategyFaults(specOf(object)),
  ],
})

function strategyFaults(spec: Fields): FieldFault[] {
  const strategy = fieldsOf(spec['strategy'])
  if (strategy['type'] === 'Recreate' && isFields(strategy['rollingUpdate'])) {
    const why = "may not be specified when strategy `type` is 'Recreate'"
    return [forbidden('spec.strategy.rollingUpdate', why)]
  }
  return oneOf(strategy, 'type', 'spec.strategy', ['Recreate', 'RollingUpdate'])
}

export const REPLICASET: Kind = kind(REPLICASETS, {
  ...scalable,
  setDefaults(object) {
    setDefaults(specOf(object), { replicas: 1 })
    setTemplateDefaults(specOf(object))
  },
  prepareCreate(object) {
    object['status'] = { replicas: 0 }
  },
  validate: (object, old) => [...replicaFaults(object), ...workloadFaults(object, old)],
})

/** Its selector is a map of labels, and follows the template's. */
export const REPLICATIONCONTROLLER: Kind = kind(REPLICATIONCONTROLLERS, {
  ...scalable,
  setDefaults(object) {
    const spec = specOf(object)
    setDefaults(spec, { replicas: 1 })
    setTemplateDefaults(spec)
    const labels = fieldsOf(fieldsOf(spec['template'])['metadata'])['labels']
    if (isFields(labels)) {
      setDefaults(spec, { selector: labels })
      if (object.metadata.labels === undefined) {
        object.metadata.labels = labels as Record<string, string>
      }
    }
  },
  prepareCreate(object) {
    object['status'] = { replicas: 0 }
  },
  validate: (object) => [
    ...replicaFaults(object),
    ...(Object.keys(fieldsOf(specOf(object)['selector'])).length > 0
      ? []
      : [required('spec.selector')]),
  ],
})

export const STATEFULSET: Kind = kind(STATEFULSETS, {
  ...scalable,
  setDefaults(object) {
    const spec = specOf(object)
    setDefaults(spec, {
      podManagementPolicy: 'OrderedReady',
      replicas: 1,
      revisionHistoryLimit: 10,
      serviceName: '',
      updateStrategy: {},
      persistentVolumeClaimRetentionPolicy: {},
    })
    const strategy = fieldsOf(spec['updateStrategy'])
    setDefaults(strategy, { type: 'RollingUpdate' })
    if (strategy['type'] === 'RollingUpdate') {
      setDefaults(strategy, { rollingUpdate: {} })
      setDefaults(fieldsOf(strategy['rollingUpdate']), { partition: 0 })
    }
    const retention = fieldsOf(spec['persistentVolumeClaimRetentionPolicy'])
    setDefaults(retention, { whenDeleted: 'Retain', whenScaled: 'Retain' })
    for (const claim of listOf(spec['volumeClaimTemplates'])) {
      setDefaults(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: {}, status: {} })
      setDefaults(fieldsOf(claim['spec']), { volumeMode: 'Filesystem' })
      setDefaults(fieldsOf(claim['status']), { phase: 'Pending' })
    }
    setTemplateDefaults(spec)
  },
  prepareCreate(object) {
    object['status'] = { replicas: 0, availableReplicas: 0 }
  },
  validate: (object, old) => [
    ...replicaFaults(object),
    ...workloadFaults(object, old),
    ...(old ? statefulChangeFaults(object, old) : []),
  ],
})

const STATEFUL_CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]

function statefulChangeFaults(object: KubeObject, old: KubeObject): FieldFault[] {
  const fixed = (spec: Fields): [string, unknown][] =>
    Object.entries(spec).filter(([key]) => !STATEFUL_CHANGEABLE.includes(key))
  const same = sameJson(
    Object.fromEntries(fixed(specOf(object))),
    Object.fromEntries(fixed(specOf(old))),
  )
  if (same) return []
  const names = STATEFUL_CHANGEABLE.map((key) => `'${key}'`)
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
  const why = `updates to statefulset spec for fields other than ${list} are forbidden`
  return [forbidden('spec', why)]
}

export const CONTROLLERREVISION: Kind = kind(CONTROLLERREVISIONS, {
  validate: (object) =>
    notNegative(object, 'revision', '').map((one) => ({ ...one, field: 'revision' })),
})

export const PODTEMPLATE: Kind = kind(PODTEMPLATES, {
  hasGeneration: true,
  returnsDeleted: true,
  setDefaults(object) {
    const template = fieldsOf(object['template'])
    setDefaults(template, { metadata: {} })
    if (isFields(template['spec'])) setPodSpecDefaults(template['spec'])
  },
})

/** A Deployment that could never roll out (pkg/apis/apps/validation). */
function rolloutFaults(spec: Fields): FieldFault[] {
  const { maxSurge, maxUnavailable } = fieldsOf(fieldsOf(spec['strategy'])['rollingUpdate'])
  const isZero = (value: unknown): boolean => value === 0 || value === '0%'
  const field = 'spec.strategy.rollingUpdate.maxUnavailable'
  const stuck = isZero(maxSurge) && isZero(maxUnavailable)
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec
  const isLate = typeof deadline === 'number' && deadline <= Number(minReadySeconds)
  return [
    ...(stuck ? [invalid(field, maxUnavailable, 'may not be 0 when `maxSurge` is 0')] : []),
    ...(isLate
      ? [invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
      : []),
  ]
}
