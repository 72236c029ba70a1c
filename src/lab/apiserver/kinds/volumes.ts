import {
  CSIDRIVERS,
  CSINODES,
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  STORAGECLASSES,
  VOLUMEATTACHMENTS,
  type KubeObject,
} from '../../../kube/index.ts'
import { fieldsOf, setDefaults, without, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { forbidden, immutable, required, requiredText } from './faults.ts'
import { kind, type Kind } from './kind.ts'
import { specOf } from './template.ts'
import { sameJson } from '../fields.ts'

const hasModes = (spec: Fields): FieldFault[] =>
  Array.isArray(spec['accessModes']) && spec['accessModes'].length > 0
    ? []
    : [required('spec.accessModes', 'at least 1 access mode is required')]

/** Whether somebody binds a claim is for the cluster's controllers; until then a class may still be given to it. */
export const PERSISTENTVOLUMECLAIM: Kind = kind(PERSISTENTVOLUMECLAIMS, {
  subresources: ['status'],
  hasStatus: true,
  returnsDeleted: true,
  setDefaults(object) {
    setDefaults(specOf(object), { volumeMode: 'Filesystem' })
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Pending' }
  },
  validate(object, old) {
    const spec = specOf(object)
    const storage = fieldsOf(fieldsOf(spec['resources'])['requests'])['storage']
    return [
      ...hasModes(spec),
      ...(storage === undefined ? [required('spec.resources[storage]')] : []),
      ...(old ? claimChangeFaults(object, old) : []),
    ]
  },
})

function claimChangeFaults(object: KubeObject, old: KubeObject): FieldFault[] {
  const fixed = (one: KubeObject): Fields => {
    const spec = specOf(one)
    const free = specOf(old)['storageClassName'] === undefined ? ['storageClassName'] : []
    return without(spec, 'resources', 'volumeName', 'volumeAttributesClassName', ...free)
  }
  const bound = specOf(old)['volumeName']
  const rebound = bound !== undefined && bound !== specOf(object)['volumeName']
  if (!rebound && sameJson(fixed(object), fixed(old))) return []
  const why =
    'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
  return [forbidden('spec', why)]
}

export const PERSISTENTVOLUME: Kind = kind(PERSISTENTVOLUMES, {
  subresources: ['status'],
  hasStatus: true,
  returnsDeleted: true,
  setDefaults(object) {
    const spec = specOf(object)
    setDefaults(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' })
    if (spec['hostPath'] !== undefined) setDefaults(fieldsOf(spec['hostPath']), { type: '' })
  },
  prepareCreate(object) {
    object['status'] = { phase: 'Pending' }
  },
  validate(object) {
    const spec = specOf(object)
    const hasCapacity = Object.keys(fieldsOf(spec['capacity'])).length > 0
    return [...hasModes(spec), ...(hasCapacity ? [] : [required('spec.capacity')])]
  },
})

export const STORAGECLASS: Kind = kind(STORAGECLASSES, {
  returnsDeleted: true,
  setDefaults(object) {
    setDefaults(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
  },
  validate(object, old) {
    const missing = requiredText(object, 'provisioner', '')
    const fixed = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const
    return [
      ...missing.map((fault) => ({ ...fault, field: 'provisioner' })),
      ...(old ? fixed.flatMap((key) => changeFaults(object[key], old[key], key)) : []),
    ]
  },
})

const changeFaults = (now: unknown, before: unknown, field: string): FieldFault[] =>
  field === 'volumeBindingMode'
    ? immutable(now, before, field)
    : immutable(now, before, field).map(() =>
        forbidden(field, `updates to ${field} are forbidden.`),
      )

export const CSINODE: Kind = kind(CSINODES)
export const CSIDRIVER: Kind = kind(CSIDRIVERS)
export const VOLUMEATTACHMENT: Kind = kind(VOLUMEATTACHMENTS, {
  subresources: ['status'],
  hasStatus: true,
})
