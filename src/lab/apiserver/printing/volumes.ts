import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf } from '../fields.ts'
import { simple } from './core.ts'
import {
  AGE,
  NAME,
  ageOf,
  column,
  nameOf,
  sizeOf,
  spec,
  status,
  text,
  wide,
  type Cell,
  type Printer,
} from './printer.ts'

const SHORT_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

/** `RWO,ROX`, in this order. */
function modesOf(modes: unknown): string {
  const given = Array.isArray(modes) ? (modes as unknown[]) : []
  return Object.entries(SHORT_MODES)
    .filter(([mode]) => given.includes(mode))
    .map(([, short]) => short)
    .join(',')
}

const phaseOf = (object: KubeObject): string =>
  object.metadata.deletionTimestamp === undefined ? text(status(object)['phase']) : 'Terminating'

/** The annotation is the older way to name a class, and goes first. */
const classOf = (object: KubeObject): string =>
  object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ??
  text(spec(object)['storageClassName'])

export const PERSISTENTVOLUMES_PRINTER: Printer = {
  columns: [
    NAME,
    column(
      'Capacity',
      "capacity is the description of the persistent volume's resources and capacity.",
    ),
    column('Access Modes', 'accessModes contains all ways the volume can be mounted.'),
    column(
      'Reclaim Policy',
      'persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim.',
    ),
    column(
      'Status',
      'phase indicates if a volume is available, bound to a claim, or released by a claim.',
    ),
    column(
      'Claim',
      'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim.',
    ),
    column('StorageClass', 'StorageClass of the pv'),
    column('VolumeAttributesClass', 'VolumeAttributesClass of the pv'),
    column(
      'Reason',
      'reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.',
    ),
    AGE,
    wide(
      'VolumeMode',
      'volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state.',
    ),
  ],
  cells(object, now) {
    const { claimRef, accessModes, capacity, persistentVolumeReclaimPolicy } = spec(object)
    const claim = isFields(claimRef)
      ? `${text(claimRef['namespace'])}/${text(claimRef['name'])}`
      : ''
    return [
      nameOf(object),
      text(fieldsOf(capacity)['storage'], '0'),
      modesOf(accessModes),
      text(persistentVolumeReclaimPolicy),
      phaseOf(object),
      claim,
      classOf(object),
      text(spec(object)['volumeAttributesClassName'], '<unset>'),
      text(status(object)['reason']),
      ageOf(object, now),
      text(spec(object)['volumeMode'], '<unset>'),
    ]
  },
}

export const PERSISTENTVOLUMECLAIMS_PRINTER: Printer = {
  columns: [
    NAME,
    column('Status', 'phase represents the current phase of PersistentVolumeClaim.'),
    column(
      'Volume',
      'volumeName is the binding reference to the PersistentVolume backing this claim.',
    ),
    column('Capacity', 'capacity represents the actual resources of the underlying volume.'),
    column(
      'Access Modes',
      'accessModes contains the actual access modes the volume backing the PVC has.',
    ),
    column('StorageClass', 'StorageClass of the pvc'),
    column('VolumeAttributesClass', 'VolumeAttributesClass of the pvc'),
    AGE,
    wide('VolumeMode', 'volumeMode defines what type of volume is required by the claim.'),
  ],
  cells(object, now) {
    const volume = text(spec(object)['volumeName'])
    const bound: Cell[] =
      volume === ''
        ? ['', '']
        : [
            text(fieldsOf(status(object)['capacity'])['storage'], '0'),
            modesOf(status(object)['accessModes']),
          ]
    return [
      nameOf(object),
      phaseOf(object),
      volume,
      ...bound,
      classOf(object),
      text(spec(object)['volumeAttributesClassName'], '<unset>'),
      ageOf(object, now),
      text(spec(object)['volumeMode'], '<unset>'),
    ]
  },
}

const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

export const STORAGECLASSES_PRINTER: Printer = {
  columns: [
    NAME,
    column('Provisioner', 'provisioner indicates the type of the provisioner.'),
    column(
      'ReclaimPolicy',
      'reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class.',
    ),
    column(
      'VolumeBindingMode',
      'volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.',
    ),
    column(
      'AllowVolumeExpansion',
      'allowVolumeExpansion shows whether the storage class allow volume expand.',
    ),
    AGE,
  ],
  cells(object, now) {
    const { annotations = {} } = object.metadata
    const isDefault = DEFAULT_CLASS.some((key) => annotations[key] === 'true')
    return [
      isDefault ? `${nameOf(object)} (default)` : nameOf(object),
      text(object['provisioner']),
      text(object['reclaimPolicy'], 'Delete'),
      text(object['volumeBindingMode'], 'Immediate'),
      object['allowVolumeExpansion'] === true,
      ageOf(object, now),
    ]
  },
}

const INTEGER = { type: 'integer' } as const
const BOOLEAN = { type: 'boolean' } as const

export const CSINODES_PRINTER: Printer = simple(
  [
    column(
      'Drivers',
      'Drivers indicates the number of CSI drivers registered on the node',
      INTEGER,
    ),
  ],
  (object) => [sizeOf(spec(object)['drivers'])],
)

export const CSIDRIVERS_PRINTER: Printer = simple(
  [
    column(
      'AttachRequired',
      'attachRequired indicates this CSI volume driver requires an attach operation.',
      BOOLEAN,
    ),
    column(
      'PodInfoOnMount',
      'podInfoOnMount indicates this CSI volume driver requires additional pod information during mount operations.',
      BOOLEAN,
    ),
    column(
      'StorageCapacity',
      'storageCapacity indicates that the CSI volume driver wants pod scheduling to consider the storage capacity.',
      BOOLEAN,
    ),
    column(
      'TokenRequests',
      "tokenRequests indicates the CSI driver needs pods' service account tokens.",
    ),
    column(
      'RequiresRepublish',
      'requiresRepublish indicates the CSI driver wants `NodePublishVolume` being periodically called.',
      BOOLEAN,
    ),
    column(
      'Modes',
      'volumeLifecycleModes defines what kind of volumes this CSI volume driver supports.',
    ),
  ],
  (object) => {
    const given = spec(object)
    const tokens = given['tokenRequests']
    const modes = Array.isArray(given['volumeLifecycleModes']) ? given['volumeLifecycleModes'] : []
    return [
      given['attachRequired'] !== false,
      given['podInfoOnMount'] === true,
      given['storageCapacity'] === true,
      Array.isArray(tokens)
        ? listOf(tokens)
            .map((one) => text(one['audience']))
            .join(',')
        : '<unset>',
      given['requiresRepublish'] === true,
      modes.join(',') || '<none>',
    ]
  },
)

export const VOLUMEATTACHMENTS_PRINTER: Printer = simple(
  [
    column(
      'Attacher',
      'attacher indicates the name of the volume driver that MUST handle this request.',
      { format: 'name' },
    ),
    column('PV', 'persistentVolumeName represents the name of the persistent volume to attach.'),
    column('Node', 'nodeName represents the node that the volume should be attached to.'),
    column('Attached', 'attached indicates the volume is successfully attached.', BOOLEAN),
  ],
  (object) => [
    text(spec(object)['attacher']),
    text(fieldsOf(spec(object)['source'])['persistentVolumeName']),
    text(spec(object)['nodeName']),
    status(object)['attached'] === true,
  ],
)
