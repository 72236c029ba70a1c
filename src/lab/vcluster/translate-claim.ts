import type { KubeObject, PersistentVolumeClaim } from '../../kube/index.ts'
import { hostName } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { hostMetadata } from './translate-metadata.ts'

/** Annotations that the host's volume controllers write: they come up and do not go down. */
export const BINDING_ANNOTATIONS: readonly string[] = [
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'volume.beta.kubernetes.io/storage-provisioner',
]

/**
 * The host's copy of a virtual claim. The names of storage classes and volumes stay as they are: both are the host's.
 * Source: vcluster 0.34, `pkg/controllers/resources/persistentvolumeclaims` with its defaults.
 */
export function hostClaimOf(
  virtual: PersistentVolumeClaim,
  context: SyncContext,
): PersistentVolumeClaim {
  const source = virtual.spec['dataSource'] as { kind?: string; name?: string } | undefined
  const isVirtual = source?.kind === 'PersistentVolumeClaim' || source?.kind === 'VolumeSnapshot'
  const { namespace = '' } = virtual.metadata
  const name = hostName(source?.name ?? '', namespace, context.vcluster)
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: hostMetadata(virtual, 'PersistentVolumeClaim', context, BINDING_ANNOTATIONS),
    spec: { ...virtual.spec, ...(isVirtual ? { dataSource: { ...source, name } } : {}) },
  }
}

/**
 * The volume that a virtual cluster sees for a bound claim: it may not read the host's, so only the name is real.
 * Source: vcluster 0.34, `pkg/controllers/resources/persistentvolumes` (`sync.toHost.persistentVolumes` off).
 */
export function fakeVolume(claim: PersistentVolumeClaim): KubeObject {
  const { name, namespace, uid, resourceVersion } = claim.metadata
  const spec = claim.spec as {
    volumeName?: string
    accessModes?: string[]
    storageClassName?: string
    volumeMode?: string
    resources?: { requests?: Record<string, string> }
  }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: spec.volumeName ?? '',
      labels: { 'vcluster.loft.sh/fake-pv': 'true' },
      annotations: {
        'kubernetes.io/createdby': 'fake-pv-provisioner',
        'pv.kubernetes.io/bound-by-controller': 'true',
        'pv.kubernetes.io/provisioned-by': 'fake-pv-provisioner',
      },
    },
    spec: {
      accessModes: spec.accessModes,
      capacity: spec.resources?.requests,
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name,
        namespace,
        uid,
        resourceVersion,
      },
      flexVolume: { driver: 'fake' },
      persistentVolumeReclaimPolicy: 'Delete',
      ...(spec.storageClassName ? { storageClassName: spec.storageClassName } : {}),
      ...(spec.volumeMode ? { volumeMode: spec.volumeMode } : {}),
    },
  }
}
