/** Objects that run pods or point at them, as far as the lab's controllers read or write them (1.36). */
import type { KubeObject, LabelSelector, PodSpec, PodTemplateSpec } from './objects.ts'

/** A condition of a workload's status. */
export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  lastUpdateTime?: string
  lastProbeTime?: string | null
  lastTransitionTime?: string
  reason?: string
  message?: string
}

export interface ReplicaSet extends KubeObject {
  spec: {
    replicas?: number
    minReadySeconds?: number
    selector: LabelSelector
    template: PodTemplateSpec
  }
  status?: {
    replicas: number
    fullyLabeledReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    observedGeneration?: number
    conditions?: Condition[]
  }
}

export interface Deployment extends KubeObject {
  spec: {
    replicas?: number
    selector: LabelSelector
    template: PodTemplateSpec
    strategy?: {
      type?: 'RollingUpdate' | 'Recreate'
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string }
    }
    minReadySeconds?: number
    revisionHistoryLimit?: number
    progressDeadlineSeconds?: number
    paused?: boolean
  }
  status?: {
    observedGeneration?: number
    replicas?: number
    updatedReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    unavailableReplicas?: number
    collisionCount?: number
    conditions?: Condition[]
  }
}

export interface ControllerRevision extends KubeObject {
  data?: Record<string, unknown>
  revision: number
}

export interface PersistentVolumeClaim extends KubeObject {
  spec: Record<string, unknown>
  status?: Record<string, unknown>
}

export interface StatefulSet extends KubeObject {
  spec: {
    replicas?: number
    selector: LabelSelector
    serviceName?: string
    template: PodTemplateSpec
    volumeClaimTemplates?: PersistentVolumeClaim[]
    podManagementPolicy?: 'OrderedReady' | 'Parallel'
    updateStrategy?: {
      type?: 'RollingUpdate' | 'OnDelete'
      rollingUpdate?: { partition?: number; maxUnavailable?: number | string }
    }
    revisionHistoryLimit?: number
    minReadySeconds?: number
    ordinals?: { start?: number }
    persistentVolumeClaimRetentionPolicy?: {
      whenDeleted?: 'Retain' | 'Delete'
      whenScaled?: 'Retain' | 'Delete'
    }
  }
  status?: {
    observedGeneration?: number
    replicas: number
    readyReplicas?: number
    currentReplicas?: number
    updatedReplicas?: number
    availableReplicas?: number
    currentRevision?: string
    updateRevision?: string
    collisionCount?: number
    conditions?: Condition[]
  }
}

export interface JobSpec {
  parallelism?: number
  completions?: number
  completionMode?: 'NonIndexed' | 'Indexed'
  backoffLimit?: number
  activeDeadlineSeconds?: number
  ttlSecondsAfterFinished?: number
  suspend?: boolean
  selector?: LabelSelector
  manualSelector?: boolean
  podReplacementPolicy?: string
  backoffLimitPerIndex?: number
  maxFailedIndexes?: number
  /** Somebody else's controller works on it. */
  managedBy?: string
  podFailurePolicy?: {
    rules?: {
      action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count'
      onExitCodes?: { containerName?: string; operator: 'In' | 'NotIn'; values: number[] }
      onPodConditions?: { type: string; status?: string }[]
    }[]
  }
  successPolicy?: { rules?: { succeededIndexes?: string; succeededCount?: number }[] }
  template: PodTemplateSpec
}

export interface JobStatus {
  conditions?: Condition[]
  startTime?: string
  completionTime?: string
  active?: number
  succeeded?: number
  failed?: number
  ready?: number
  terminating?: number
  completedIndexes?: string
  failedIndexes?: string
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] }
}

export interface Job extends KubeObject {
  spec: JobSpec
  status?: JobStatus
}

export interface CronJob extends KubeObject {
  spec: {
    schedule: string
    timeZone?: string
    startingDeadlineSeconds?: number
    concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace'
    suspend?: boolean
    successfulJobsHistoryLimit?: number
    failedJobsHistoryLimit?: number
    jobTemplate: { metadata?: KubeObject['metadata']; spec: JobSpec }
  }
  status?: {
    active?: {
      kind: string
      namespace: string
      name: string
      uid: string
      apiVersion: string
      resourceVersion?: string
    }[]
    lastScheduleTime?: string
    lastSuccessfulTime?: string
  }
}

export interface ServicePort {
  name?: string
  protocol?: string
  appProtocol?: string
  port: number
  targetPort?: number | string
  nodePort?: number
}

export interface Service extends KubeObject {
  spec: {
    type?: string
    clusterIP?: string
    clusterIPs?: string[]
    selector?: Record<string, string>
    ports?: ServicePort[]
    publishNotReadyAddresses?: boolean
    ipFamilies?: string[]
  }
}

export interface TargetReference {
  kind: string
  namespace?: string
  name: string
  uid?: string
}

export interface EndpointAddress {
  ip: string
  hostname?: string
  nodeName?: string
  targetRef?: TargetReference
}

export interface EndpointPort {
  name?: string
  port?: number
  protocol?: string
  appProtocol?: string
}

export interface Endpoints extends KubeObject {
  subsets?: {
    addresses?: EndpointAddress[]
    notReadyAddresses?: EndpointAddress[]
    ports?: EndpointPort[]
  }[]
}

export interface Endpoint {
  addresses: string[]
  conditions: { ready?: boolean; serving?: boolean; terminating?: boolean }
  hostname?: string
  nodeName?: string
  targetRef?: TargetReference
}

export interface EndpointSlice extends KubeObject {
  addressType: string
  endpoints: Endpoint[]
  ports?: EndpointPort[]
}

export interface MetricSource {
  type: string
  resource?: {
    name: string
    target: { type: string; averageUtilization?: number; averageValue?: string }
  }
  containerResource?: NonNullable<MetricSource['resource']> & { container: string }
}

/** How fast an autoscaler may go in one direction. */
export interface ScalingRules {
  stabilizationWindowSeconds?: number
  selectPolicy?: string
  policies?: { type: string; value: number; periodSeconds: number }[]
}

export interface HorizontalPodAutoscaler extends KubeObject {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string }
    minReplicas?: number
    maxReplicas: number
    metrics?: MetricSource[]
    behavior?: {
      scaleDown?: ScalingRules
      scaleUp?: ScalingRules
    }
  }
  status?: {
    observedGeneration?: number
    lastScaleTime?: string
    currentReplicas?: number
    desiredReplicas: number
    currentMetrics?: Record<string, unknown>[] | null
    conditions?: Condition[]
  }
}

/** A pod's spec with what only controllers and the scheduler read. */
export type SchedulablePodSpec = PodSpec & {
  overhead?: Record<string, string>
  activeDeadlineSeconds?: number
  schedulingGates?: { name: string }[]
}
