/**
 * The fields of Kubernetes' types, one type a line: `Type field field:type …`; a field without a type is text.
 * `[]T` is a list, `{}T` a map; what has an exclamation mark is required. Written by scripts/generate-schema.js from
 * the models of @kubernetes/client-node 2.0.1 (release-1.36). Do not edit.
 */
export const FIELDS_TABLE = `
APIService apiVersion kind metadata:ObjectMeta spec:APIServiceSpec status:APIServiceStatus
APIServiceCondition lastTransitionTime:time message reason status! type!
APIServiceSpec caBundle:bytes group groupPriorityMinimum!:int32 insecureSkipTLSVerify:bool service:ApiregistrationV1ServiceReference version versionPriority!:int32
APIServiceStatus conditions:[]APIServiceCondition
AWSElasticBlockStoreVolumeSource fsType partition:int32 readOnly:bool volumeID!
Affinity nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
AggregationRule clusterRoleSelectors:[]LabelSelector
ApiextensionsV1ServiceReference name! namespace! path port:int32
ApiextensionsV1WebhookClientConfig caBundle:bytes service:ApiextensionsV1ServiceReference url
ApiregistrationV1ServiceReference name namespace port:int32
AppArmorProfile localhostProfile type!
AttachedVolume devicePath! name!
AuthenticationV1TokenRequest apiVersion kind metadata:ObjectMeta spec:TokenRequestSpec status:TokenRequestStatus
AzureDiskVolumeSource cachingMode diskName! diskURI! fsType kind readOnly:bool
AzureFilePersistentVolumeSource readOnly:bool secretName! secretNamespace shareName!
AzureFileVolumeSource readOnly:bool secretName! shareName!
Binding apiVersion kind metadata:ObjectMeta target!:ObjectReference
BoundObjectReference apiVersion kind name uid
CSIDriver apiVersion kind metadata:ObjectMeta spec!:CSIDriverSpec
CSIDriverSpec attachRequired:bool fsGroupPolicy nodeAllocatableUpdatePeriodSeconds:int64 podInfoOnMount:bool preventPodSchedulingIfMissing:bool requiresRepublish:bool seLinuxMount:bool serviceAccountTokenInSecrets:bool storageCapacity:bool tokenRequests:[]StorageV1TokenRequest volumeLifecycleModes:[]string
CSINode apiVersion kind metadata:ObjectMeta spec!:CSINodeSpec
CSINodeDriver allocatable:VolumeNodeResources name! nodeID! topologyKeys:[]string
CSINodeSpec drivers!:[]CSINodeDriver
CSIPersistentVolumeSource controllerExpandSecretRef:SecretReference controllerPublishSecretRef:SecretReference driver! fsType nodeExpandSecretRef:SecretReference nodePublishSecretRef:SecretReference nodeStageSecretRef:SecretReference readOnly:bool volumeAttributes:{}string volumeHandle!
CSIVolumeSource driver! fsType nodePublishSecretRef:LocalObjectReference readOnly:bool volumeAttributes:{}string
Capabilities add:[]string drop:[]string
CephFSPersistentVolumeSource monitors!:[]string path readOnly:bool secretFile secretRef:SecretReference user
CephFSVolumeSource monitors!:[]string path readOnly:bool secretFile secretRef:LocalObjectReference user
CertificateSigningRequest apiVersion kind metadata:ObjectMeta spec!:CertificateSigningRequestSpec status:CertificateSigningRequestStatus
CertificateSigningRequestCondition lastTransitionTime:time lastUpdateTime:time message reason status! type!
CertificateSigningRequestSpec expirationSeconds:int32 extra:{}[]string groups:[]string request!:bytes signerName! uid usages:[]string username
CertificateSigningRequestStatus certificate:bytes conditions:[]CertificateSigningRequestCondition
CinderPersistentVolumeSource fsType readOnly:bool secretRef:SecretReference volumeID!
CinderVolumeSource fsType readOnly:bool secretRef:LocalObjectReference volumeID!
ClientIPConfig timeoutSeconds:int32
ClusterRole aggregationRule:AggregationRule apiVersion kind metadata:ObjectMeta rules:[]PolicyRule
ClusterRoleBinding apiVersion kind metadata:ObjectMeta roleRef!:RoleRef subjects:[]RbacV1Subject
ClusterTrustBundleProjection labelSelector:LabelSelector name optional:bool path! signerName
Condition lastTransitionTime!:time message! observedGeneration:int64 reason! status! type!
ConfigMap apiVersion binaryData:{}bytes data:{}string immutable:bool kind metadata:ObjectMeta
ConfigMapEnvSource name optional:bool
ConfigMapKeySelector key! name optional:bool
ConfigMapNodeConfigSource kubeletConfigKey! name! namespace! resourceVersion uid
ConfigMapProjection items:[]KeyToPath name optional:bool
ConfigMapVolumeSource defaultMode:int32 items:[]KeyToPath name optional:bool
Container args:[]string command:[]string env:[]EnvVar envFrom:[]EnvFromSource image imagePullPolicy lifecycle:Lifecycle livenessProbe:Probe name! ports:[]ContainerPort readinessProbe:Probe resizePolicy:[]ContainerResizePolicy resources:ResourceRequirements restartPolicy restartPolicyRules:[]ContainerRestartRule securityContext:SecurityContext startupProbe:Probe stdin:bool stdinOnce:bool terminationMessagePath terminationMessagePolicy tty:bool volumeDevices:[]VolumeDevice volumeMounts:[]VolumeMount workingDir
ContainerExtendedResourceRequest containerName! requestName! resourceName!
ContainerImage names:[]string sizeBytes:int64
ContainerPort containerPort!:int32 hostIP hostPort:int32 name protocol
ContainerResizePolicy resourceName! restartPolicy!
ContainerRestartRule action! exitCodes:ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes operator! values:[]int32
ContainerState running:ContainerStateRunning terminated:ContainerStateTerminated waiting:ContainerStateWaiting
ContainerStateRunning startedAt:time
ContainerStateTerminated containerID exitCode!:int32 finishedAt:time message reason signal:int32 startedAt:time
ContainerStateWaiting message reason
ContainerStatus allocatedResources:{}quantity allocatedResourcesStatus:[]ResourceStatus containerID image! imageID! lastState:ContainerState name! ready!:bool resources:ResourceRequirements restartCount!:int32 started:bool state:ContainerState stopSignal user:ContainerUser volumeMounts:[]VolumeMountStatus
ContainerUser linux:LinuxContainerUser
ControllerRevision apiVersion data:any kind metadata:ObjectMeta revision!:int64
CoreV1EndpointPort appProtocol name port!:int32 protocol
CoreV1Event action apiVersion count:int32 eventTime:microtime firstTimestamp:time involvedObject!:ObjectReference kind lastTimestamp:time message metadata!:ObjectMeta reason related:ObjectReference reportingComponent reportingInstance series:CoreV1EventSeries source:EventSource type
CoreV1EventSeries count:int32 lastObservedTime:microtime
CoreV1ResourceClaim name! request
CronJob apiVersion kind metadata:ObjectMeta spec!:CronJobSpec status:CronJobStatus
CronJobSpec concurrencyPolicy failedJobsHistoryLimit:int32 jobTemplate!:JobTemplateSpec schedule! startingDeadlineSeconds:int64 successfulJobsHistoryLimit:int32 suspend:bool timeZone
CronJobStatus active:[]ObjectReference lastScheduleTime:time lastSuccessfulTime:time
CrossVersionObjectReference apiVersion kind! name!
CustomResourceColumnDefinition description format jsonPath! name! priority:int32 type!
CustomResourceConversion strategy! webhook:WebhookConversion
CustomResourceDefinition apiVersion kind metadata:ObjectMeta spec!:CustomResourceDefinitionSpec status:CustomResourceDefinitionStatus
CustomResourceDefinitionCondition lastTransitionTime:time message observedGeneration:int64 reason status! type!
CustomResourceDefinitionNames categories:[]string kind! listKind plural! shortNames:[]string singular
CustomResourceDefinitionSpec conversion:CustomResourceConversion group! names!:CustomResourceDefinitionNames preserveUnknownFields:bool scope! versions!:[]CustomResourceDefinitionVersion
CustomResourceDefinitionStatus acceptedNames:CustomResourceDefinitionNames conditions:[]CustomResourceDefinitionCondition observedGeneration:int64 storedVersions:[]string
CustomResourceDefinitionVersion additionalPrinterColumns:[]CustomResourceColumnDefinition deprecated:bool deprecationWarning name! schema:CustomResourceValidation selectableFields:[]SelectableField served!:bool storage!:bool subresources:CustomResourceSubresources
CustomResourceSubresourceScale labelSelectorPath specReplicasPath! statusReplicasPath!
CustomResourceSubresources scale:CustomResourceSubresourceScale status:any
CustomResourceValidation openAPIV3Schema:JSONSchemaProps
DaemonEndpoint Port!:int32
DaemonSet apiVersion kind metadata:ObjectMeta spec:DaemonSetSpec status:DaemonSetStatus
DaemonSetCondition lastTransitionTime:time message reason status! type!
DaemonSetSpec minReadySeconds:int32 revisionHistoryLimit:int32 selector!:LabelSelector template!:PodTemplateSpec updateStrategy:DaemonSetUpdateStrategy
DaemonSetStatus collisionCount:int32 conditions:[]DaemonSetCondition currentNumberScheduled!:int32 desiredNumberScheduled!:int32 numberAvailable:int32 numberMisscheduled!:int32 numberReady!:int32 numberUnavailable:int32 observedGeneration:int64 updatedNumberScheduled:int32
DaemonSetUpdateStrategy rollingUpdate:RollingUpdateDaemonSet type
DeleteOptions apiVersion dryRun:[]string gracePeriodSeconds:int64 ignoreStoreReadErrorWithClusterBreakingPotential:bool kind orphanDependents:bool preconditions:Preconditions propagationPolicy
Deployment apiVersion kind metadata:ObjectMeta spec:DeploymentSpec status:DeploymentStatus
DeploymentCondition lastTransitionTime:time lastUpdateTime:time message reason status! type!
DeploymentSpec minReadySeconds:int32 paused:bool progressDeadlineSeconds:int32 replicas:int32 revisionHistoryLimit:int32 selector!:LabelSelector strategy:DeploymentStrategy template!:PodTemplateSpec
DeploymentStatus availableReplicas:int32 collisionCount:int32 conditions:[]DeploymentCondition observedGeneration:int64 readyReplicas:int32 replicas:int32 terminatingReplicas:int32 unavailableReplicas:int32 updatedReplicas:int32
DeploymentStrategy rollingUpdate:RollingUpdateDeployment type
DiscoveryV1EndpointPort appProtocol name port:int32 protocol
DownwardAPIProjection items:[]DownwardAPIVolumeFile
DownwardAPIVolumeFile fieldRef:ObjectFieldSelector mode:int32 path! resourceFieldRef:ResourceFieldSelector
DownwardAPIVolumeSource defaultMode:int32 items:[]DownwardAPIVolumeFile
EmptyDirVolumeSource medium sizeLimit:quantity
Endpoint addresses!:[]string conditions:EndpointConditions deprecatedTopology:{}string hints:EndpointHints hostname nodeName targetRef:ObjectReference zone
EndpointAddress hostname ip! nodeName targetRef:ObjectReference
EndpointConditions ready:bool serving:bool terminating:bool
EndpointHints forNodes:[]ForNode forZones:[]ForZone
EndpointSlice addressType! apiVersion endpoints:[]Endpoint kind metadata:ObjectMeta ports:[]DiscoveryV1EndpointPort
EndpointSubset addresses:[]EndpointAddress notReadyAddresses:[]EndpointAddress ports:[]CoreV1EndpointPort
Endpoints apiVersion kind metadata:ObjectMeta subsets:[]EndpointSubset
EnvFromSource configMapRef:ConfigMapEnvSource prefix secretRef:SecretEnvSource
EnvVar name! value valueFrom:EnvVarSource
EnvVarSource configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector
EphemeralContainer args:[]string command:[]string env:[]EnvVar envFrom:[]EnvFromSource image imagePullPolicy lifecycle:Lifecycle livenessProbe:Probe name! ports:[]ContainerPort readinessProbe:Probe resizePolicy:[]ContainerResizePolicy resources:ResourceRequirements restartPolicy restartPolicyRules:[]ContainerRestartRule securityContext:SecurityContext startupProbe:Probe stdin:bool stdinOnce:bool targetContainerName terminationMessagePath terminationMessagePolicy tty:bool volumeDevices:[]VolumeDevice volumeMounts:[]VolumeMount workingDir
EphemeralVolumeSource volumeClaimTemplate:PersistentVolumeClaimTemplate
EventSource component host
EventsV1Event action apiVersion deprecatedCount:int32 deprecatedFirstTimestamp:time deprecatedLastTimestamp:time deprecatedSource:EventSource eventTime!:microtime kind metadata:ObjectMeta note reason regarding:ObjectReference related:ObjectReference reportingController reportingInstance series:EventsV1EventSeries type
EventsV1EventSeries count!:int32 lastObservedTime!:microtime
Eviction apiVersion deleteOptions:DeleteOptions kind metadata:ObjectMeta
ExecAction command:[]string
ExternalDocumentation description url
FCVolumeSource fsType lun:int32 readOnly:bool targetWWNs:[]string wwids:[]string
FieldSelectorAttributes rawSelector requirements:[]FieldSelectorRequirement
FieldSelectorRequirement key! operator! values:[]string
FileKeySelector key! optional:bool path! volumeName!
FlexPersistentVolumeSource driver! fsType options:{}string readOnly:bool secretRef:SecretReference
FlexVolumeSource driver! fsType options:{}string readOnly:bool secretRef:LocalObjectReference
FlockerVolumeSource datasetName datasetUUID
ForNode name!
ForZone name!
GCEPersistentDiskVolumeSource fsType partition:int32 pdName! readOnly:bool
GRPCAction port!:int32 service
GitRepoVolumeSource directory repository! revision
GlusterfsPersistentVolumeSource endpoints! endpointsNamespace path! readOnly:bool
GlusterfsVolumeSource endpoints! path! readOnly:bool
HTTPGetAction host httpHeaders:[]HTTPHeader path port!:intstr scheme
HTTPHeader name! value!
HTTPIngressPath backend!:IngressBackend path pathType!
HTTPIngressRuleValue paths!:[]HTTPIngressPath
HorizontalPodAutoscaler apiVersion kind metadata:ObjectMeta spec!:HorizontalPodAutoscalerSpec status:HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec maxReplicas!:int32 minReplicas:int32 scaleTargetRef!:CrossVersionObjectReference targetCPUUtilizationPercentage:int32
HorizontalPodAutoscalerStatus currentCPUUtilizationPercentage:int32 currentReplicas!:int32 desiredReplicas!:int32 lastScaleTime:time observedGeneration:int64
HostAlias hostnames:[]string ip!
HostIP ip!
HostPathVolumeSource path! type
IPBlock cidr! except:[]string
ISCSIPersistentVolumeSource chapAuthDiscovery:bool chapAuthSession:bool fsType initiatorName iqn! iscsiInterface lun!:int32 portals:[]string readOnly:bool secretRef:SecretReference targetPortal!
ISCSIVolumeSource chapAuthDiscovery:bool chapAuthSession:bool fsType initiatorName iqn! iscsiInterface lun!:int32 portals:[]string readOnly:bool secretRef:LocalObjectReference targetPortal!
ImageVolumeSource pullPolicy reference
ImageVolumeStatus imageRef!
Ingress apiVersion kind metadata:ObjectMeta spec:IngressSpec status:IngressStatus
IngressBackend resource:TypedLocalObjectReference service:IngressServiceBackend
IngressClass apiVersion kind metadata:ObjectMeta spec:IngressClassSpec
IngressClassParametersReference apiGroup kind! name! namespace scope
IngressClassSpec controller parameters:IngressClassParametersReference
IngressLoadBalancerIngress hostname ip ports:[]IngressPortStatus
IngressLoadBalancerStatus ingress:[]IngressLoadBalancerIngress
IngressPortStatus error port!:int32 protocol!
IngressRule host http:HTTPIngressRuleValue
IngressServiceBackend name! port:ServiceBackendPort
IngressSpec defaultBackend:IngressBackend ingressClassName rules:[]IngressRule tls:[]IngressTLS
IngressStatus loadBalancer:IngressLoadBalancerStatus
IngressTLS hosts:[]string secretName
JSONSchemaProps $ref $schema additionalItems:any additionalProperties:any allOf:[]JSONSchemaProps anyOf:[]JSONSchemaProps default:any definitions:{}JSONSchemaProps dependencies:{}any description enum:[]any example:any exclusiveMaximum:bool exclusiveMinimum:bool externalDocs:ExternalDocumentation format id items:any maxItems:int64 maxLength:int64 maxProperties:int64 maximum:double minItems:int64 minLength:int64 minProperties:int64 minimum:double multipleOf:double not:JSONSchemaProps nullable:bool oneOf:[]JSONSchemaProps pattern patternProperties:{}JSONSchemaProps properties:{}JSONSchemaProps required:[]string title type uniqueItems:bool x-kubernetes-embedded-resource:bool x-kubernetes-int-or-string:bool x-kubernetes-list-map-keys:[]string x-kubernetes-list-type x-kubernetes-map-type x-kubernetes-preserve-unknown-fields:bool x-kubernetes-validations:[]ValidationRule
Job apiVersion kind metadata:ObjectMeta spec:JobSpec status:JobStatus
JobCondition lastProbeTime:time lastTransitionTime:time message reason status! type!
JobSpec activeDeadlineSeconds:int64 backoffLimit:int32 backoffLimitPerIndex:int32 completionMode completions:int32 managedBy manualSelector:bool maxFailedIndexes:int32 parallelism:int32 podFailurePolicy:PodFailurePolicy podReplacementPolicy selector:LabelSelector successPolicy:SuccessPolicy suspend:bool template!:PodTemplateSpec ttlSecondsAfterFinished:int32
JobStatus active:int32 completedIndexes completionTime:time conditions:[]JobCondition failed:int32 failedIndexes ready:int32 startTime:time succeeded:int32 terminating:int32 uncountedTerminatedPods:UncountedTerminatedPods
JobTemplateSpec metadata:ObjectMeta spec:JobSpec
KeyToPath key! mode:int32 path!
LabelSelector matchExpressions:[]LabelSelectorRequirement matchLabels:{}string
LabelSelectorAttributes rawSelector requirements:[]LabelSelectorRequirement
LabelSelectorRequirement key! operator! values:[]string
Lease apiVersion kind metadata:ObjectMeta spec:LeaseSpec
LeaseSpec acquireTime:microtime holderIdentity leaseDurationSeconds:int32 leaseTransitions:int32 preferredHolder renewTime:microtime strategy
Lifecycle postStart:LifecycleHandler preStop:LifecycleHandler stopSignal
LifecycleHandler exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction
LimitRange apiVersion kind metadata:ObjectMeta spec:LimitRangeSpec
LimitRangeItem default:{}quantity defaultRequest:{}quantity max:{}quantity maxLimitRequestRatio:{}quantity min:{}quantity type!
LimitRangeSpec limits!:[]LimitRangeItem
LinuxContainerUser gid!:int64 supplementalGroups:[]int64 uid!:int64
ListMeta continue remainingItemCount:int64 resourceVersion selfLink shardInfo:ShardInfo
LoadBalancerIngress hostname ip ipMode ports:[]PortStatus
LoadBalancerStatus ingress:[]LoadBalancerIngress
LocalObjectReference name
LocalSubjectAccessReview apiVersion kind metadata:ObjectMeta spec!:SubjectAccessReviewSpec status:SubjectAccessReviewStatus
LocalVolumeSource fsType path!
ManagedFieldsEntry apiVersion fieldsType fieldsV1:any manager operation subresource time:time
ModifyVolumeStatus status! targetVolumeAttributesClassName
NFSVolumeSource path! readOnly:bool server!
Namespace apiVersion kind metadata:ObjectMeta spec:NamespaceSpec status:NamespaceStatus
NamespaceCondition lastTransitionTime:time message reason status! type!
NamespaceSpec finalizers:[]string
NamespaceStatus conditions:[]NamespaceCondition phase
NetworkPolicy apiVersion kind metadata:ObjectMeta spec:NetworkPolicySpec
NetworkPolicyEgressRule ports:[]NetworkPolicyPort to:[]NetworkPolicyPeer
NetworkPolicyIngressRule from:[]NetworkPolicyPeer ports:[]NetworkPolicyPort
NetworkPolicyPeer ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector
NetworkPolicyPort endPort:int32 port:intstr protocol
NetworkPolicySpec egress:[]NetworkPolicyEgressRule ingress:[]NetworkPolicyIngressRule podSelector:LabelSelector policyTypes:[]string
Node apiVersion kind metadata:ObjectMeta spec:NodeSpec status:NodeStatus
NodeAddress address! type!
NodeAffinity preferredDuringSchedulingIgnoredDuringExecution:[]PreferredSchedulingTerm requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
NodeAllocatableResourceClaimStatus containers:[]string resourceClaimName! resources!:{}string
NodeCondition lastHeartbeatTime:time lastTransitionTime:time message reason status! type!
NodeConfigSource configMap:ConfigMapNodeConfigSource
NodeConfigStatus active:NodeConfigSource assigned:NodeConfigSource error lastKnownGood:NodeConfigSource
NodeDaemonEndpoints kubeletEndpoint:DaemonEndpoint
NodeFeatures supplementalGroupsPolicy:bool
NodeRuntimeHandler features:NodeRuntimeHandlerFeatures name
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:bool userNamespaces:bool
NodeSelector nodeSelectorTerms!:[]NodeSelectorTerm
NodeSelectorRequirement key! operator! values:[]string
NodeSelectorTerm matchExpressions:[]NodeSelectorRequirement matchFields:[]NodeSelectorRequirement
NodeSpec configSource:NodeConfigSource externalID podCIDR podCIDRs:[]string providerID taints:[]Taint unschedulable:bool
NodeStatus addresses:[]NodeAddress allocatable:{}quantity capacity:{}quantity conditions:[]NodeCondition config:NodeConfigStatus daemonEndpoints:NodeDaemonEndpoints declaredFeatures:[]string features:NodeFeatures images:[]ContainerImage nodeInfo:NodeSystemInfo phase runtimeHandlers:[]NodeRuntimeHandler volumesAttached:[]AttachedVolume volumesInUse:[]string
NodeSwapStatus capacity:int64
NodeSystemInfo architecture! bootID! containerRuntimeVersion! kernelVersion! kubeProxyVersion! kubeletVersion! machineID! operatingSystem! osImage! swap:NodeSwapStatus systemUUID!
NonResourceAttributes path verb
NonResourceRule nonResourceURLs:[]string verbs!:[]string
ObjectFieldSelector apiVersion fieldPath!
ObjectMeta annotations:{}string creationTimestamp:time deletionGracePeriodSeconds:int64 deletionTimestamp:time finalizers:[]string generateName generation:int64 labels:{}string managedFields:[]ManagedFieldsEntry name namespace ownerReferences:[]OwnerReference resourceVersion selfLink uid
ObjectReference apiVersion fieldPath kind name namespace resourceVersion uid
Overhead podFixed:{}quantity
OwnerReference apiVersion! blockOwnerDeletion:bool controller:bool kind! name! uid!
PersistentVolume apiVersion kind metadata:ObjectMeta spec:PersistentVolumeSpec status:PersistentVolumeStatus
PersistentVolumeClaim apiVersion kind metadata:ObjectMeta spec:PersistentVolumeClaimSpec status:PersistentVolumeClaimStatus
PersistentVolumeClaimCondition lastProbeTime:time lastTransitionTime:time message reason status! type!
PersistentVolumeClaimSpec accessModes:[]string dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference resources:VolumeResourceRequirements selector:LabelSelector storageClassName volumeAttributesClassName volumeMode volumeName
PersistentVolumeClaimStatus accessModes:[]string allocatedResourceStatuses:{}string allocatedResources:{}quantity capacity:{}quantity conditions:[]PersistentVolumeClaimCondition currentVolumeAttributesClassName modifyVolumeStatus:ModifyVolumeStatus phase
PersistentVolumeClaimTemplate metadata:ObjectMeta spec!:PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource claimName! readOnly:bool
PersistentVolumeSpec accessModes:[]string awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource azureFile:AzureFilePersistentVolumeSource capacity:{}quantity cephfs:CephFSPersistentVolumeSource cinder:CinderPersistentVolumeSource claimRef:ObjectReference csi:CSIPersistentVolumeSource fc:FCVolumeSource flexVolume:FlexPersistentVolumeSource flocker:FlockerVolumeSource gcePersistentDisk:GCEPersistentDiskVolumeSource glusterfs:GlusterfsPersistentVolumeSource hostPath:HostPathVolumeSource iscsi:ISCSIPersistentVolumeSource local:LocalVolumeSource mountOptions:[]string nfs:NFSVolumeSource nodeAffinity:VolumeNodeAffinity persistentVolumeReclaimPolicy photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource quobyte:QuobyteVolumeSource rbd:RBDPersistentVolumeSource scaleIO:ScaleIOPersistentVolumeSource storageClassName storageos:StorageOSPersistentVolumeSource volumeAttributesClassName volumeMode vsphereVolume:VsphereVirtualDiskVolumeSource
PersistentVolumeStatus lastPhaseTransitionTime:time message phase reason
PhotonPersistentDiskVolumeSource fsType pdID!
Pod apiVersion kind metadata:ObjectMeta spec:PodSpec status:PodStatus
PodAffinity preferredDuringSchedulingIgnoredDuringExecution:[]WeightedPodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm
PodAffinityTerm labelSelector:LabelSelector matchLabelKeys:[]string mismatchLabelKeys:[]string namespaceSelector:LabelSelector namespaces:[]string topologyKey!
PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution:[]WeightedPodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm
PodCertificateProjection certificateChainPath credentialBundlePath keyPath keyType! maxExpirationSeconds:int32 signerName! userAnnotations:{}string
PodCondition lastProbeTime:time lastTransitionTime:time message observedGeneration:int64 reason status! type!
PodDNSConfig nameservers:[]string options:[]PodDNSConfigOption searches:[]string
PodDNSConfigOption name value
PodDisruptionBudget apiVersion kind metadata:ObjectMeta spec:PodDisruptionBudgetSpec status:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec maxUnavailable:intstr minAvailable:intstr selector:LabelSelector unhealthyPodEvictionPolicy
PodDisruptionBudgetStatus conditions:[]Condition currentHealthy:int32 desiredHealthy:int32 disruptedPods:{}time disruptionsAllowed:int32 expectedPods:int32 observedGeneration:int64
PodExtendedResourceClaimStatus requestMappings!:[]ContainerExtendedResourceRequest resourceClaimName!
PodFailurePolicy rules!:[]PodFailurePolicyRule
PodFailurePolicyOnExitCodesRequirement containerName operator! values!:[]int32
PodFailurePolicyOnPodConditionsPattern status type!
PodFailurePolicyRule action! onExitCodes:PodFailurePolicyOnExitCodesRequirement onPodConditions:[]PodFailurePolicyOnPodConditionsPattern
PodIP ip!
PodOS name!
PodReadinessGate conditionType!
PodResourceClaim name! resourceClaimName resourceClaimTemplateName
PodResourceClaimStatus name! resourceClaimName
PodSchedulingGate name!
PodSchedulingGroup podGroupName
PodSecurityContext appArmorProfile:AppArmorProfile fsGroup:int64 fsGroupChangePolicy runAsGroup:int64 runAsNonRoot:bool runAsUser:int64 seLinuxChangePolicy seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile supplementalGroups:[]int64 supplementalGroupsPolicy sysctls:[]Sysctl windowsOptions:WindowsSecurityContextOptions
PodSpec activeDeadlineSeconds:int64 affinity:Affinity automountServiceAccountToken:bool containers!:[]Container dnsConfig:PodDNSConfig dnsPolicy enableServiceLinks:bool ephemeralContainers:[]EphemeralContainer hostAliases:[]HostAlias hostIPC:bool hostNetwork:bool hostPID:bool hostUsers:bool hostname hostnameOverride imagePullSecrets:[]LocalObjectReference initContainers:[]Container nodeName nodeSelector:{}string os:PodOS overhead:{}quantity preemptionPolicy priority:int32 priorityClassName readinessGates:[]PodReadinessGate resourceClaims:[]PodResourceClaim resources:ResourceRequirements restartPolicy runtimeClassName schedulerName schedulingGates:[]PodSchedulingGate schedulingGroup:PodSchedulingGroup securityContext:PodSecurityContext serviceAccount serviceAccountName setHostnameAsFQDN:bool shareProcessNamespace:bool subdomain terminationGracePeriodSeconds:int64 tolerations:[]Toleration topologySpreadConstraints:[]TopologySpreadConstraint volumes:[]Volume
PodStatus allocatedResources:{}quantity conditions:[]PodCondition containerStatuses:[]ContainerStatus ephemeralContainerStatuses:[]ContainerStatus extendedResourceClaimStatus:PodExtendedResourceClaimStatus hostIP hostIPs:[]HostIP initContainerStatuses:[]ContainerStatus message nodeAllocatableResourceClaimStatuses:[]NodeAllocatableResourceClaimStatus nominatedNodeName observedGeneration:int64 phase podIP podIPs:[]PodIP qosClass reason resize resourceClaimStatuses:[]PodResourceClaimStatus resources:ResourceRequirements startTime:time
PodTemplate apiVersion kind metadata:ObjectMeta template:PodTemplateSpec
PodTemplateSpec metadata:ObjectMeta spec:PodSpec
PolicyRule apiGroups:[]string nonResourceURLs:[]string resourceNames:[]string resources:[]string verbs!:[]string
PortStatus error port!:int32 protocol!
PortworxVolumeSource fsType readOnly:bool volumeID!
Preconditions resourceVersion uid
PreferredSchedulingTerm preference!:NodeSelectorTerm weight!:int32
PriorityClass apiVersion description globalDefault:bool kind metadata:ObjectMeta preemptionPolicy value:int32
Probe exec:ExecAction failureThreshold:int32 grpc:GRPCAction httpGet:HTTPGetAction initialDelaySeconds:int32 periodSeconds:int32 successThreshold:int32 tcpSocket:TCPSocketAction terminationGracePeriodSeconds:int64 timeoutSeconds:int32
ProjectedVolumeSource defaultMode:int32 sources:[]VolumeProjection
QuobyteVolumeSource group readOnly:bool registry! tenant user volume!
RBDPersistentVolumeSource fsType image! keyring monitors!:[]string pool readOnly:bool secretRef:SecretReference user
RBDVolumeSource fsType image! keyring monitors!:[]string pool readOnly:bool secretRef:LocalObjectReference user
RbacV1Subject apiGroup kind! name! namespace
ReplicaSet apiVersion kind metadata:ObjectMeta spec:ReplicaSetSpec status:ReplicaSetStatus
ReplicaSetCondition lastTransitionTime:time message reason status! type!
ReplicaSetSpec minReadySeconds:int32 replicas:int32 selector!:LabelSelector template:PodTemplateSpec
ReplicaSetStatus availableReplicas:int32 conditions:[]ReplicaSetCondition fullyLabeledReplicas:int32 observedGeneration:int64 readyReplicas:int32 replicas!:int32 terminatingReplicas:int32
ReplicationController apiVersion kind metadata:ObjectMeta spec:ReplicationControllerSpec status:ReplicationControllerStatus
ReplicationControllerCondition lastTransitionTime:time message reason status! type!
ReplicationControllerSpec minReadySeconds:int32 replicas:int32 selector:{}string template:PodTemplateSpec
ReplicationControllerStatus availableReplicas:int32 conditions:[]ReplicationControllerCondition fullyLabeledReplicas:int32 observedGeneration:int64 readyReplicas:int32 replicas!:int32
ResourceAttributes fieldSelector:FieldSelectorAttributes group labelSelector:LabelSelectorAttributes name namespace resource subresource verb version
ResourceFieldSelector containerName divisor:quantity resource!
ResourceHealth health message resourceID!
ResourceQuota apiVersion kind metadata:ObjectMeta spec:ResourceQuotaSpec status:ResourceQuotaStatus
ResourceQuotaSpec hard:{}quantity scopeSelector:ScopeSelector scopes:[]string
ResourceQuotaStatus hard:{}quantity used:{}quantity
ResourceRequirements claims:[]CoreV1ResourceClaim limits:{}quantity requests:{}quantity
ResourceRule apiGroups:[]string resourceNames:[]string resources:[]string verbs!:[]string
ResourceStatus name! resources:[]ResourceHealth
Role apiVersion kind metadata:ObjectMeta rules:[]PolicyRule
RoleBinding apiVersion kind metadata:ObjectMeta roleRef!:RoleRef subjects:[]RbacV1Subject
RoleRef apiGroup kind! name!
RollingUpdateDaemonSet maxSurge:intstr maxUnavailable:intstr
RollingUpdateDeployment maxSurge:intstr maxUnavailable:intstr
RollingUpdateStatefulSetStrategy maxUnavailable:intstr partition:int32
RuntimeClass apiVersion handler! kind metadata:ObjectMeta overhead:Overhead scheduling:Scheduling
SELinuxOptions level role type user
Scale apiVersion kind metadata:ObjectMeta spec:ScaleSpec status:ScaleStatus
ScaleIOPersistentVolumeSource fsType gateway! protectionDomain readOnly:bool secretRef!:SecretReference sslEnabled:bool storageMode storagePool system! volumeName
ScaleIOVolumeSource fsType gateway! protectionDomain readOnly:bool secretRef!:LocalObjectReference sslEnabled:bool storageMode storagePool system! volumeName
ScaleSpec replicas:int32
ScaleStatus replicas!:int32 selector
Scheduling nodeSelector:{}string tolerations:[]Toleration
ScopeSelector matchExpressions:[]ScopedResourceSelectorRequirement
ScopedResourceSelectorRequirement operator! scopeName! values:[]string
SeccompProfile localhostProfile type!
Secret apiVersion data:{}bytes immutable:bool kind metadata:ObjectMeta stringData:{}string type
SecretEnvSource name optional:bool
SecretKeySelector key! name optional:bool
SecretProjection items:[]KeyToPath name optional:bool
SecretReference name namespace
SecretVolumeSource defaultMode:int32 items:[]KeyToPath optional:bool secretName
SecurityContext allowPrivilegeEscalation:bool appArmorProfile:AppArmorProfile capabilities:Capabilities privileged:bool procMount readOnlyRootFilesystem:bool runAsGroup:int64 runAsNonRoot:bool runAsUser:int64 seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions
SelectableField jsonPath!
SelfSubjectAccessReview apiVersion kind metadata:ObjectMeta spec!:SelfSubjectAccessReviewSpec status:SubjectAccessReviewStatus
SelfSubjectAccessReviewSpec nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes
SelfSubjectReview apiVersion kind metadata:ObjectMeta status:SelfSubjectReviewStatus
SelfSubjectReviewStatus userInfo:UserInfo
SelfSubjectRulesReview apiVersion kind metadata:ObjectMeta spec!:SelfSubjectRulesReviewSpec status:SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec namespace
Service apiVersion kind metadata:ObjectMeta spec:ServiceSpec status:ServiceStatus
ServiceAccount apiVersion automountServiceAccountToken:bool imagePullSecrets:[]LocalObjectReference kind metadata:ObjectMeta secrets:[]ObjectReference
ServiceAccountTokenProjection audience expirationSeconds:int64 path!
ServiceBackendPort name number:int32
ServicePort appProtocol name nodePort:int32 port!:int32 protocol targetPort:intstr
ServiceSpec allocateLoadBalancerNodePorts:bool clusterIP clusterIPs:[]string externalIPs:[]string externalName externalTrafficPolicy healthCheckNodePort:int32 internalTrafficPolicy ipFamilies:[]string ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges:[]string ports:[]ServicePort publishNotReadyAddresses:bool selector:{}string sessionAffinity sessionAffinityConfig:SessionAffinityConfig trafficDistribution type
ServiceStatus conditions:[]Condition loadBalancer:LoadBalancerStatus
SessionAffinityConfig clientIP:ClientIPConfig
ShardInfo selector!
SleepAction seconds!:int64
StatefulSet apiVersion kind metadata:ObjectMeta spec:StatefulSetSpec status:StatefulSetStatus
StatefulSetCondition lastTransitionTime:time message reason status! type!
StatefulSetOrdinals start:int32
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted whenScaled
StatefulSetSpec minReadySeconds:int32 ordinals:StatefulSetOrdinals persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy replicas:int32 revisionHistoryLimit:int32 selector!:LabelSelector serviceName template!:PodTemplateSpec updateStrategy:StatefulSetUpdateStrategy volumeClaimTemplates:[]PersistentVolumeClaim
StatefulSetStatus availableReplicas:int32 collisionCount:int32 conditions:[]StatefulSetCondition currentReplicas:int32 currentRevision observedGeneration:int64 readyReplicas:int32 replicas!:int32 updateRevision updatedReplicas:int32
StatefulSetUpdateStrategy rollingUpdate:RollingUpdateStatefulSetStrategy type
Status apiVersion code:int32 details:StatusDetails kind message metadata:ListMeta reason status
StatusCause field message reason
StatusDetails causes:[]StatusCause group kind name retryAfterSeconds:int32 uid
StorageClass allowVolumeExpansion:bool allowedTopologies:[]TopologySelectorTerm apiVersion kind metadata:ObjectMeta mountOptions:[]string parameters:{}string provisioner! reclaimPolicy volumeBindingMode
StorageOSPersistentVolumeSource fsType readOnly:bool secretRef:ObjectReference volumeName volumeNamespace
StorageOSVolumeSource fsType readOnly:bool secretRef:LocalObjectReference volumeName volumeNamespace
StorageV1TokenRequest audience! expirationSeconds:int64
SubjectAccessReview apiVersion kind metadata:ObjectMeta spec!:SubjectAccessReviewSpec status:SubjectAccessReviewStatus
SubjectAccessReviewSpec extra:{}[]string groups:[]string nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes uid user
SubjectAccessReviewStatus allowed!:bool denied:bool evaluationError reason
SubjectRulesReviewStatus evaluationError incomplete!:bool nonResourceRules!:[]NonResourceRule resourceRules!:[]ResourceRule
SuccessPolicy rules!:[]SuccessPolicyRule
SuccessPolicyRule succeededCount:int32 succeededIndexes
Sysctl name! value!
TCPSocketAction host port!:intstr
Taint effect! key! timeAdded:time value
TokenRequestSpec audiences:[]string boundObjectRef:BoundObjectReference expirationSeconds:int64
TokenRequestStatus expirationTimestamp:time token
TokenReview apiVersion kind metadata:ObjectMeta spec!:TokenReviewSpec status:TokenReviewStatus
TokenReviewSpec audiences:[]string token!
TokenReviewStatus audiences:[]string authenticated:bool error user:UserInfo
Toleration effect key operator tolerationSeconds:int64 value
TopologySelectorLabelRequirement key! values!:[]string
TopologySelectorTerm matchLabelExpressions:[]TopologySelectorLabelRequirement
TopologySpreadConstraint labelSelector:LabelSelector matchLabelKeys:[]string maxSkew!:int32 minDomains:int32 nodeAffinityPolicy nodeTaintsPolicy topologyKey! whenUnsatisfiable!
TypedLocalObjectReference apiGroup kind! name!
TypedObjectReference apiGroup kind! name! namespace
UncountedTerminatedPods failed:[]string succeeded:[]string
UserInfo extra:{}[]string groups:[]string uid username
V2ContainerResourceMetricSource container! name! target!:V2MetricTarget
V2ContainerResourceMetricStatus container! current!:V2MetricValueStatus name!
V2CrossVersionObjectReference apiVersion kind! name!
V2ExternalMetricSource metric!:V2MetricIdentifier target!:V2MetricTarget
V2ExternalMetricStatus current!:V2MetricValueStatus metric!:V2MetricIdentifier
V2HPAScalingPolicy periodSeconds!:int32 type! value!:int32
V2HPAScalingRules policies:[]V2HPAScalingPolicy selectPolicy stabilizationWindowSeconds:int32 tolerance
V2HorizontalPodAutoscaler apiVersion kind metadata:ObjectMeta spec!:V2HorizontalPodAutoscalerSpec status:V2HorizontalPodAutoscalerStatus
V2HorizontalPodAutoscalerBehavior scaleDown:V2HPAScalingRules scaleUp:V2HPAScalingRules
V2HorizontalPodAutoscalerCondition lastTransitionTime:time message reason status! type!
V2HorizontalPodAutoscalerSpec behavior:V2HorizontalPodAutoscalerBehavior maxReplicas!:int32 metrics:[]V2MetricSpec minReplicas:int32 scaleTargetRef!:V2CrossVersionObjectReference
V2HorizontalPodAutoscalerStatus conditions:[]V2HorizontalPodAutoscalerCondition currentMetrics:[]V2MetricStatus currentReplicas:int32 desiredReplicas!:int32 lastScaleTime:time observedGeneration:int64
V2MetricIdentifier name! selector:LabelSelector
V2MetricSpec containerResource:V2ContainerResourceMetricSource external:V2ExternalMetricSource object:V2ObjectMetricSource pods:V2PodsMetricSource resource:V2ResourceMetricSource type!
V2MetricStatus containerResource:V2ContainerResourceMetricStatus external:V2ExternalMetricStatus object:V2ObjectMetricStatus pods:V2PodsMetricStatus resource:V2ResourceMetricStatus type!
V2MetricTarget averageUtilization:int32 averageValue:quantity type! value:quantity
V2MetricValueStatus averageUtilization:int32 averageValue:quantity value:quantity
V2ObjectMetricSource describedObject!:V2CrossVersionObjectReference metric!:V2MetricIdentifier target!:V2MetricTarget
V2ObjectMetricStatus current!:V2MetricValueStatus describedObject!:V2CrossVersionObjectReference metric!:V2MetricIdentifier
V2PodsMetricSource metric!:V2MetricIdentifier target!:V2MetricTarget
V2PodsMetricStatus current!:V2MetricValueStatus metric!:V2MetricIdentifier
V2ResourceMetricSource name! target!:V2MetricTarget
V2ResourceMetricStatus current!:V2MetricValueStatus name!
ValidationRule fieldPath message messageExpression optionalOldSelf:bool reason rule!
Volume awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource azureFile:AzureFileVolumeSource cephfs:CephFSVolumeSource cinder:CinderVolumeSource configMap:ConfigMapVolumeSource csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource emptyDir:EmptyDirVolumeSource ephemeral:EphemeralVolumeSource fc:FCVolumeSource flexVolume:FlexVolumeSource flocker:FlockerVolumeSource gcePersistentDisk:GCEPersistentDiskVolumeSource gitRepo:GitRepoVolumeSource glusterfs:GlusterfsVolumeSource hostPath:HostPathVolumeSource image:ImageVolumeSource iscsi:ISCSIVolumeSource name! nfs:NFSVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource projected:ProjectedVolumeSource quobyte:QuobyteVolumeSource rbd:RBDVolumeSource scaleIO:ScaleIOVolumeSource secret:SecretVolumeSource storageos:StorageOSVolumeSource vsphereVolume:VsphereVirtualDiskVolumeSource
VolumeAttachment apiVersion kind metadata:ObjectMeta spec!:VolumeAttachmentSpec status:VolumeAttachmentStatus
VolumeAttachmentSource inlineVolumeSpec:PersistentVolumeSpec persistentVolumeName
VolumeAttachmentSpec attacher! nodeName! source!:VolumeAttachmentSource
VolumeAttachmentStatus attachError:VolumeError attached!:bool attachmentMetadata:{}string detachError:VolumeError
VolumeDevice devicePath! name!
VolumeError errorCode:int32 message time:time
VolumeMount mountPath! mountPropagation name! readOnly:bool recursiveReadOnly subPath subPathExpr
VolumeMountStatus mountPath! name! readOnly:bool recursiveReadOnly volumeStatus:VolumeStatus
VolumeNodeAffinity required:NodeSelector
VolumeNodeResources count:int32
VolumeProjection clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection secret:SecretProjection serviceAccountToken:ServiceAccountTokenProjection
VolumeResourceRequirements limits:{}quantity requests:{}quantity
VolumeStatus image:ImageVolumeStatus
VsphereVirtualDiskVolumeSource fsType storagePolicyID storagePolicyName volumePath!
WebhookConversion clientConfig:ApiextensionsV1WebhookClientConfig conversionReviewVersions!:[]string
WeightedPodAffinityTerm podAffinityTerm!:PodAffinityTerm weight!:int32
WindowsSecurityContextOptions gmsaCredentialSpec gmsaCredentialSpecName hostProcess:bool runAsUserName
`
