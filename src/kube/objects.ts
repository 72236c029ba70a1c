/**
 * Kubernetes objects, as far as Sublet reads or writes them. Field names are Kubernetes' own (v1, 1.36).
 * Objects from a socket may hold more; nothing here is exhaustive.
 */

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

export interface ObjectMeta {
  name?: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
}

/** Any object. Rooms that know the kind use the narrower types below. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  [field: string]: unknown
}

export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string
  kind: string
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
  items: T[]
}

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: {
    key: string
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
    values?: string[]
  }[]
}

export interface EnvVar {
  name: string
  value?: string
  valueFrom?: {
    fieldRef?: { apiVersion?: string; fieldPath: string }
    secretKeyRef?: { name: string; key: string; optional?: boolean }
    configMapKeyRef?: { name: string; key: string; optional?: boolean }
    resourceFieldRef?: { containerName?: string; resource: string; divisor?: string }
  }
}

export interface EnvFromSource {
  prefix?: string
  configMapRef?: { name: string; optional?: boolean }
  secretRef?: { name: string; optional?: boolean }
}

export interface VolumeMount {
  name: string
  mountPath: string
  subPath?: string
  readOnly?: boolean
}

export interface Container {
  name: string
  image: string
  command?: string[]
  args?: string[]
  workingDir?: string
  env?: EnvVar[]
  envFrom?: EnvFromSource[]
  ports?: {
    name?: string
    containerPort: number
    hostIP?: string
    hostPort?: number
    protocol?: string
  }[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  volumeMounts?: VolumeMount[]
  livenessProbe?: Record<string, unknown>
  readinessProbe?: Record<string, unknown>
  startupProbe?: Record<string, unknown>
  lifecycle?: { postStart?: LifecycleHandler; preStop?: LifecycleHandler }
  /** Of init containers: `Always` makes it a sidecar. */
  restartPolicy?: string
  stdin?: boolean
  stdinOnce?: boolean
  tty?: boolean
  imagePullPolicy?: string
  terminationMessagePath?: string
  terminationMessagePolicy?: string
  securityContext?: Record<string, unknown>
}

/** A request that the kubelet sends to a container. */
export interface HTTPGetAction {
  path?: string
  port: number | string
  host?: string
  scheme?: string
  httpHeaders?: { name: string; value: string }[]
}

/** What the kubelet does after a container's start, or before its end. */
export interface LifecycleHandler {
  exec?: { command?: string[] }
  httpGet?: HTTPGetAction
  sleep?: { seconds: number }
}

export interface KeyToPath {
  key: string
  path: string
  mode?: number
}

export interface Volume {
  name: string
  emptyDir?: { medium?: string; sizeLimit?: string }
  hostPath?: { path: string; type?: string }
  secret?: { secretName: string; items?: KeyToPath[]; defaultMode?: number; optional?: boolean }
  configMap?: { name: string; items?: KeyToPath[]; defaultMode?: number; optional?: boolean }
  projected?: { defaultMode?: number; sources: VolumeProjection[] }
  downwardAPI?: { items?: DownwardItem[]; defaultMode?: number }
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean }
  ephemeral?: Record<string, unknown>
}

export interface DownwardItem {
  path: string
  fieldRef?: { apiVersion?: string; fieldPath: string }
  resourceFieldRef?: { containerName?: string; resource: string; divisor?: string }
  mode?: number
}

export interface VolumeProjection {
  serviceAccountToken?: { path: string; audience?: string; expirationSeconds?: number }
  configMap?: { name: string; items?: KeyToPath[]; optional?: boolean }
  secret?: { name: string; items?: KeyToPath[]; optional?: boolean }
  downwardAPI?: { items: DownwardItem[] }
}

export interface PodSpec {
  nodeName?: string
  serviceAccountName?: string
  serviceAccount?: string
  automountServiceAccountToken?: boolean
  enableServiceLinks?: boolean
  hostNetwork?: boolean
  hostPID?: boolean
  shareProcessNamespace?: boolean
  hostname?: string
  subdomain?: string
  hostAliases?: { ip: string; hostnames: string[] }[]
  restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  activeDeadlineSeconds?: number
  readinessGates?: { conditionType: string }[]
  terminationGracePeriodSeconds?: number
  nodeSelector?: Record<string, string>
  tolerations?: Record<string, unknown>[]
  affinity?: Record<string, unknown>
  schedulerName?: string
  priorityClassName?: string
  priority?: number
  dnsPolicy?: string
  dnsConfig?: Record<string, unknown>
  initContainers?: Container[]
  containers: Container[]
  ephemeralContainers?: Container[]
  volumes?: Volume[]
  securityContext?: Record<string, unknown>
  preemptionPolicy?: string
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string }
  running?: { startedAt: string }
  terminated?: {
    exitCode: number
    signal?: number
    reason?: string
    message?: string
    startedAt?: string
    finishedAt?: string
    containerID?: string
  }
}

/** Amounts as quantities, by resource. */
export interface ResourceAmounts {
  requests?: Record<string, string>
  limits?: Record<string, string>
}

