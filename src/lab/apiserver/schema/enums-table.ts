/**
 * The values that a text may have, one field a line. Written by scripts/generate-schema.js from the types of
 * kubernetes-models 5.1.0. Do not edit.
 */
export const ENUMS_TABLE = `
AppArmorProfile.type Localhost RuntimeDefault Unconfined
AzureDiskVolumeSource.cachingMode None ReadOnly ReadWrite
Container.imagePullPolicy Always IfNotPresent Never
Container.terminationMessagePolicy FallbackToLogsOnError File
ContainerPort.protocol SCTP TCP UDP
ContainerStatus.stopSignal SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGRTMAX SIGRTMAX-1 SIGRTMAX-10 SIGRTMAX-11 SIGRTMAX-12 SIGRTMAX-13 SIGRTMAX-14 SIGRTMAX-2 SIGRTMAX-3 SIGRTMAX-4 SIGRTMAX-5 SIGRTMAX-6 SIGRTMAX-7 SIGRTMAX-8 SIGRTMAX-9 SIGRTMIN SIGRTMIN+1 SIGRTMIN+10 SIGRTMIN+11 SIGRTMIN+12 SIGRTMIN+13 SIGRTMIN+14 SIGRTMIN+15 SIGRTMIN+2 SIGRTMIN+3 SIGRTMIN+4 SIGRTMIN+5 SIGRTMIN+6 SIGRTMIN+7 SIGRTMIN+8 SIGRTMIN+9 SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ
CoreV1EndpointPort.protocol SCTP TCP UDP
CronJobSpec.concurrencyPolicy Allow Forbid Replace
DaemonSetUpdateStrategy.type OnDelete RollingUpdate
DeploymentStrategy.type Recreate RollingUpdate
DiscoveryV1EndpointPort.protocol SCTP TCP UDP
EndpointSlice.addressType FQDN IPv4 IPv6
EphemeralContainer.imagePullPolicy Always IfNotPresent Never
EphemeralContainer.terminationMessagePolicy FallbackToLogsOnError File
HTTPGetAction.scheme HTTP HTTPS
HTTPIngressPath.pathType Exact ImplementationSpecific Prefix
HostPathVolumeSource.type  BlockDevice CharDevice Directory DirectoryOrCreate File FileOrCreate Socket
ImageVolumeSource.pullPolicy Always IfNotPresent Never
IngressPortStatus.protocol SCTP TCP UDP
JobSpec.completionMode Indexed NonIndexed
JobSpec.podReplacementPolicy Failed TerminatingOrFailed
Lifecycle.stopSignal SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGRTMAX SIGRTMAX-1 SIGRTMAX-10 SIGRTMAX-11 SIGRTMAX-12 SIGRTMAX-13 SIGRTMAX-14 SIGRTMAX-2 SIGRTMAX-3 SIGRTMAX-4 SIGRTMAX-5 SIGRTMAX-6 SIGRTMAX-7 SIGRTMAX-8 SIGRTMAX-9 SIGRTMIN SIGRTMIN+1 SIGRTMIN+10 SIGRTMIN+11 SIGRTMIN+12 SIGRTMIN+13 SIGRTMIN+14 SIGRTMIN+15 SIGRTMIN+2 SIGRTMIN+3 SIGRTMIN+4 SIGRTMIN+5 SIGRTMIN+6 SIGRTMIN+7 SIGRTMIN+8 SIGRTMIN+9 SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ
ModifyVolumeStatus.status InProgress Infeasible Pending
NamespaceStatus.phase Active Terminating
NetworkPolicyPort.protocol SCTP TCP UDP
NodeSelectorRequirement.operator DoesNotExist Exists Gt In Lt NotIn
NodeStatus.phase Pending Running Terminated
PersistentVolumeClaimSpec.volumeMode Block Filesystem
PersistentVolumeClaimStatus.phase Bound Lost Pending
PersistentVolumeSpec.persistentVolumeReclaimPolicy Delete Recycle Retain
PersistentVolumeSpec.volumeMode Block Filesystem
PersistentVolumeStatus.phase Available Bound Failed Pending Released
PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy AlwaysAllow IfHealthyBudget
PodFailurePolicyOnExitCodesRequirement.operator In NotIn
PodFailurePolicyRule.action Count FailIndex FailJob Ignore
PodSecurityContext.fsGroupChangePolicy Always OnRootMismatch
PodSecurityContext.supplementalGroupsPolicy Merge Strict
PodSpec.dnsPolicy ClusterFirst ClusterFirstWithHostNet Default None
PodSpec.preemptionPolicy Never PreemptLowerPriority
PodSpec.restartPolicy Always Never OnFailure
PodStatus.phase Failed Pending Running Succeeded Unknown
PodStatus.qosClass BestEffort Burstable Guaranteed
PortStatus.protocol SCTP TCP UDP
PriorityClass.preemptionPolicy Never PreemptLowerPriority
ScopedResourceSelectorRequirement.operator DoesNotExist Exists In NotIn
ScopedResourceSelectorRequirement.scopeName BestEffort CrossNamespacePodAffinity NotBestEffort NotTerminating PriorityClass Terminating VolumeAttributesClass
SeccompProfile.type Localhost RuntimeDefault Unconfined
SecurityContext.procMount Default Unmasked
ServicePort.protocol SCTP TCP UDP
ServiceSpec.externalTrafficPolicy Cluster Local
ServiceSpec.internalTrafficPolicy Cluster Local
ServiceSpec.ipFamilyPolicy PreferDualStack RequireDualStack SingleStack
ServiceSpec.sessionAffinity ClientIP None
ServiceSpec.type ClusterIP ExternalName LoadBalancer NodePort
StatefulSetSpec.podManagementPolicy OrderedReady Parallel
StatefulSetUpdateStrategy.type OnDelete RollingUpdate
StorageClass.reclaimPolicy Delete Recycle Retain
StorageClass.volumeBindingMode Immediate WaitForFirstConsumer
Taint.effect NoExecute NoSchedule PreferNoSchedule
Toleration.effect NoExecute NoSchedule PreferNoSchedule
Toleration.operator Equal Exists Gt Lt
TopologySpreadConstraint.nodeAffinityPolicy Honor Ignore
TopologySpreadConstraint.nodeTaintsPolicy Honor Ignore
TopologySpreadConstraint.whenUnsatisfiable DoNotSchedule ScheduleAnyway
VolumeMount.mountPropagation Bidirectional HostToContainer None
`
