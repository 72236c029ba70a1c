import type { Resource } from '../../../kube/index.ts'

/**
 * What Go writes for an object with nothing in it: the parts that are neither pointers nor left out when they are
 * empty. A new object is compared with this, so that nobody owns `spec` itself, while `rollingUpdate` is owned.
 * Source: the types of k8s.io/api 1.36.
 */
const TEMPLATE = { metadata: {}, spec: { containers: null } }
const POD_TEMPLATE_OWNER = { selector: null, template: TEMPLATE }

const ZERO: Readonly<Record<string, object>> = {
  CronJob: { spec: { schedule: '', jobTemplate: { metadata: {}, spec: { template: TEMPLATE } } } },
  DaemonSet: { spec: { ...POD_TEMPLATE_OWNER, updateStrategy: {} } },
  Deployment: { spec: { ...POD_TEMPLATE_OWNER, strategy: {} } },
  EndpointSlice: { addressType: '', endpoints: null, ports: null },
  Event: {
    involvedObject: {},
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    reportingComponent: '',
    reportingInstance: '',
  },
  HorizontalPodAutoscaler: { spec: { scaleTargetRef: { kind: '', name: '' }, maxReplicas: 0 } },
  Ingress: { spec: {} },
  Job: { spec: { template: TEMPLATE } },
  Lease: { spec: {} },
  Namespace: { spec: {} },
  NetworkPolicy: { spec: { podSelector: {} } },
  Node: { spec: {} },
  PersistentVolume: { spec: {} },
  PersistentVolumeClaim: { spec: { resources: {} } },
  Pod: { spec: { containers: null } },
  PodDisruptionBudget: { spec: {} },
  PodTemplate: { template: TEMPLATE },
  ReplicaSet: { spec: { selector: null, template: TEMPLATE } },
  ReplicationController: { spec: {} },
  ResourceQuota: { spec: {} },
  Role: { rules: null },
  ClusterRole: { rules: null },
  RoleBinding: { roleRef: { apiGroup: '', kind: '', name: '' } },
  ClusterRoleBinding: { roleRef: { apiGroup: '', kind: '', name: '' } },
  Service: { spec: {} },
  StatefulSet: { spec: { ...POD_TEMPLATE_OWNER, serviceName: '', updateStrategy: {} } },
  StorageClass: { provisioner: '' },
}

/** A kind's object with nothing in it. */
export const zeroObject = ({ kind }: Pick<Resource, 'kind'>): Record<string, unknown> => ({
  metadata: {},
  ...structuredClone(ZERO[kind] ?? {}),
})