export interface ContainerStatus {
  name: string
  state: ContainerState
  lastState: ContainerState
  ready: boolean
  started?: boolean
  restartCount: number
  image: string
  imageID: string
  containerID?: string
  allocatedResources?: Record<string, string>
  resources?: ResourceAmounts
  volumeMounts?: {
    name: string
    mountPath: string
    readOnly?: boolean
    recursiveReadOnly?: string
  }[]
  user?: { linux: { uid: number; gid: number; supplementalGroups?: number[] } }
}

export interface PodCondition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  observedGeneration?: number
  lastProbeTime?: string | null
  lastTransitionTime?: string
  reason?: string
  message?: string
}

export interface PodStatus {
  phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  conditions?: PodCondition[]
  hostIP?: string
  hostIPs?: { ip: string }[]
  podIP?: string
  podIPs?: { ip: string }[]
  startTime?: string
  qosClass?: 'Guaranteed' | 'Burstable' | 'BestEffort'
  initContainerStatuses?: ContainerStatus[]
  containerStatuses?: ContainerStatus[]
  ephemeralContainerStatuses?: ContainerStatus[]
  observedGeneration?: number
  allocatedResources?: Record<string, string>
  resources?: ResourceAmounts
  reason?: string
  message?: string
}

export interface Pod extends KubeObject {
  spec: PodSpec
  status?: PodStatus
}

export interface PodTemplateSpec {
  metadata?: ObjectMeta
  spec: PodSpec
}

export interface DaemonSet extends KubeObject {
  spec: {
    selector: LabelSelector
    template: PodTemplateSpec
    updateStrategy?: {
      type?: string
      rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string }
    }
    revisionHistoryLimit?: number
    minReadySeconds?: number
  }
  status?: {
    currentNumberScheduled: number
    desiredNumberScheduled: number
    numberAvailable?: number
    numberMisscheduled: number
    numberReady: number
    numberUnavailable?: number
    observedGeneration?: number
    updatedNumberScheduled?: number
    collisionCount?: number
  }
}

export interface NodeAddress {
  type: 'InternalIP' | 'Hostname' | 'ExternalIP'
  address: string
}

export interface Node extends KubeObject {
  spec?: {
    taints?: { key: string; value?: string; effect: string }[]
    unschedulable?: boolean
    podCIDR?: string
  }
  status?: {
    addresses?: NodeAddress[]
    capacity?: Record<string, string>
    allocatable?: Record<string, string>
    conditions?: PodCondition[]
    daemonEndpoints?: { kubeletEndpoint: { Port: number } }
    nodeInfo?: Record<string, string>
    images?: { names: string[]; sizeBytes: number }[]
  }
}

export interface Secret extends KubeObject {
  type?: string
  /** Values are base64. */
  data?: Record<string, string>
  stringData?: Record<string, string>
}

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>
  binaryData?: Record<string, string>
}

export interface ServiceAccount extends KubeObject {
  secrets?: { name: string }[]
  automountServiceAccountToken?: boolean
}

export interface PolicyRule {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

/** Role and ClusterRole. */
export interface Role extends KubeObject {
  rules?: PolicyRule[]
  aggregationRule?: { clusterRoleSelectors: LabelSelector[] }
}

export interface Subject {
  kind: 'User' | 'Group' | 'ServiceAccount'
  name: string
  namespace?: string
  apiGroup?: string
}

/** RoleBinding and ClusterRoleBinding. */
export interface RoleBinding extends KubeObject {
  subjects?: Subject[]
  roleRef: { apiGroup: string; kind: 'Role' | 'ClusterRole'; name: string }
}

/** Who a request comes from, as the authenticators name it (authentication.k8s.io/v1 UserInfo). */
export interface UserInfo {
  username: string
  uid?: string
  groups?: string[]
  extra?: Record<string, string[]>
}

export interface TokenReview extends KubeObject {
  spec: { token: string; audiences?: string[] }
  status?: {
    authenticated?: boolean
    user?: Partial<UserInfo>
    audiences?: string[]
    error?: string
  }
}

export interface ResourceAttributes {
  namespace?: string
  verb: string
  group?: string
  version?: string
  resource: string
  subresource?: string
  name?: string
}

export interface AccessReviewStatus {
  allowed: boolean
  denied?: boolean
  reason?: string
  evaluationError?: string
}

/** SubjectAccessReview; SelfSubjectAccessReview is the same without the four who-fields. */
export interface SubjectAccessReview extends KubeObject {
  spec: {
    user?: string
    groups?: string[]
    uid?: string
    extra?: Record<string, string[]>
    resourceAttributes?: ResourceAttributes
    nonResourceAttributes?: { path: string; verb: string }
  }
  status?: AccessReviewStatus
}

export interface SelfSubjectReview extends KubeObject {
  status?: { userInfo: UserInfo }
}

export interface TokenRequest extends KubeObject {
  spec: {
    audiences?: string[]
    expirationSeconds?: number
    boundObjectRef?: { apiVersion?: string; kind: string; name: string; uid?: string }
  }
  status?: { token: string; expirationTimestamp: string }
}

/** meta/v1 Status: how the API server says no. */
export interface Status {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: Record<string, never>
  status: 'Failure' | 'Success'
  message?: string
  reason?: string
  details?: Record<string, unknown>
  code: number
}
