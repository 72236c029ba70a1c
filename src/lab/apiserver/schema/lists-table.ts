/**
 * How lists and maps of Kubernetes' types merge. Source: the API reference 1.36, that is the markers `listType`,
 * `listMapKey`, `mapType`, `structType`, `patchStrategy` and `patchMergeKey` of k8s.io/api. What is not named here is
 * atomic when it is a list, and merges field by field when it is a map or a struct.
 */
export interface ListRule {
  /** Server-side apply: items are told apart by these fields, or are a set; neither: the list is atomic. */
  readonly keys?: readonly string[]
  readonly set?: true
  /** Values of keys that an item leaves out; default `KEY_DEFAULTS`. */
  readonly defaults?: Readonly<Record<string, unknown>>
  /** Strategic merge: lists of objects merge by this field; `merge` without it merges lists of scalars. */
  readonly mergeKey?: string
  readonly merge?: true
  /** Strategic merge: `$retainKeys` is heeded. */
  readonly retainKeys?: true
}

/** The same key for server-side apply and for strategic merge. */
const by = (key: string, ...others: string[]): ListRule => ({
  keys: [key, ...others],
  mergeKey: key,
})
/** Merged by server-side apply only: a strategic merge patch replaces the list. */
const appliedBy = (...keys: string[]): ListRule => ({ keys })

const CONTAINER: Readonly<Record<string, ListRule>> = {
  env: by('name'),
  ports: by('containerPort', 'protocol'),
  volumeDevices: by('devicePath'),
  volumeMounts: by('mountPath'),
}

const each = (
  type: string,
  rules: Readonly<Record<string, ListRule>>,
): Readonly<Record<string, ListRule>> =>
  Object.fromEntries(Object.entries(rules).map(([field, rule]) => [`${type}.${field}`, rule]))

const WITH_CONDITIONS = [
  ...[
    'DaemonSet',
    'Deployment',
    'ReplicaSet',
    'StatefulSet',
    'Namespace',
    'Node',
    'Pod',
    'Service',
  ],
  ...['PersistentVolumeClaim', 'ReplicationController', 'PodDisruptionBudget'],
  'APIService',
]

export const LIST_RULES: Readonly<Record<string, ListRule>> = {
  ...each('Container', CONTAINER),
  ...each('EphemeralContainer', CONTAINER),
  ...Object.fromEntries(WITH_CONDITIONS.map((kind) => [`${kind}Status.conditions`, by('type')])),
  'CertificateSigningRequestStatus.conditions': appliedBy('type'),
  'ContainerStatus.allocatedResourcesStatus': by('name'),
  'ContainerStatus.volumeMounts': by('mountPath'),
  'CSIDriverSpec.volumeLifecycleModes': { set: true },
  'CSINodeSpec.drivers': by('name'),
  'CustomResourceDefinitionStatus.conditions': appliedBy('type'),
  'DeploymentSpec.strategy': { retainKeys: true },
  'Endpoint.addresses': { set: true },
  'JobStatus.conditions': { mergeKey: 'type' },
  'NodeSpec.podCIDRs': { set: true, merge: true },
  'NodeStatus.addresses': by('type'),
  'ObjectMeta.finalizers': { set: true, merge: true },
  'ObjectMeta.ownerReferences': by('uid'),
  'PodFailurePolicyOnExitCodesRequirement.values': { set: true },
  'PodSpec.containers': by('name'),
  'PodSpec.ephemeralContainers': by('name'),
  'PodSpec.hostAliases': by('ip'),
  'PodSpec.imagePullSecrets': by('name'),
  'PodSpec.initContainers': by('name'),
  'PodSpec.resourceClaims': { ...by('name'), retainKeys: true },
  'PodSpec.schedulingGates': by('name'),
  'PodSpec.topologySpreadConstraints': by('topologyKey', 'whenUnsatisfiable'),
  'PodSpec.volumes': { ...by('name'), retainKeys: true },
  'PodStatus.hostIPs': { mergeKey: 'ip' },
  'PodStatus.podIPs': by('ip'),
  'PodStatus.resourceClaimStatuses': { ...by('name'), retainKeys: true },
  'ResourceRequirements.claims': appliedBy('name'),
  'ServiceAccount.secrets': by('name'),
  'ServiceSpec.ports': by('port', 'protocol'),
  'UncountedTerminatedPods.failed': { set: true },
  'UncountedTerminatedPods.succeeded': { set: true },
  'V2HorizontalPodAutoscalerStatus.conditions': by('type'),
}

/** Structs that are written as one, wherever they stand. */
export const ATOMIC_TYPES: ReadonlySet<string> = new Set([
  ...['ConfigMapKeySelector', 'CoreV1EndpointPort', 'CrossVersionObjectReference'],
  ...['DiscoveryV1EndpointPort', 'EndpointAddress', 'FileKeySelector', 'LabelSelector'],
  ...['LocalObjectReference', 'NodeSelector', 'NodeSelectorTerm', 'ObjectFieldSelector'],
  ...['ObjectReference', 'OwnerReference', 'RbacV1Subject', 'ResourceFieldSelector', 'RoleRef'],
  ...['ScopeSelector', 'ScopedResourceSelectorRequirement', 'SecretKeySelector'],
  ...['SecretReference', 'ServiceBackendPort', 'TopologySelectorTerm'],
  ...['TypedLocalObjectReference'],
])

/** Fields that are one, though they are maps. */
export const ATOMIC_FIELDS: ReadonlySet<string> = new Set([
  'PodSpec.nodeSelector',
  'ReplicationControllerSpec.selector',
  'Scheduling.nodeSelector',
  'ServiceSpec.selector',
])

/** Fields that merge, though their type is written as one elsewhere. */
export const GRANULAR_FIELDS: ReadonlySet<string> = new Set(['PersistentVolumeSpec.claimRef'])

/** What an item has when it does not say: a part of its key. */
export const KEY_DEFAULTS: Readonly<Record<string, unknown>> = { protocol: 'TCP' }
