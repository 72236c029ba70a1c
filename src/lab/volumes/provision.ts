import { rm } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import type { KubeObject, PersistentVolumeClaim } from '../../kube/index.ts'
import {
  BOUND_BY_CONTROLLER,
  DEFAULT_CLASS,
  PROVISIONED_BY,
  PROVISIONER,
  PV_PROTECTION,
  specOf,
  type ClaimReference,
  type PersistentVolume,
  type StorageClass,
} from './objects.ts'

/** Where minikube's provisioner keeps its volumes on a node. */
const FOLDER = '/tmp/hostpath-provisioner'

/** Minikube's only storage class, which is the default one. */
export function standardClass(): KubeObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'standard',
      labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists' },
      annotations: { [DEFAULT_CLASS]: 'true' },
    },
    provisioner: PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  }
}

export const referenceTo = ({ metadata }: PersistentVolumeClaim): ClaimReference => ({
  kind: 'PersistentVolumeClaim',
  apiVersion: 'v1',
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
  ...(metadata.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
})

/** The volume that minikube's provisioner makes for a claim: a folder of the node, called as the claim. */
export function volumeFor(claim: PersistentVolumeClaim, of: StorageClass): PersistentVolume {
  const { namespace = '', name = '', uid = '' } = claim.metadata
  const { accessModes = [], volumeMode = 'Filesystem', resources } = specOf(claim)
  return {
    metadata: {
      name: `pvc-${uid}`,
      annotations: {
        hostPathProvisionerIdentity: PROVISIONER,
        [PROVISIONED_BY]: of.provisioner,
        [BOUND_BY_CONTROLLER]: 'yes',
      },
      finalizers: [PV_PROTECTION],
    },
    spec: {
      capacity: { storage: resources?.requests?.['storage'] ?? '0' },
      accessModes,
      volumeMode,
      persistentVolumeReclaimPolicy: of.reclaimPolicy ?? 'Delete',
      storageClassName: of.metadata.name ?? '',
      claimRef: referenceTo(claim),
      hostPath: { path: `${FOLDER}/${namespace}/${name}`, type: '' },
    },
  }
}

/** Takes away what a volume of this provisioner holds, on every node; nothing outside of the provisioner's folder. */
export async function emptyVolume(
  volume: PersistentVolume,
  nodeRoots: readonly string[],
): Promise<void> {
  const path = normalize(`/${volume.spec.hostPath?.path ?? ''}`)
  if (!path.startsWith(`${FOLDER}/`)) return
  await Promise.all(nodeRoots.map((root) => rm(join(root, path), { recursive: true, force: true })))
}
