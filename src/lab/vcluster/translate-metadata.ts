import type { KubeObject, ObjectMeta, Pod } from '../../kube/index.ts'
import { hostName, keys, labelKey, nsLabelKey } from '../../tenants/index.ts'
import { ownerReferences, type SyncContext } from './context.ts'

type Texts = Record<string, string>

const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict'

/** Annotations that the syncer alone writes: a virtual object's own ones of these names are not copied. */
const SYNCERS_OWN: readonly string[] = [
  keys.OBJECT_NAME,
  keys.OBJECT_NAMESPACE,
  keys.OBJECT_UID,
  keys.OBJECT_KIND,
  keys.OBJECT_HOST_NAME,
  keys.OBJECT_HOST_NAMESPACE,
  keys.MANAGED_ANNOTATIONS,
]

/** `release` would make a pod look like the vcluster's own; the marker and the rest of vcluster's keys are its own. */
const isReserved = (key: string): boolean =>
  key === 'release' || key.startsWith('vcluster.loft.sh/')

/** The host's key of a virtual pod's label: the same, but for reserved ones (vcluster ≥ 0.21). */
export function hostLabelKey(key: string, vcluster: string): string {
  return isReserved(key) ? labelKey(key, vcluster) : key
}

/** The labels of a host object: its own, then the labels of its virtual namespace, then the marker, which wins. */
export function hostLabels(
  virtual: ObjectMeta,
  namespaceLabels: Readonly<Texts>,
  vcluster: string,
): Texts {
  const labels: Texts = {}
  for (const [key, value] of Object.entries(virtual.labels ?? {}))
    labels[hostLabelKey(key, vcluster)] = value
  for (const [key, value] of Object.entries(namespaceLabels))
    labels[nsLabelKey(key, vcluster)] = value
  labels[keys.MANAGED_BY] = vcluster
  labels[keys.NAMESPACE] = virtual.namespace ?? ''
  return labels
}

/** What a virtual object's annotations are on the host, with the coordinates of both; `excluded` ones are not copied. */
export function hostAnnotations(
  virtual: KubeObject,
  kind: string,
  context: SyncContext,
  excluded: readonly string[] = [],
): Texts {
  const { name = '', namespace = '', uid = '', annotations = {} } = virtual.metadata
  const copied = Object.keys(annotations)
    .filter((key) => !SYNCERS_OWN.includes(key) && !excluded.includes(key))
    .sort()
  return {
    ...Object.fromEntries(copied.map((key) => [key, annotations[key] ?? ''])),
    ...(copied.length === 0 ? {} : { [keys.MANAGED_ANNOTATIONS]: copied.join('\n') }),
    [keys.OBJECT_NAME]: name,
    [keys.OBJECT_NAMESPACE]: namespace,
    [keys.OBJECT_UID]: uid,
    [keys.OBJECT_KIND]: `/v1, Kind=${kind}`,
    [keys.OBJECT_HOST_NAME]: hostName(name, namespace, context.vcluster),
    [keys.OBJECT_HOST_NAMESPACE]: context.hostNamespace,
  }
}

/** The metadata of the host's copy of a virtual object that is no pod. */
export function hostMetadata(
  virtual: KubeObject,
  kind: string,
  context: SyncContext,
  excluded: readonly string[] = [],
): ObjectMeta {
  const { name = '', namespace = '' } = virtual.metadata
  return {
    name: hostName(name, namespace, context.vcluster),
    namespace: context.hostNamespace,
    labels: hostLabels(virtual.metadata, {}, context.vcluster),
    annotations: hostAnnotations(virtual, kind, context, excluded),
    ownerReferences: ownerReferences(context, false),
  }
}

/** What only pods have: facts for the downward API, eviction, and owners the host does not know. */
export function podAnnotations(virtual: Pod, context: SyncContext): Texts {
  const { name = '', namespace = '', uid = '', labels = {}, annotations = {} } = virtual.metadata
  const owners = virtual.metadata.ownerReferences ?? []
  const controller = owners.find((owner) => owner.controller === true)
  return {
    [keys.SERVICE_ACCOUNT_NAME]: virtual.spec.serviceAccountName ?? 'default',
    [SAFE_TO_EVICT]: String(controller !== undefined),
    // The legacy annotations: a virtual pod's own ones win, as in the real syncer.
    [keys.LEGACY_NAME]: name,
    [keys.NAMESPACE]: namespace,
    [keys.LEGACY_UID]: uid,
    ...hostAnnotations(virtual, 'Pod', context),
    ...(Object.keys(labels).length === 0 && keys.LEGACY_LABELS in annotations
      ? {}
      : { [keys.LEGACY_LABELS]: labelLines(labels) }),
    ...(controller === undefined
      ? {}
      : {
          [keys.OWNER_REFERENCES]: JSON.stringify(owners),
          [keys.OWNER_SET_KIND]: controller.kind,
        }),
  }
}

/** `key="value"` lines in the order of their keys, as the downward API writes labels. */
function labelLines(labels: Readonly<Texts>): string {
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}=${JSON.stringify(labels[key])}`)
    .join('\n')
}

/** The metadata of a virtual pod's host pod, but for its tokens. */
export function hostPodMetadata(
  virtual: Pod,
  namespaceLabels: Readonly<Texts>,
  context: SyncContext,
): ObjectMeta {
  const { name = '', namespace = '', ownerReferences: owners = [] } = virtual.metadata
  return {
    name: hostName(name, namespace, context.vcluster),
    namespace: context.hostNamespace,
    labels: hostLabels(virtual.metadata, namespaceLabels, context.vcluster),
    annotations: podAnnotations(virtual, context),
    ownerReferences: ownerReferences(
      context,
      owners.some((owner) => owner.controller === true),
    ),
  }
}
