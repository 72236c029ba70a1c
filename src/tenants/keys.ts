/**
 * The labels and annotations that vcluster's syncer writes on a host pod, and who else can write them. Only those that
 * no tenant can set decide anything in this room.
 * Source: vcluster up to 0.34, `pkg/util/translate` and `pkg/controllers/resources/pods/translate`; a real synced pod.
 */

/** Label: the vcluster's name. */
export const MANAGED_BY = 'vcluster.loft.sh/managed-by'
/** Label, and legacy annotation: the virtual namespace. As an annotation a tenant can set it. */
export const NAMESPACE = 'vcluster.loft.sh/namespace'
/** Annotations: the virtual object's coordinates. */
export const OBJECT_NAME = 'vcluster.loft.sh/object-name'
export const OBJECT_NAMESPACE = 'vcluster.loft.sh/object-namespace'
export const OBJECT_UID = 'vcluster.loft.sh/object-uid'
/** Annotation: `/v1, Kind=Pod` on a pod. */
export const OBJECT_KIND = 'vcluster.loft.sh/object-kind'
/** Annotations: the host object's own coordinates, so that a copy of the annotations can be told from the original. */
export const OBJECT_HOST_NAME = 'vcluster.loft.sh/object-host-name'
export const OBJECT_HOST_NAMESPACE = 'vcluster.loft.sh/object-host-namespace'

/** Legacy annotations that feed the downward API. Tenants can set them: never read them to decide anything. */
export const LEGACY_NAME = 'vcluster.loft.sh/name'
export const LEGACY_UID = 'vcluster.loft.sh/uid'
export const LEGACY_LABELS = 'vcluster.loft.sh/labels'
export const SERVICE_ACCOUNT_NAME = 'vcluster.loft.sh/service-account-name'

/** Start of the annotation that holds a virtual ServiceAccount token: a bearer token, never to be shown. */
export const TOKEN_PREFIX = 'vcluster.loft.sh/token-'
export const OWNER_REFERENCES = 'vcluster.loft.sh/owner-references'
export const OWNER_SET_KIND = 'vcluster.loft.sh/owner-set-kind'
export const HOSTS_REWRITTEN = 'vcluster.loft.sh/hosts-rewritten'
export const MANAGED_ANNOTATIONS = 'vcluster.loft.sh/managed-annotations'
export const MANAGED_LABELS = 'vcluster.loft.sh/managed-labels'

/** Starts of the label keys that stand for reserved labels of the pod and for labels of its namespace. */
export const LABEL_PREFIX = 'vcluster.loft.sh/label'
export const NAMESPACE_LABEL_PREFIX = 'vcluster.loft.sh/ns-label'

/** The value of `object-kind` on a pod. */
export const POD_KIND = '/v1, Kind=Pod'

/** What Kubernetes itself writes on a static pod's mirror. A tenant can set the annotations, not the owner reference. */
export const CONFIG_HASH = 'kubernetes.io/config.hash'
export const CONFIG_MIRROR = 'kubernetes.io/config.mirror'

export interface KeyFact {
  /** The key, or its start where it ends in `*`. */
  readonly key: string
  readonly on: 'label' | 'annotation'
  /** The first vcluster version that writes it; undefined where that is not known. */
  readonly since: string | undefined
  /** Whether the tenant's own virtual pod can decide the value. */
  readonly tenantCanSet: 'no' | 'value' | 'yes'
}

const fact = (
  on: KeyFact['on'],
  key: string,
  since: string | undefined,
  tenantCanSet: KeyFact['tenantCanSet'] = 'no',
): KeyFact => ({ key, on, since, tenantCanSet })

/**
 * Every key of the syncer. `tenantCanSet` is that of single-namespace mode: in the multi-namespace mode of ≤ 0.20
 * labels are copied as they are, so that the two labels marked `no` can be set there.
 */
export const KEY_FACTS: readonly KeyFact[] = [
  fact('label', MANAGED_BY, '0.1'),
  fact('label', NAMESPACE, '0.1'),
  fact('label', LABEL_PREFIX + '-*', '0.1', 'value'),
  fact('label', NAMESPACE_LABEL_PREFIX + '-*', '0.1', 'value'),
  fact('annotation', OBJECT_NAME, '0.4.4'),
  fact('annotation', OBJECT_NAMESPACE, '0.4.4'),
  fact('annotation', OBJECT_UID, '0.14'),
  fact('annotation', OBJECT_KIND, '0.21'),
  fact('annotation', OBJECT_HOST_NAME, '0.21'),
  fact('annotation', OBJECT_HOST_NAMESPACE, '0.21'),
  fact('annotation', LEGACY_NAME, '0.1', 'yes'),
  fact('annotation', NAMESPACE, '0.1', 'yes'),
  fact('annotation', LEGACY_UID, '0.1', 'yes'),
  fact('annotation', LEGACY_LABELS, '0.1', 'yes'),
  fact('annotation', SERVICE_ACCOUNT_NAME, '0.1', 'yes'),
  fact('annotation', TOKEN_PREFIX + '*', '0.3.1', 'yes'),
  fact('annotation', OWNER_REFERENCES, undefined, 'yes'),
  fact('annotation', OWNER_SET_KIND, undefined, 'yes'),
  fact('annotation', HOSTS_REWRITTEN, undefined, 'yes'),
  fact('annotation', MANAGED_ANNOTATIONS, undefined, 'yes'),
  fact('annotation', MANAGED_LABELS, undefined, 'yes'),
]
