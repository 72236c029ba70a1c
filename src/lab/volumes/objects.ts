import type { KubeObject, LabelSelector, PersistentVolumeClaim } from '../../kube/index.ts'

/** What the binder reads of a PersistentVolume. */
export interface PersistentVolume extends KubeObject {
  spec: {
    capacity?: Record<string, string>
    accessModes?: string[]
    storageClassName?: string
    volumeMode?: string
    persistentVolumeReclaimPolicy?: string
    claimRef?: ClaimReference
    hostPath?: { path: string; type?: string }
  } & Record<string, unknown>
  status?: { phase?: string }
}

export interface ClaimReference {
  kind: string
  apiVersion: string
  namespace: string
  name: string
  /** Missing: kept for a claim of that name, whichever. */
  uid?: string
  resourceVersion?: string
}

export interface StorageClass extends KubeObject {
  provisioner: string
  reclaimPolicy?: string
  volumeBindingMode?: string
  mountOptions?: string[]
}

/** What the binder reads of a claim. */
export interface ClaimSpec {
  readonly accessModes?: string[]
  readonly storageClassName?: string
  readonly volumeMode?: string
  readonly volumeName?: string
  readonly selector?: LabelSelector
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> }
}

export const specOf = ({ spec }: PersistentVolumeClaim): ClaimSpec => spec

export const PVC_PROTECTION = 'kubernetes.io/pvc-protection'
export const PV_PROTECTION = 'kubernetes.io/pv-protection'
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
export const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'
/** Written at a claim that a provisioner shall serve: the present name and the older one. */
export const PROVISIONER_KEYS = [
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
] as const

/** Minikube's. */
export const PROVISIONER = 'k8s.io/minikube-hostpath'
