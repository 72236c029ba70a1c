/**
 * The numbers of the fields in Kubernetes' protobuf messages, one message a line: `Message number:name:type …`; a field
 * without a type is text. `[]T` is a list, `{}T` a map by text, `=T` a message whose fields are its parent's in JSON.
 * Written from the descriptors that clients carry (the `generated.proto` files of k8s.io/api 1.33). Do not edit.
 */
export const FIELD_NUMBERS = `
admissionregistration.v1.MatchCondition 1:name 2:expression
admissionregistration.v1.MutatingWebhook 1:name 2:clientConfig:admissionregistration.v1.WebhookClientConfig 3:rules:[]admissionregistration.v1.RuleWithOperations 4:failurePolicy 5:namespaceSelector:meta.LabelSelector 6:sideEffects 7:timeoutSeconds:int 8:admissionReviewVersions:[] 9:matchPolicy 10:reinvocationPolicy 11:objectSelector:meta.LabelSelector 12:matchConditions:[]admissionregistration.v1.MatchCondition
admissionregistration.v1.MutatingWebhookConfiguration 1:metadata:meta.ObjectMeta 2:Webhooks:[]admissionregistration.v1.MutatingWebhook
admissionregistration.v1.Rule 1:apiGroups:[] 2:apiVersions:[] 3:resources:[] 4:scope
admissionregistration.v1.RuleWithOperations 1:operations:[] 2:rule:admissionregistration.v1.Rule
admissionregistration.v1.ServiceReference 1:namespace 2:name 3:path 4:port:int
admissionregistration.v1.ValidatingWebhook 1:name 2:clientConfig:admissionregistration.v1.WebhookClientConfig 3:rules:[]admissionregistration.v1.RuleWithOperations 4:failurePolicy 5:namespaceSelector:meta.LabelSelector 6:sideEffects 7:timeoutSeconds:int 8:admissionReviewVersions:[] 9:matchPolicy 10:objectSelector:meta.LabelSelector 11:matchConditions:[]admissionregistration.v1.MatchCondition
admissionregistration.v1.ValidatingWebhookConfiguration 1:metadata:meta.ObjectMeta 2:Webhooks:[]admissionregistration.v1.ValidatingWebhook
admissionregistration.v1.WebhookClientConfig 1:service:admissionregistration.v1.ServiceReference 2:caBundle:bytes 3:url
apps.v1.ControllerRevision 1:metadata:meta.ObjectMeta 2:data:raw 3:revision:int
apps.v1.DaemonSet 1:metadata:meta.ObjectMeta 2:spec:apps.v1.DaemonSetSpec 3:status:apps.v1.DaemonSetStatus
apps.v1.DaemonSetCondition 1:type 2:status 3:lastTransitionTime:time 4:reason 5:message
apps.v1.DaemonSetSpec 1:selector:meta.LabelSelector 2:template:core.v1.PodTemplateSpec 3:updateStrategy:apps.v1.DaemonSetUpdateStrategy 4:minReadySeconds:int 6:revisionHistoryLimit:int
apps.v1.DaemonSetStatus 1:currentNumberScheduled:int 2:numberMisscheduled:int 3:desiredNumberScheduled:int 4:numberReady:int 5:observedGeneration:int 6:updatedNumberScheduled:int 7:numberAvailable:int 8:numberUnavailable:int 9:collisionCount:int 10:conditions:[]apps.v1.DaemonSetCondition
apps.v1.DaemonSetUpdateStrategy 1:type 2:rollingUpdate:apps.v1.RollingUpdateDaemonSet
apps.v1.Deployment 1:metadata:meta.ObjectMeta 2:spec:apps.v1.DeploymentSpec 3:status:apps.v1.DeploymentStatus
apps.v1.DeploymentCondition 1:type 2:status 4:reason 5:message 6:lastUpdateTime:time 7:lastTransitionTime:time
apps.v1.DeploymentSpec 1:replicas:int 2:selector:meta.LabelSelector 3:template:core.v1.PodTemplateSpec 4:strategy:apps.v1.DeploymentStrategy 5:minReadySeconds:int 6:revisionHistoryLimit:int 7:paused:bool 9:progressDeadlineSeconds:int
apps.v1.DeploymentStatus 1:observedGeneration:int 2:replicas:int 3:updatedReplicas:int 4:availableReplicas:int 5:unavailableReplicas:int 6:conditions:[]apps.v1.DeploymentCondition 7:readyReplicas:int 8:collisionCount:int 9:terminatingReplicas:int
apps.v1.DeploymentStrategy 1:type 2:rollingUpdate:apps.v1.RollingUpdateDeployment
apps.v1.ReplicaSet 1:metadata:meta.ObjectMeta 2:spec:apps.v1.ReplicaSetSpec 3:status:apps.v1.ReplicaSetStatus
apps.v1.ReplicaSetCondition 1:type 2:status 3:lastTransitionTime:time 4:reason 5:message
apps.v1.ReplicaSetSpec 1:replicas:int 2:selector:meta.LabelSelector 3:template:core.v1.PodTemplateSpec 4:minReadySeconds:int
apps.v1.ReplicaSetStatus 1:replicas:int 2:fullyLabeledReplicas:int 3:observedGeneration:int 4:readyReplicas:int 5:availableReplicas:int 6:conditions:[]apps.v1.ReplicaSetCondition 7:terminatingReplicas:int
apps.v1.RollingUpdateDaemonSet 1:maxUnavailable:intstr 2:maxSurge:intstr
apps.v1.RollingUpdateDeployment 1:maxUnavailable:intstr 2:maxSurge:intstr
apps.v1.RollingUpdateStatefulSetStrategy 1:partition:int 2:maxUnavailable:intstr
apps.v1.StatefulSet 1:metadata:meta.ObjectMeta 2:spec:apps.v1.StatefulSetSpec 3:status:apps.v1.StatefulSetStatus
apps.v1.StatefulSetCondition 1:type 2:status 3:lastTransitionTime:time 4:reason 5:message
apps.v1.StatefulSetOrdinals 1:start:int
apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy 1:whenDeleted 2:whenScaled
apps.v1.StatefulSetSpec 1:replicas:int 2:selector:meta.LabelSelector 3:template:core.v1.PodTemplateSpec 4:volumeClaimTemplates:[]core.v1.PersistentVolumeClaim 5:serviceName 6:podManagementPolicy 7:updateStrategy:apps.v1.StatefulSetUpdateStrategy 8:revisionHistoryLimit:int 9:minReadySeconds:int 10:persistentVolumeClaimRetentionPolicy:apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy 11:ordinals:apps.v1.StatefulSetOrdinals
apps.v1.StatefulSetStatus 1:observedGeneration:int 2:replicas:int 3:readyReplicas:int 4:currentReplicas:int 5:updatedReplicas:int 6:currentRevision 7:updateRevision 9:collisionCount:int 10:conditions:[]apps.v1.StatefulSetCondition 11:availableReplicas:int
apps.v1.StatefulSetUpdateStrategy 1:type 2:rollingUpdate:apps.v1.RollingUpdateStatefulSetStrategy
authentication.v1.BoundObjectReference 1:kind 2:apiVersion 3:name 4:uid
authentication.v1.SelfSubjectReview 1:metadata:meta.ObjectMeta 2:status:authentication.v1.SelfSubjectReviewStatus
authentication.v1.SelfSubjectReviewStatus 1:userInfo:authentication.v1.UserInfo
authentication.v1.TokenRequest 1:metadata:meta.ObjectMeta 2:spec:authentication.v1.TokenRequestSpec 3:status:authentication.v1.TokenRequestStatus
authentication.v1.TokenRequestSpec 1:audiences:[] 3:boundObjectRef:authentication.v1.BoundObjectReference 4:expirationSeconds:int
authentication.v1.TokenRequestStatus 1:token 2:expirationTimestamp:time
authentication.v1.TokenReview 1:metadata:meta.ObjectMeta 2:spec:authentication.v1.TokenReviewSpec 3:status:authentication.v1.TokenReviewStatus
authentication.v1.TokenReviewSpec 1:token 2:audiences:[]
authentication.v1.TokenReviewStatus 1:authenticated:bool 2:user:authentication.v1.UserInfo 3:error 4:audiences:[]
authentication.v1.UserInfo 1:username 2:uid 3:groups:[] 4:extra:{}texts
authorization.v1.FieldSelectorAttributes 1:rawSelector 2:requirements:[]meta.FieldSelectorRequirement
authorization.v1.LabelSelectorAttributes 1:rawSelector 2:requirements:[]meta.LabelSelectorRequirement
authorization.v1.LocalSubjectAccessReview 1:metadata:meta.ObjectMeta 2:spec:authorization.v1.SubjectAccessReviewSpec 3:status:authorization.v1.SubjectAccessReviewStatus
authorization.v1.NonResourceAttributes 1:path 2:verb
authorization.v1.NonResourceRule 1:verbs:[] 2:nonResourceURLs:[]
authorization.v1.ResourceAttributes 1:namespace 2:verb 3:group 4:version 5:resource 6:subresource 7:name 8:fieldSelector:authorization.v1.FieldSelectorAttributes 9:labelSelector:authorization.v1.LabelSelectorAttributes
authorization.v1.ResourceRule 1:verbs:[] 2:apiGroups:[] 3:resources:[] 4:resourceNames:[]
authorization.v1.SelfSubjectAccessReview 1:metadata:meta.ObjectMeta 2:spec:authorization.v1.SelfSubjectAccessReviewSpec 3:status:authorization.v1.SubjectAccessReviewStatus
authorization.v1.SelfSubjectAccessReviewSpec 1:resourceAttributes:authorization.v1.ResourceAttributes 2:nonResourceAttributes:authorization.v1.NonResourceAttributes
authorization.v1.SelfSubjectRulesReview 1:metadata:meta.ObjectMeta 2:spec:authorization.v1.SelfSubjectRulesReviewSpec 3:status:authorization.v1.SubjectRulesReviewStatus
authorization.v1.SelfSubjectRulesReviewSpec 1:namespace
authorization.v1.SubjectAccessReview 1:metadata:meta.ObjectMeta 2:spec:authorization.v1.SubjectAccessReviewSpec 3:status:authorization.v1.SubjectAccessReviewStatus
authorization.v1.SubjectAccessReviewSpec 1:resourceAttributes:authorization.v1.ResourceAttributes 2:nonResourceAttributes:authorization.v1.NonResourceAttributes 3:user 4:groups:[] 5:extra:{}texts 6:uid
authorization.v1.SubjectAccessReviewStatus 1:allowed:bool 2:reason 3:evaluationError 4:denied:bool
authorization.v1.SubjectRulesReviewStatus 1:resourceRules:[]authorization.v1.ResourceRule 2:nonResourceRules:[]authorization.v1.NonResourceRule 3:incomplete:bool 4:evaluationError
autoscaling.v1.CrossVersionObjectReference 1:kind 2:name 3:apiVersion
autoscaling.v1.HorizontalPodAutoscaler 1:metadata:meta.ObjectMeta 2:spec:autoscaling.v1.HorizontalPodAutoscalerSpec 3:status:autoscaling.v1.HorizontalPodAutoscalerStatus
autoscaling.v1.HorizontalPodAutoscalerSpec 1:scaleTargetRef:autoscaling.v1.CrossVersionObjectReference 2:minReplicas:int 3:maxReplicas:int 4:targetCPUUtilizationPercentage:int
autoscaling.v1.HorizontalPodAutoscalerStatus 1:observedGeneration:int 2:lastScaleTime:time 3:currentReplicas:int 4:desiredReplicas:int 5:currentCPUUtilizationPercentage:int
autoscaling.v1.Scale 1:metadata:meta.ObjectMeta 2:spec:autoscaling.v1.ScaleSpec 3:status:autoscaling.v1.ScaleStatus
autoscaling.v1.ScaleSpec 1:replicas:int
autoscaling.v1.ScaleStatus 1:replicas:int 2:selector
autoscaling.v2.ContainerResourceMetricSource 1:name 2:target:autoscaling.v2.MetricTarget 3:container
autoscaling.v2.ContainerResourceMetricStatus 1:name 2:current:autoscaling.v2.MetricValueStatus 3:container
autoscaling.v2.CrossVersionObjectReference 1:kind 2:name 3:apiVersion
autoscaling.v2.ExternalMetricSource 1:metric:autoscaling.v2.MetricIdentifier 2:target:autoscaling.v2.MetricTarget
autoscaling.v2.ExternalMetricStatus 1:metric:autoscaling.v2.MetricIdentifier 2:current:autoscaling.v2.MetricValueStatus
autoscaling.v2.HPAScalingPolicy 1:type 2:value:int 3:periodSeconds:int
autoscaling.v2.HPAScalingRules 1:selectPolicy 2:policies:[]autoscaling.v2.HPAScalingPolicy 3:stabilizationWindowSeconds:int 4:tolerance:quantity
autoscaling.v2.HorizontalPodAutoscaler 1:metadata:meta.ObjectMeta 2:spec:autoscaling.v2.HorizontalPodAutoscalerSpec 3:status:autoscaling.v2.HorizontalPodAutoscalerStatus
autoscaling.v2.HorizontalPodAutoscalerBehavior 1:scaleUp:autoscaling.v2.HPAScalingRules 2:scaleDown:autoscaling.v2.HPAScalingRules
autoscaling.v2.HorizontalPodAutoscalerCondition 1:type 2:status 3:lastTransitionTime:time 4:reason 5:message
autoscaling.v2.HorizontalPodAutoscalerSpec 1:scaleTargetRef:autoscaling.v2.CrossVersionObjectReference 2:minReplicas:int 3:maxReplicas:int 4:metrics:[]autoscaling.v2.MetricSpec 5:behavior:autoscaling.v2.HorizontalPodAutoscalerBehavior
autoscaling.v2.HorizontalPodAutoscalerStatus 1:observedGeneration:int 2:lastScaleTime:time 3:currentReplicas:int 4:desiredReplicas:int 5:currentMetrics:[]autoscaling.v2.MetricStatus 6:conditions:[]autoscaling.v2.HorizontalPodAutoscalerCondition
autoscaling.v2.MetricIdentifier 1:name 2:selector:meta.LabelSelector
autoscaling.v2.MetricSpec 1:type 2:object:autoscaling.v2.ObjectMetricSource 3:pods:autoscaling.v2.PodsMetricSource 4:resource:autoscaling.v2.ResourceMetricSource 5:external:autoscaling.v2.ExternalMetricSource 7:containerResource:autoscaling.v2.ContainerResourceMetricSource
autoscaling.v2.MetricStatus 1:type 2:object:autoscaling.v2.ObjectMetricStatus 3:pods:autoscaling.v2.PodsMetricStatus 4:resource:autoscaling.v2.ResourceMetricStatus 5:external:autoscaling.v2.ExternalMetricStatus 7:containerResource:autoscaling.v2.ContainerResourceMetricStatus
autoscaling.v2.MetricTarget 1:type 2:value:quantity 3:averageValue:quantity 4:averageUtilization:int
autoscaling.v2.MetricValueStatus 1:value:quantity 2:averageValue:quantity 3:averageUtilization:int
autoscaling.v2.ObjectMetricSource 1:describedObject:autoscaling.v2.CrossVersionObjectReference 2:target:autoscaling.v2.MetricTarget 3:metric:autoscaling.v2.MetricIdentifier
autoscaling.v2.ObjectMetricStatus 1:metric:autoscaling.v2.MetricIdentifier 2:current:autoscaling.v2.MetricValueStatus 3:describedObject:autoscaling.v2.CrossVersionObjectReference
autoscaling.v2.PodsMetricSource 1:metric:autoscaling.v2.MetricIdentifier 2:target:autoscaling.v2.MetricTarget
autoscaling.v2.PodsMetricStatus 1:metric:autoscaling.v2.MetricIdentifier 2:current:autoscaling.v2.MetricValueStatus
autoscaling.v2.ResourceMetricSource 1:name 2:target:autoscaling.v2.MetricTarget
autoscaling.v2.ResourceMetricStatus 1:name 2:current:autoscaling.v2.MetricValueStatus
batch.v1.CronJob 1:metadata:meta.ObjectMeta 2:spec:batch.v1.CronJobSpec 3:status:batch.v1.CronJobStatus
batch.v1.CronJobSpec 1:schedule 2:startingDeadlineSeconds:int 3:concurrencyPolicy 4:suspend:bool 5:jobTemplate:batch.v1.JobTemplateSpec 6:successfulJobsHistoryLimit:int 7:failedJobsHistoryLimit:int 8:timeZone
batch.v1.CronJobStatus 1:active:[]core.v1.ObjectReference 4:lastScheduleTime:time 5:lastSuccessfulTime:time
batch.v1.Job 1:metadata:meta.ObjectMeta 2:spec:batch.v1.JobSpec 3:status:batch.v1.JobStatus
batch.v1.JobCondition 1:type 2:status 3:lastProbeTime:time 4:lastTransitionTime:time 5:reason 6:message
batch.v1.JobSpec 1:parallelism:int 2:completions:int 3:activeDeadlineSeconds:int 4:selector:meta.LabelSelector 5:manualSelector:bool 6:template:core.v1.PodTemplateSpec 7:backoffLimit:int 8:ttlSecondsAfterFinished:int 9:completionMode 10:suspend:bool 11:podFailurePolicy:batch.v1.PodFailurePolicy 12:backoffLimitPerIndex:int 13:maxFailedIndexes:int 14:podReplacementPolicy 15:managedBy 16:successPolicy:batch.v1.SuccessPolicy
batch.v1.JobStatus 1:conditions:[]batch.v1.JobCondition 2:startTime:time 3:completionTime:time 4:active:int 5:succeeded:int 6:failed:int 7:completedIndexes 8:uncountedTerminatedPods:batch.v1.UncountedTerminatedPods 9:ready:int 10:failedIndexes 11:terminating:int
batch.v1.JobTemplateSpec 1:metadata:meta.ObjectMeta 2:spec:batch.v1.JobSpec
batch.v1.PodFailurePolicy 1:rules:[]batch.v1.PodFailurePolicyRule
batch.v1.PodFailurePolicyOnExitCodesRequirement 1:containerName 2:operator 3:values:[]int
batch.v1.PodFailurePolicyOnPodConditionsPattern 1:type 2:status
batch.v1.PodFailurePolicyRule 1:action 2:onExitCodes:batch.v1.PodFailurePolicyOnExitCodesRequirement 3:onPodConditions:[]batch.v1.PodFailurePolicyOnPodConditionsPattern
batch.v1.SuccessPolicy 1:rules:[]batch.v1.SuccessPolicyRule
batch.v1.SuccessPolicyRule 1:succeededIndexes 2:succeededCount:int
batch.v1.UncountedTerminatedPods 1:succeeded:[] 2:failed:[]
coordination.v1.Lease 1:metadata:meta.ObjectMeta 2:spec:coordination.v1.LeaseSpec
coordination.v1.LeaseSpec 1:holderIdentity 2:leaseDurationSeconds:int 3:acquireTime:time 4:renewTime:time 5:leaseTransitions:int 6:strategy 7:preferredHolder
core.v1.AWSElasticBlockStoreVolumeSource 1:volumeID 2:fsType 3:partition:int 4:readOnly:bool
core.v1.Affinity 1:nodeAffinity:core.v1.NodeAffinity 2:podAffinity:core.v1.PodAffinity 3:podAntiAffinity:core.v1.PodAntiAffinity
core.v1.AppArmorProfile 1:type 2:localhostProfile
core.v1.AttachedVolume 1:name 2:devicePath
core.v1.AzureDiskVolumeSource 1:diskName 2:diskURI 3:cachingMode 4:fsType 5:readOnly:bool 6:kind
core.v1.AzureFilePersistentVolumeSource 1:secretName 2:shareName 3:readOnly:bool 4:secretNamespace
core.v1.AzureFileVolumeSource 1:secretName 2:shareName 3:readOnly:bool
core.v1.Binding 1:metadata:meta.ObjectMeta 2:target:core.v1.ObjectReference
core.v1.CSIPersistentVolumeSource 1:driver 2:volumeHandle 3:readOnly:bool 4:fsType 5:volumeAttributes:{} 6:controllerPublishSecretRef:core.v1.SecretReference 7:nodeStageSecretRef:core.v1.SecretReference 8:nodePublishSecretRef:core.v1.SecretReference 9:controllerExpandSecretRef:core.v1.SecretReference 10:nodeExpandSecretRef:core.v1.SecretReference
core.v1.CSIVolumeSource 1:driver 2:readOnly:bool 3:fsType 4:volumeAttributes:{} 5:nodePublishSecretRef:core.v1.LocalObjectReference
core.v1.Capabilities 1:add:[] 2:drop:[]
core.v1.CephFSPersistentVolumeSource 1:monitors:[] 2:path 3:user 4:secretFile 5:secretRef:core.v1.SecretReference 6:readOnly:bool
core.v1.CephFSVolumeSource 1:monitors:[] 2:path 3:user 4:secretFile 5:secretRef:core.v1.LocalObjectReference 6:readOnly:bool
core.v1.CinderPersistentVolumeSource 1:volumeID 2:fsType 3:readOnly:bool 4:secretRef:core.v1.SecretReference
core.v1.CinderVolumeSource 1:volumeID 2:fsType 3:readOnly:bool 4:secretRef:core.v1.LocalObjectReference
core.v1.ClientIPConfig 1:timeoutSeconds:int
core.v1.ClusterTrustBundleProjection 1:name 2:signerName 3:labelSelector:meta.LabelSelector 4:path 5:optional:bool
core.v1.ConfigMap 1:metadata:meta.ObjectMeta 2:data:{} 3:binaryData:{}bytes 4:immutable:bool
core.v1.ConfigMapEnvSource 1:localObjectReference:=core.v1.LocalObjectReference 2:optional:bool
core.v1.ConfigMapKeySelector 1:localObjectReference:=core.v1.LocalObjectReference 2:key 3:optional:bool
core.v1.ConfigMapNodeConfigSource 1:namespace 2:name 3:uid 4:resourceVersion 5:kubeletConfigKey
core.v1.ConfigMapProjection 1:localObjectReference:=core.v1.LocalObjectReference 2:items:[]core.v1.KeyToPath 4:optional:bool
core.v1.ConfigMapVolumeSource 1:localObjectReference:=core.v1.LocalObjectReference 2:items:[]core.v1.KeyToPath 3:defaultMode:int 4:optional:bool
core.v1.Container 1:name 2:image 3:command:[] 4:args:[] 5:workingDir 6:ports:[]core.v1.ContainerPort 7:env:[]core.v1.EnvVar 8:resources:core.v1.ResourceRequirements 9:volumeMounts:[]core.v1.VolumeMount 10:livenessProbe:core.v1.Probe 11:readinessProbe:core.v1.Probe 12:lifecycle:core.v1.Lifecycle 13:terminationMessagePath 14:imagePullPolicy 15:securityContext:core.v1.SecurityContext 16:stdin:bool 17:stdinOnce:bool 18:tty:bool 19:envFrom:[]core.v1.EnvFromSource 20:terminationMessagePolicy 21:volumeDevices:[]core.v1.VolumeDevice 22:startupProbe:core.v1.Probe 23:resizePolicy:[]core.v1.ContainerResizePolicy 24:restartPolicy
core.v1.ContainerImage 1:names:[] 2:sizeBytes:int
core.v1.ContainerPort 1:name 2:hostPort:int 3:containerPort:int 4:protocol 5:hostIP
core.v1.ContainerResizePolicy 1:resourceName 2:restartPolicy
core.v1.ContainerState 1:waiting:core.v1.ContainerStateWaiting 2:running:core.v1.ContainerStateRunning 3:terminated:core.v1.ContainerStateTerminated
core.v1.ContainerStateRunning 1:startedAt:time
core.v1.ContainerStateTerminated 1:exitCode:int 2:signal:int 3:reason 4:message 5:startedAt:time 6:finishedAt:time 7:containerID
core.v1.ContainerStateWaiting 1:reason 2:message
core.v1.ContainerStatus 1:name 2:state:core.v1.ContainerState 3:lastState:core.v1.ContainerState 4:ready:bool 5:restartCount:int 6:image 7:imageID 8:containerID 9:started:bool 10:allocatedResources:{}quantity 11:resources:core.v1.ResourceRequirements 12:volumeMounts:[]core.v1.VolumeMountStatus 13:user:core.v1.ContainerUser 14:allocatedResourcesStatus:[]core.v1.ResourceStatus 15:stopSignal
core.v1.ContainerUser 1:linux:core.v1.LinuxContainerUser
core.v1.DaemonEndpoint 1:Port:int
core.v1.DownwardAPIProjection 1:items:[]core.v1.DownwardAPIVolumeFile
core.v1.DownwardAPIVolumeFile 1:path 2:fieldRef:core.v1.ObjectFieldSelector 3:resourceFieldRef:core.v1.ResourceFieldSelector 4:mode:int
core.v1.DownwardAPIVolumeSource 1:items:[]core.v1.DownwardAPIVolumeFile 2:defaultMode:int
core.v1.EmptyDirVolumeSource 1:medium 2:sizeLimit:quantity
core.v1.EndpointAddress 1:ip 2:targetRef:core.v1.ObjectReference 3:hostname 4:nodeName
core.v1.EndpointPort 1:name 2:port:int 3:protocol 4:appProtocol
core.v1.EndpointSubset 1:addresses:[]core.v1.EndpointAddress 2:notReadyAddresses:[]core.v1.EndpointAddress 3:ports:[]core.v1.EndpointPort
core.v1.Endpoints 1:metadata:meta.ObjectMeta 2:subsets:[]core.v1.EndpointSubset
core.v1.EnvFromSource 1:prefix 2:configMapRef:core.v1.ConfigMapEnvSource 3:secretRef:core.v1.SecretEnvSource
core.v1.EnvVar 1:name 2:value 3:valueFrom:core.v1.EnvVarSource
core.v1.EnvVarSource 1:fieldRef:core.v1.ObjectFieldSelector 2:resourceFieldRef:core.v1.ResourceFieldSelector 3:configMapKeyRef:core.v1.ConfigMapKeySelector 4:secretKeyRef:core.v1.SecretKeySelector
core.v1.EphemeralContainer 1:ephemeralContainerCommon:=core.v1.EphemeralContainerCommon 2:targetContainerName
core.v1.EphemeralContainerCommon 1:name 2:image 3:command:[] 4:args:[] 5:workingDir 6:ports:[]core.v1.ContainerPort 7:env:[]core.v1.EnvVar 8:resources:core.v1.ResourceRequirements 9:volumeMounts:[]core.v1.VolumeMount 10:livenessProbe:core.v1.Probe 11:readinessProbe:core.v1.Probe 12:lifecycle:core.v1.Lifecycle 13:terminationMessagePath 14:imagePullPolicy 15:securityContext:core.v1.SecurityContext 16:stdin:bool 17:stdinOnce:bool 18:tty:bool 19:envFrom:[]core.v1.EnvFromSource 20:terminationMessagePolicy 21:volumeDevices:[]core.v1.VolumeDevice 22:startupProbe:core.v1.Probe 23:resizePolicy:[]core.v1.ContainerResizePolicy 24:restartPolicy
core.v1.EphemeralVolumeSource 1:volumeClaimTemplate:core.v1.PersistentVolumeClaimTemplate
core.v1.Event 1:metadata:meta.ObjectMeta 2:involvedObject:core.v1.ObjectReference 3:reason 4:message 5:source:core.v1.EventSource 6:firstTimestamp:time 7:lastTimestamp:time 8:count:int 9:type 10:eventTime:time 11:series:core.v1.EventSeries 12:action 13:related:core.v1.ObjectReference 14:reportingComponent 15:reportingInstance
core.v1.EventSeries 1:count:int 2:lastObservedTime:time
core.v1.EventSource 1:component 2:host
core.v1.ExecAction 1:command:[]
core.v1.FCVolumeSource 1:targetWWNs:[] 2:lun:int 3:fsType 4:readOnly:bool 5:wwids:[]
core.v1.FlexPersistentVolumeSource 1:driver 2:fsType 3:secretRef:core.v1.SecretReference 4:readOnly:bool 5:options:{}
core.v1.FlexVolumeSource 1:driver 2:fsType 3:secretRef:core.v1.LocalObjectReference 4:readOnly:bool 5:options:{}
core.v1.FlockerVolumeSource 1:datasetName 2:datasetUUID
core.v1.GCEPersistentDiskVolumeSource 1:pdName 2:fsType 3:partition:int 4:readOnly:bool
core.v1.GRPCAction 1:port:int 2:service
core.v1.GitRepoVolumeSource 1:repository 2:revision 3:directory
core.v1.GlusterfsPersistentVolumeSource 1:endpoints 2:path 3:readOnly:bool 4:endpointsNamespace
core.v1.GlusterfsVolumeSource 1:endpoints 2:path 3:readOnly:bool
core.v1.HTTPGetAction 1:path 2:port:intstr 3:host 4:scheme 5:httpHeaders:[]core.v1.HTTPHeader
core.v1.HTTPHeader 1:name 2:value
core.v1.HostAlias 1:ip 2:hostnames:[]
core.v1.HostIP 1:ip
core.v1.HostPathVolumeSource 1:path 2:type
core.v1.ISCSIPersistentVolumeSource 1:targetPortal 2:iqn 3:lun:int 4:iscsiInterface 5:fsType 6:readOnly:bool 7:portals:[] 8:chapAuthDiscovery:bool 10:secretRef:core.v1.SecretReference 11:chapAuthSession:bool 12:initiatorName
core.v1.ISCSIVolumeSource 1:targetPortal 2:iqn 3:lun:int 4:iscsiInterface 5:fsType 6:readOnly:bool 7:portals:[] 8:chapAuthDiscovery:bool 10:secretRef:core.v1.LocalObjectReference 11:chapAuthSession:bool 12:initiatorName
core.v1.ImageVolumeSource 1:reference 2:pullPolicy
core.v1.KeyToPath 1:key 2:path 3:mode:int
core.v1.Lifecycle 1:postStart:core.v1.LifecycleHandler 2:preStop:core.v1.LifecycleHandler 3:stopSignal
core.v1.LifecycleHandler 1:exec:core.v1.ExecAction 2:httpGet:core.v1.HTTPGetAction 3:tcpSocket:core.v1.TCPSocketAction 4:sleep:core.v1.SleepAction
core.v1.LimitRange 1:metadata:meta.ObjectMeta 2:spec:core.v1.LimitRangeSpec
core.v1.LimitRangeItem 1:type 2:max:{}quantity 3:min:{}quantity 4:default:{}quantity 5:defaultRequest:{}quantity 6:maxLimitRequestRatio:{}quantity
core.v1.LimitRangeSpec 1:limits:[]core.v1.LimitRangeItem
core.v1.LinuxContainerUser 1:uid:int 2:gid:int 3:supplementalGroups:[]int
core.v1.LoadBalancerIngress 1:ip 2:hostname 3:ipMode 4:ports:[]core.v1.PortStatus
core.v1.LoadBalancerStatus 1:ingress:[]core.v1.LoadBalancerIngress
core.v1.LocalObjectReference 1:name
core.v1.LocalVolumeSource 1:path 2:fsType
core.v1.ModifyVolumeStatus 1:targetVolumeAttributesClassName 2:status
core.v1.NFSVolumeSource 1:server 2:path 3:readOnly:bool
core.v1.Namespace 1:metadata:meta.ObjectMeta 2:spec:core.v1.NamespaceSpec 3:status:core.v1.NamespaceStatus
core.v1.NamespaceCondition 1:type 2:status 4:lastTransitionTime:time 5:reason 6:message
core.v1.NamespaceSpec 1:finalizers:[]
core.v1.NamespaceStatus 1:phase 2:conditions:[]core.v1.NamespaceCondition
core.v1.Node 1:metadata:meta.ObjectMeta 2:spec:core.v1.NodeSpec 3:status:core.v1.NodeStatus
core.v1.NodeAddress 1:type 2:address
core.v1.NodeAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:core.v1.NodeSelector 2:preferredDuringSchedulingIgnoredDuringExecution:[]core.v1.PreferredSchedulingTerm
core.v1.NodeCondition 1:type 2:status 3:lastHeartbeatTime:time 4:lastTransitionTime:time 5:reason 6:message
core.v1.NodeConfigSource 2:configMap:core.v1.ConfigMapNodeConfigSource
core.v1.NodeConfigStatus 1:assigned:core.v1.NodeConfigSource 2:active:core.v1.NodeConfigSource 3:lastKnownGood:core.v1.NodeConfigSource 4:error
core.v1.NodeDaemonEndpoints 1:kubeletEndpoint:core.v1.DaemonEndpoint
core.v1.NodeFeatures 1:supplementalGroupsPolicy:bool
core.v1.NodeRuntimeHandler 1:name 2:features:core.v1.NodeRuntimeHandlerFeatures
core.v1.NodeRuntimeHandlerFeatures 1:recursiveReadOnlyMounts:bool 2:userNamespaces:bool
core.v1.NodeSelector 1:nodeSelectorTerms:[]core.v1.NodeSelectorTerm
core.v1.NodeSelectorRequirement 1:key 2:operator 3:values:[]
core.v1.NodeSelectorTerm 1:matchExpressions:[]core.v1.NodeSelectorRequirement 2:matchFields:[]core.v1.NodeSelectorRequirement
core.v1.NodeSpec 1:podCIDR 2:externalID 3:providerID 4:unschedulable:bool 5:taints:[]core.v1.Taint 6:configSource:core.v1.NodeConfigSource 7:podCIDRs:[]
core.v1.NodeStatus 1:capacity:{}quantity 2:allocatable:{}quantity 3:phase 4:conditions:[]core.v1.NodeCondition 5:addresses:[]core.v1.NodeAddress 6:daemonEndpoints:core.v1.NodeDaemonEndpoints 7:nodeInfo:core.v1.NodeSystemInfo 8:images:[]core.v1.ContainerImage 9:volumesInUse:[] 10:volumesAttached:[]core.v1.AttachedVolume 11:config:core.v1.NodeConfigStatus 12:runtimeHandlers:[]core.v1.NodeRuntimeHandler 13:features:core.v1.NodeFeatures
core.v1.NodeSwapStatus 1:capacity:int
core.v1.NodeSystemInfo 1:machineID 2:systemUUID 3:bootID 4:kernelVersion 5:osImage 6:containerRuntimeVersion 7:kubeletVersion 8:kubeProxyVersion 9:operatingSystem 10:architecture 11:swap:core.v1.NodeSwapStatus
core.v1.ObjectFieldSelector 1:apiVersion 2:fieldPath
core.v1.ObjectReference 1:kind 2:namespace 3:name 4:uid 5:apiVersion 6:resourceVersion 7:fieldPath
core.v1.PersistentVolume 1:metadata:meta.ObjectMeta 2:spec:core.v1.PersistentVolumeSpec 3:status:core.v1.PersistentVolumeStatus
core.v1.PersistentVolumeClaim 1:metadata:meta.ObjectMeta 2:spec:core.v1.PersistentVolumeClaimSpec 3:status:core.v1.PersistentVolumeClaimStatus
core.v1.PersistentVolumeClaimCondition 1:type 2:status 3:lastProbeTime:time 4:lastTransitionTime:time 5:reason 6:message
core.v1.PersistentVolumeClaimSpec 1:accessModes:[] 2:resources:core.v1.VolumeResourceRequirements 3:volumeName 4:selector:meta.LabelSelector 5:storageClassName 6:volumeMode 7:dataSource:core.v1.TypedLocalObjectReference 8:dataSourceRef:core.v1.TypedObjectReference 9:volumeAttributesClassName
core.v1.PersistentVolumeClaimStatus 1:phase 2:accessModes:[] 3:capacity:{}quantity 4:conditions:[]core.v1.PersistentVolumeClaimCondition 5:allocatedResources:{}quantity 7:allocatedResourceStatuses:{} 8:currentVolumeAttributesClassName 9:modifyVolumeStatus:core.v1.ModifyVolumeStatus
core.v1.PersistentVolumeClaimTemplate 1:metadata:meta.ObjectMeta 2:spec:core.v1.PersistentVolumeClaimSpec
core.v1.PersistentVolumeClaimVolumeSource 1:claimName 2:readOnly:bool
core.v1.PersistentVolumeSource 1:gcePersistentDisk:core.v1.GCEPersistentDiskVolumeSource 2:awsElasticBlockStore:core.v1.AWSElasticBlockStoreVolumeSource 3:hostPath:core.v1.HostPathVolumeSource 4:glusterfs:core.v1.GlusterfsPersistentVolumeSource 5:nfs:core.v1.NFSVolumeSource 6:rbd:core.v1.RBDPersistentVolumeSource 7:iscsi:core.v1.ISCSIPersistentVolumeSource 8:cinder:core.v1.CinderPersistentVolumeSource 9:cephfs:core.v1.CephFSPersistentVolumeSource 10:fc:core.v1.FCVolumeSource 11:flocker:core.v1.FlockerVolumeSource 12:flexVolume:core.v1.FlexPersistentVolumeSource 13:azureFile:core.v1.AzureFilePersistentVolumeSource 14:vsphereVolume:core.v1.VsphereVirtualDiskVolumeSource 15:quobyte:core.v1.QuobyteVolumeSource 16:azureDisk:core.v1.AzureDiskVolumeSource 17:photonPersistentDisk:core.v1.PhotonPersistentDiskVolumeSource 18:portworxVolume:core.v1.PortworxVolumeSource 19:scaleIO:core.v1.ScaleIOPersistentVolumeSource 20:local:core.v1.LocalVolumeSource 21:storageos:core.v1.StorageOSPersistentVolumeSource 22:csi:core.v1.CSIPersistentVolumeSource
core.v1.PersistentVolumeSpec 1:capacity:{}quantity 2:persistentVolumeSource:=core.v1.PersistentVolumeSource 3:accessModes:[] 4:claimRef:core.v1.ObjectReference 5:persistentVolumeReclaimPolicy 6:storageClassName 7:mountOptions:[] 8:volumeMode 9:nodeAffinity:core.v1.VolumeNodeAffinity 10:volumeAttributesClassName
core.v1.PersistentVolumeStatus 1:phase 2:message 3:reason 4:lastPhaseTransitionTime:time
core.v1.PhotonPersistentDiskVolumeSource 1:pdID 2:fsType
core.v1.Pod 1:metadata:meta.ObjectMeta 2:spec:core.v1.PodSpec 3:status:core.v1.PodStatus
core.v1.PodAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:[]core.v1.PodAffinityTerm 2:preferredDuringSchedulingIgnoredDuringExecution:[]core.v1.WeightedPodAffinityTerm
core.v1.PodAffinityTerm 1:labelSelector:meta.LabelSelector 2:namespaces:[] 3:topologyKey 4:namespaceSelector:meta.LabelSelector 5:matchLabelKeys:[] 6:mismatchLabelKeys:[]
core.v1.PodAntiAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:[]core.v1.PodAffinityTerm 2:preferredDuringSchedulingIgnoredDuringExecution:[]core.v1.WeightedPodAffinityTerm
core.v1.PodCondition 1:type 2:status 3:lastProbeTime:time 4:lastTransitionTime:time 5:reason 6:message 7:observedGeneration:int
core.v1.PodDNSConfig 1:nameservers:[] 2:searches:[] 3:options:[]core.v1.PodDNSConfigOption
core.v1.PodDNSConfigOption 1:name 2:value
core.v1.PodIP 1:ip
core.v1.PodOS 1:name
core.v1.PodReadinessGate 1:conditionType
core.v1.PodResourceClaim 1:name 3:resourceClaimName 4:resourceClaimTemplateName
core.v1.PodResourceClaimStatus 1:name 2:resourceClaimName
core.v1.PodSchedulingGate 1:name
core.v1.PodSecurityContext 1:seLinuxOptions:core.v1.SELinuxOptions 2:runAsUser:int 3:runAsNonRoot:bool 4:supplementalGroups:[]int 5:fsGroup:int 6:runAsGroup:int 7:sysctls:[]core.v1.Sysctl 8:windowsOptions:core.v1.WindowsSecurityContextOptions 9:fsGroupChangePolicy 10:seccompProfile:core.v1.SeccompProfile 11:appArmorProfile:core.v1.AppArmorProfile 12:supplementalGroupsPolicy 13:seLinuxChangePolicy
core.v1.PodSpec 1:volumes:[]core.v1.Volume 2:containers:[]core.v1.Container 3:restartPolicy 4:terminationGracePeriodSeconds:int 5:activeDeadlineSeconds:int 6:dnsPolicy 7:nodeSelector:{} 8:serviceAccountName 9:serviceAccount 10:nodeName 11:hostNetwork:bool 12:hostPID:bool 13:hostIPC:bool 14:securityContext:core.v1.PodSecurityContext 15:imagePullSecrets:[]core.v1.LocalObjectReference 16:hostname 17:subdomain 18:affinity:core.v1.Affinity 19:schedulerName 20:initContainers:[]core.v1.Container 21:automountServiceAccountToken:bool 22:tolerations:[]core.v1.Toleration 23:hostAliases:[]core.v1.HostAlias 24:priorityClassName 25:priority:int 26:dnsConfig:core.v1.PodDNSConfig 27:shareProcessNamespace:bool 28:readinessGates:[]core.v1.PodReadinessGate 29:runtimeClassName 30:enableServiceLinks:bool 31:preemptionPolicy 32:overhead:{}quantity 33:topologySpreadConstraints:[]core.v1.TopologySpreadConstraint 34:ephemeralContainers:[]core.v1.EphemeralContainer 35:setHostnameAsFQDN:bool 36:os:core.v1.PodOS 37:hostUsers:bool 38:schedulingGates:[]core.v1.PodSchedulingGate 39:resourceClaims:[]core.v1.PodResourceClaim 40:resources:core.v1.ResourceRequirements
core.v1.PodStatus 1:phase 2:conditions:[]core.v1.PodCondition 3:message 4:reason 5:hostIP 6:podIP 7:startTime:time 8:containerStatuses:[]core.v1.ContainerStatus 9:qosClass 10:initContainerStatuses:[]core.v1.ContainerStatus 11:nominatedNodeName 12:podIPs:[]core.v1.PodIP 13:ephemeralContainerStatuses:[]core.v1.ContainerStatus 14:resize 15:resourceClaimStatuses:[]core.v1.PodResourceClaimStatus 16:hostIPs:[]core.v1.HostIP 17:observedGeneration:int
core.v1.PodTemplate 1:metadata:meta.ObjectMeta 2:template:core.v1.PodTemplateSpec
core.v1.PodTemplateSpec 1:metadata:meta.ObjectMeta 2:spec:core.v1.PodSpec
core.v1.PortStatus 1:port:int 2:protocol 3:error
core.v1.PortworxVolumeSource 1:volumeID 2:fsType 3:readOnly:bool
core.v1.PreferredSchedulingTerm 1:weight:int 2:preference:core.v1.NodeSelectorTerm
core.v1.Probe 1:handler:=core.v1.ProbeHandler 2:initialDelaySeconds:int 3:timeoutSeconds:int 4:periodSeconds:int 5:successThreshold:int 6:failureThreshold:int 7:terminationGracePeriodSeconds:int
core.v1.ProbeHandler 1:exec:core.v1.ExecAction 2:httpGet:core.v1.HTTPGetAction 3:tcpSocket:core.v1.TCPSocketAction 4:grpc:core.v1.GRPCAction
core.v1.ProjectedVolumeSource 1:sources:[]core.v1.VolumeProjection 2:defaultMode:int
core.v1.QuobyteVolumeSource 1:registry 2:volume 3:readOnly:bool 4:user 5:group 6:tenant
core.v1.RBDPersistentVolumeSource 1:monitors:[] 2:image 3:fsType 4:pool 5:user 6:keyring 7:secretRef:core.v1.SecretReference 8:readOnly:bool
core.v1.RBDVolumeSource 1:monitors:[] 2:image 3:fsType 4:pool 5:user 6:keyring 7:secretRef:core.v1.LocalObjectReference 8:readOnly:bool
core.v1.ReplicationController 1:metadata:meta.ObjectMeta 2:spec:core.v1.ReplicationControllerSpec 3:status:core.v1.ReplicationControllerStatus
core.v1.ReplicationControllerCondition 1:type 2:status 3:lastTransitionTime:time 4:reason 5:message
core.v1.ReplicationControllerSpec 1:replicas:int 2:selector:{} 3:template:core.v1.PodTemplateSpec 4:minReadySeconds:int
core.v1.ReplicationControllerStatus 1:replicas:int 2:fullyLabeledReplicas:int 3:observedGeneration:int 4:readyReplicas:int 5:availableReplicas:int 6:conditions:[]core.v1.ReplicationControllerCondition
core.v1.ResourceClaim 1:name 2:request
core.v1.ResourceFieldSelector 1:containerName 2:resource 3:divisor:quantity
core.v1.ResourceHealth 1:resourceID 2:health
core.v1.ResourceQuota 1:metadata:meta.ObjectMeta 2:spec:core.v1.ResourceQuotaSpec 3:status:core.v1.ResourceQuotaStatus
core.v1.ResourceQuotaSpec 1:hard:{}quantity 2:scopes:[] 3:scopeSelector:core.v1.ScopeSelector
core.v1.ResourceQuotaStatus 1:hard:{}quantity 2:used:{}quantity
core.v1.ResourceRequirements 1:limits:{}quantity 2:requests:{}quantity 3:claims:[]core.v1.ResourceClaim
core.v1.ResourceStatus 1:name 2:resources:[]core.v1.ResourceHealth
core.v1.SELinuxOptions 1:user 2:role 3:type 4:level
core.v1.ScaleIOPersistentVolumeSource 1:gateway 2:system 3:secretRef:core.v1.SecretReference 4:sslEnabled:bool 5:protectionDomain 6:storagePool 7:storageMode 8:volumeName 9:fsType 10:readOnly:bool
core.v1.ScaleIOVolumeSource 1:gateway 2:system 3:secretRef:core.v1.LocalObjectReference 4:sslEnabled:bool 5:protectionDomain 6:storagePool 7:storageMode 8:volumeName 9:fsType 10:readOnly:bool
core.v1.ScopeSelector 1:matchExpressions:[]core.v1.ScopedResourceSelectorRequirement
core.v1.ScopedResourceSelectorRequirement 1:scopeName 2:operator 3:values:[]
core.v1.SeccompProfile 1:type 2:localhostProfile
core.v1.Secret 1:metadata:meta.ObjectMeta 2:data:{}bytes 3:type 4:stringData:{} 5:immutable:bool
core.v1.SecretEnvSource 1:localObjectReference:=core.v1.LocalObjectReference 2:optional:bool
core.v1.SecretKeySelector 1:localObjectReference:=core.v1.LocalObjectReference 2:key 3:optional:bool
core.v1.SecretProjection 1:localObjectReference:=core.v1.LocalObjectReference 2:items:[]core.v1.KeyToPath 4:optional:bool
core.v1.SecretReference 1:name 2:namespace
core.v1.SecretVolumeSource 1:secretName 2:items:[]core.v1.KeyToPath 3:defaultMode:int 4:optional:bool
core.v1.SecurityContext 1:capabilities:core.v1.Capabilities 2:privileged:bool 3:seLinuxOptions:core.v1.SELinuxOptions 4:runAsUser:int 5:runAsNonRoot:bool 6:readOnlyRootFilesystem:bool 7:allowPrivilegeEscalation:bool 8:runAsGroup:int 9:procMount 10:windowsOptions:core.v1.WindowsSecurityContextOptions 11:seccompProfile:core.v1.SeccompProfile 12:appArmorProfile:core.v1.AppArmorProfile
core.v1.Service 1:metadata:meta.ObjectMeta 2:spec:core.v1.ServiceSpec 3:status:core.v1.ServiceStatus
core.v1.ServiceAccount 1:metadata:meta.ObjectMeta 2:secrets:[]core.v1.ObjectReference 3:imagePullSecrets:[]core.v1.LocalObjectReference 4:automountServiceAccountToken:bool
core.v1.ServiceAccountTokenProjection 1:audience 2:expirationSeconds:int 3:path
core.v1.ServicePort 1:name 2:protocol 3:port:int 4:targetPort:intstr 5:nodePort:int 6:appProtocol
core.v1.ServiceSpec 1:ports:[]core.v1.ServicePort 2:selector:{} 3:clusterIP 4:type 5:externalIPs:[] 7:sessionAffinity 8:loadBalancerIP 9:loadBalancerSourceRanges:[] 10:externalName 11:externalTrafficPolicy 12:healthCheckNodePort:int 13:publishNotReadyAddresses:bool 14:sessionAffinityConfig:core.v1.SessionAffinityConfig 17:ipFamilyPolicy 18:clusterIPs:[] 19:ipFamilies:[] 20:allocateLoadBalancerNodePorts:bool 21:loadBalancerClass 22:internalTrafficPolicy 23:trafficDistribution
core.v1.ServiceStatus 1:loadBalancer:core.v1.LoadBalancerStatus 2:conditions:[]meta.Condition
core.v1.SessionAffinityConfig 1:clientIP:core.v1.ClientIPConfig
core.v1.SleepAction 1:seconds:int
core.v1.StorageOSPersistentVolumeSource 1:volumeName 2:volumeNamespace 3:fsType 4:readOnly:bool 5:secretRef:core.v1.ObjectReference
core.v1.StorageOSVolumeSource 1:volumeName 2:volumeNamespace 3:fsType 4:readOnly:bool 5:secretRef:core.v1.LocalObjectReference
core.v1.Sysctl 1:name 2:value
core.v1.TCPSocketAction 1:port:intstr 2:host
core.v1.Taint 1:key 2:value 3:effect 4:timeAdded:time
core.v1.Toleration 1:key 2:operator 3:value 4:effect 5:tolerationSeconds:int
core.v1.TopologySelectorLabelRequirement 1:key 2:values:[]
core.v1.TopologySelectorTerm 1:matchLabelExpressions:[]core.v1.TopologySelectorLabelRequirement
core.v1.TopologySpreadConstraint 1:maxSkew:int 2:topologyKey 3:whenUnsatisfiable 4:labelSelector:meta.LabelSelector 5:minDomains:int 6:nodeAffinityPolicy 7:nodeTaintsPolicy 8:matchLabelKeys:[]
core.v1.TypedLocalObjectReference 1:apiGroup 2:kind 3:name
core.v1.TypedObjectReference 1:apiGroup 2:kind 3:name 4:namespace
core.v1.Volume 1:name 2:volumeSource:=core.v1.VolumeSource
core.v1.VolumeDevice 1:name 2:devicePath
core.v1.VolumeMount 1:name 2:readOnly:bool 3:mountPath 4:subPath 5:mountPropagation 6:subPathExpr 7:recursiveReadOnly
core.v1.VolumeMountStatus 1:name 2:mountPath 3:readOnly:bool 4:recursiveReadOnly
core.v1.VolumeNodeAffinity 1:required:core.v1.NodeSelector
core.v1.VolumeProjection 1:secret:core.v1.SecretProjection 2:downwardAPI:core.v1.DownwardAPIProjection 3:configMap:core.v1.ConfigMapProjection 4:serviceAccountToken:core.v1.ServiceAccountTokenProjection 5:clusterTrustBundle:core.v1.ClusterTrustBundleProjection
core.v1.VolumeResourceRequirements 1:limits:{}quantity 2:requests:{}quantity
core.v1.VolumeSource 1:hostPath:core.v1.HostPathVolumeSource 2:emptyDir:core.v1.EmptyDirVolumeSource 3:gcePersistentDisk:core.v1.GCEPersistentDiskVolumeSource 4:awsElasticBlockStore:core.v1.AWSElasticBlockStoreVolumeSource 5:gitRepo:core.v1.GitRepoVolumeSource 6:secret:core.v1.SecretVolumeSource 7:nfs:core.v1.NFSVolumeSource 8:iscsi:core.v1.ISCSIVolumeSource 9:glusterfs:core.v1.GlusterfsVolumeSource 10:persistentVolumeClaim:core.v1.PersistentVolumeClaimVolumeSource 11:rbd:core.v1.RBDVolumeSource 12:flexVolume:core.v1.FlexVolumeSource 13:cinder:core.v1.CinderVolumeSource 14:cephfs:core.v1.CephFSVolumeSource 15:flocker:core.v1.FlockerVolumeSource 16:downwardAPI:core.v1.DownwardAPIVolumeSource 17:fc:core.v1.FCVolumeSource 18:azureFile:core.v1.AzureFileVolumeSource 19:configMap:core.v1.ConfigMapVolumeSource 20:vsphereVolume:core.v1.VsphereVirtualDiskVolumeSource 21:quobyte:core.v1.QuobyteVolumeSource 22:azureDisk:core.v1.AzureDiskVolumeSource 23:photonPersistentDisk:core.v1.PhotonPersistentDiskVolumeSource 24:portworxVolume:core.v1.PortworxVolumeSource 25:scaleIO:core.v1.ScaleIOVolumeSource 26:projected:core.v1.ProjectedVolumeSource 27:storageos:core.v1.StorageOSVolumeSource 28:csi:core.v1.CSIVolumeSource 29:ephemeral:core.v1.EphemeralVolumeSource 30:image:core.v1.ImageVolumeSource
core.v1.VsphereVirtualDiskVolumeSource 1:volumePath 2:fsType 3:storagePolicyName 4:storagePolicyID
core.v1.WeightedPodAffinityTerm 1:weight:int 2:podAffinityTerm:core.v1.PodAffinityTerm
core.v1.WindowsSecurityContextOptions 1:gmsaCredentialSpecName 2:gmsaCredentialSpec 3:runAsUserName 4:hostProcess:bool
discovery.v1.Endpoint 1:addresses:[] 2:conditions:discovery.v1.EndpointConditions 3:hostname 4:targetRef:core.v1.ObjectReference 5:deprecatedTopology:{} 6:nodeName 7:zone 8:hints:discovery.v1.EndpointHints
discovery.v1.EndpointConditions 1:ready:bool 2:serving:bool 3:terminating:bool
discovery.v1.EndpointHints 1:forZones:[]discovery.v1.ForZone 2:forNodes:[]discovery.v1.ForNode
discovery.v1.EndpointPort 1:name 2:protocol 3:port:int 4:appProtocol
discovery.v1.EndpointSlice 1:metadata:meta.ObjectMeta 2:endpoints:[]discovery.v1.Endpoint 3:ports:[]discovery.v1.EndpointPort 4:addressType
discovery.v1.ForNode 1:name
discovery.v1.ForZone 1:name
events.v1.Event 1:metadata:meta.ObjectMeta 2:eventTime:time 3:series:events.v1.EventSeries 4:reportingController 5:reportingInstance 6:action 7:reason 8:regarding:core.v1.ObjectReference 9:related:core.v1.ObjectReference 10:note 11:type 12:deprecatedSource:core.v1.EventSource 13:deprecatedFirstTimestamp:time 14:deprecatedLastTimestamp:time 15:deprecatedCount:int
events.v1.EventSeries 1:count:int 2:lastObservedTime:time
meta.Condition 1:type 2:status 3:observedGeneration:int 4:lastTransitionTime:time 5:reason 6:message
meta.DeleteOptions 1:gracePeriodSeconds:int 2:preconditions:meta.Preconditions 3:orphanDependents:bool 4:propagationPolicy 5:dryRun:[] 6:ignoreStoreReadErrorWithClusterBreakingPotential:bool
meta.FieldSelectorRequirement 1:key 2:operator 3:values:[]
meta.LabelSelector 1:matchLabels:{} 2:matchExpressions:[]meta.LabelSelectorRequirement
meta.LabelSelectorRequirement 1:key 2:operator 3:values:[]
meta.ManagedFieldsEntry 1:manager 2:operation 3:apiVersion 4:time:time 6:fieldsType 7:fieldsV1:raw 8:subresource
meta.ObjectMeta 1:name 2:generateName 3:namespace 4:selfLink 5:uid 6:resourceVersion 7:generation:int 8:creationTimestamp:time 9:deletionTimestamp:time 10:deletionGracePeriodSeconds:int 11:labels:{} 12:annotations:{} 13:ownerReferences:[]meta.OwnerReference 14:finalizers:[] 17:managedFields:[]meta.ManagedFieldsEntry
meta.OwnerReference 1:kind 3:name 4:uid 5:apiVersion 6:controller:bool 7:blockOwnerDeletion:bool
meta.Preconditions 1:uid 2:resourceVersion
networking.v1.HTTPIngressPath 1:path 2:backend:networking.v1.IngressBackend 3:pathType
networking.v1.HTTPIngressRuleValue 1:paths:[]networking.v1.HTTPIngressPath
networking.v1.IPBlock 1:cidr 2:except:[]
networking.v1.Ingress 1:metadata:meta.ObjectMeta 2:spec:networking.v1.IngressSpec 3:status:networking.v1.IngressStatus
networking.v1.IngressBackend 3:resource:core.v1.TypedLocalObjectReference 4:service:networking.v1.IngressServiceBackend
networking.v1.IngressClass 1:metadata:meta.ObjectMeta 2:spec:networking.v1.IngressClassSpec
networking.v1.IngressClassParametersReference 1:apiGroup 2:kind 3:name 4:scope 5:namespace
networking.v1.IngressClassSpec 1:controller 2:parameters:networking.v1.IngressClassParametersReference
networking.v1.IngressLoadBalancerIngress 1:ip 2:hostname 4:ports:[]networking.v1.IngressPortStatus
networking.v1.IngressLoadBalancerStatus 1:ingress:[]networking.v1.IngressLoadBalancerIngress
networking.v1.IngressPortStatus 1:port:int 2:protocol 3:error
networking.v1.IngressRule 1:host 2:ingressRuleValue:=networking.v1.IngressRuleValue
networking.v1.IngressRuleValue 1:http:networking.v1.HTTPIngressRuleValue
networking.v1.IngressServiceBackend 1:name 2:port:networking.v1.ServiceBackendPort
networking.v1.IngressSpec 1:defaultBackend:networking.v1.IngressBackend 2:tls:[]networking.v1.IngressTLS 3:rules:[]networking.v1.IngressRule 4:ingressClassName
networking.v1.IngressStatus 1:loadBalancer:networking.v1.IngressLoadBalancerStatus
networking.v1.IngressTLS 1:hosts:[] 2:secretName
networking.v1.NetworkPolicy 1:metadata:meta.ObjectMeta 2:spec:networking.v1.NetworkPolicySpec
networking.v1.NetworkPolicyEgressRule 1:ports:[]networking.v1.NetworkPolicyPort 2:to:[]networking.v1.NetworkPolicyPeer
networking.v1.NetworkPolicyIngressRule 1:ports:[]networking.v1.NetworkPolicyPort 2:from:[]networking.v1.NetworkPolicyPeer
networking.v1.NetworkPolicyPeer 1:podSelector:meta.LabelSelector 2:namespaceSelector:meta.LabelSelector 3:ipBlock:networking.v1.IPBlock
networking.v1.NetworkPolicyPort 1:protocol 2:port:intstr 3:endPort:int
networking.v1.NetworkPolicySpec 1:podSelector:meta.LabelSelector 2:ingress:[]networking.v1.NetworkPolicyIngressRule 3:egress:[]networking.v1.NetworkPolicyEgressRule 4:policyTypes:[]
networking.v1.ServiceBackendPort 1:name 2:number:int
node.v1.Overhead 1:podFixed:{}quantity
node.v1.RuntimeClass 1:metadata:meta.ObjectMeta 2:handler 3:overhead:node.v1.Overhead 4:scheduling:node.v1.Scheduling
node.v1.Scheduling 1:nodeSelector:{} 2:tolerations:[]core.v1.Toleration
policy.v1.Eviction 1:metadata:meta.ObjectMeta 2:deleteOptions:meta.DeleteOptions
policy.v1.PodDisruptionBudget 1:metadata:meta.ObjectMeta 2:spec:policy.v1.PodDisruptionBudgetSpec 3:status:policy.v1.PodDisruptionBudgetStatus
policy.v1.PodDisruptionBudgetSpec 1:minAvailable:intstr 2:selector:meta.LabelSelector 3:maxUnavailable:intstr 4:unhealthyPodEvictionPolicy
policy.v1.PodDisruptionBudgetStatus 1:observedGeneration:int 2:disruptedPods:{}time 3:disruptionsAllowed:int 4:currentHealthy:int 5:desiredHealthy:int 6:expectedPods:int 7:conditions:[]meta.Condition
rbac.v1.AggregationRule 1:clusterRoleSelectors:[]meta.LabelSelector
rbac.v1.ClusterRole 1:metadata:meta.ObjectMeta 2:rules:[]rbac.v1.PolicyRule 3:aggregationRule:rbac.v1.AggregationRule
rbac.v1.ClusterRoleBinding 1:metadata:meta.ObjectMeta 2:subjects:[]rbac.v1.Subject 3:roleRef:rbac.v1.RoleRef
rbac.v1.PolicyRule 1:verbs:[] 2:apiGroups:[] 3:resources:[] 4:resourceNames:[] 5:nonResourceURLs:[]
rbac.v1.Role 1:metadata:meta.ObjectMeta 2:rules:[]rbac.v1.PolicyRule
rbac.v1.RoleBinding 1:metadata:meta.ObjectMeta 2:subjects:[]rbac.v1.Subject 3:roleRef:rbac.v1.RoleRef
rbac.v1.RoleRef 1:apiGroup 2:kind 3:name
rbac.v1.Subject 1:kind 2:apiGroup 3:name 4:namespace
scheduling.v1.PriorityClass 1:metadata:meta.ObjectMeta 2:value:int 3:globalDefault:bool 4:description 5:preemptionPolicy
storage.v1.CSIDriver 1:metadata:meta.ObjectMeta 2:spec:storage.v1.CSIDriverSpec
storage.v1.CSIDriverSpec 1:attachRequired:bool 2:podInfoOnMount:bool 3:volumeLifecycleModes:[] 4:storageCapacity:bool 5:fsGroupPolicy 6:tokenRequests:[]storage.v1.TokenRequest 7:requiresRepublish:bool 8:seLinuxMount:bool 9:nodeAllocatableUpdatePeriodSeconds:int
storage.v1.CSINode 1:metadata:meta.ObjectMeta 2:spec:storage.v1.CSINodeSpec
storage.v1.CSINodeDriver 1:name 2:nodeID 3:topologyKeys:[] 4:allocatable:storage.v1.VolumeNodeResources
storage.v1.CSINodeSpec 1:drivers:[]storage.v1.CSINodeDriver
storage.v1.StorageClass 1:metadata:meta.ObjectMeta 2:provisioner 3:parameters:{} 4:reclaimPolicy 5:mountOptions:[] 6:allowVolumeExpansion:bool 7:volumeBindingMode 8:allowedTopologies:[]core.v1.TopologySelectorTerm
storage.v1.TokenRequest 1:audience 2:expirationSeconds:int
storage.v1.VolumeAttachment 1:metadata:meta.ObjectMeta 2:spec:storage.v1.VolumeAttachmentSpec 3:status:storage.v1.VolumeAttachmentStatus
storage.v1.VolumeAttachmentSource 1:persistentVolumeName 2:inlineVolumeSpec:core.v1.PersistentVolumeSpec
storage.v1.VolumeAttachmentSpec 1:attacher 2:source:storage.v1.VolumeAttachmentSource 3:nodeName
storage.v1.VolumeAttachmentStatus 1:attached:bool 2:attachmentMetadata:{} 3:attachError:storage.v1.VolumeError 4:detachError:storage.v1.VolumeError
storage.v1.VolumeError 1:time:time 2:message 3:errorCode:int
storage.v1.VolumeNodeResources 1:count:int
`
