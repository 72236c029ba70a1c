import { resource, type Resource } from './define-resource.ts'

/** What pods use: network, storage, leases; and what extends the API. */
export const ENDPOINTS: Resource = resource('v1', 'Endpoints', 'endpoints', true, ['ep'])
export const PERSISTENTVOLUMECLAIMS: Resource = resource(
  'v1',
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
  true,
  ['pvc'],
)
export const PERSISTENTVOLUMES: Resource = resource(
  'v1',
  'PersistentVolume',
  'persistentvolumes',
  false,
  ['pv'],
)
export const RESOURCEQUOTAS: Resource = resource('v1', 'ResourceQuota', 'resourcequotas', true, [
  'quota',
])
export const LIMITRANGES: Resource = resource('v1', 'LimitRange', 'limitranges', true, ['limits'])
export const ENDPOINTSLICES: Resource = resource(
  'discovery.k8s.io/v1',
  'EndpointSlice',
  'endpointslices',
  true,
)
export const LEASES: Resource = resource('coordination.k8s.io/v1', 'Lease', 'leases', true)
export const NETWORKPOLICIES: Resource = resource(
  'networking.k8s.io/v1',
  'NetworkPolicy',
  'networkpolicies',
  true,
  ['netpol'],
)
export const INGRESSES: Resource = resource('networking.k8s.io/v1', 'Ingress', 'ingresses', true, [
  'ing',
])
export const INGRESSCLASSES: Resource = resource(
  'networking.k8s.io/v1',
  'IngressClass',
  'ingressclasses',
  false,
)
export const STORAGECLASSES: Resource = resource(
  'storage.k8s.io/v1',
  'StorageClass',
  'storageclasses',
  false,
  ['sc'],
)
export const CSINODES: Resource = resource('storage.k8s.io/v1', 'CSINode', 'csinodes', false)
export const CSIDRIVERS: Resource = resource('storage.k8s.io/v1', 'CSIDriver', 'csidrivers', false)
export const VOLUMEATTACHMENTS: Resource = resource(
  'storage.k8s.io/v1',
  'VolumeAttachment',
  'volumeattachments',
  false,
)
export const PRIORITYCLASSES: Resource = resource(
  'scheduling.k8s.io/v1',
  'PriorityClass',
  'priorityclasses',
  false,
  ['pc'],
)
export const RUNTIMECLASSES: Resource = resource(
  'node.k8s.io/v1',
  'RuntimeClass',
  'runtimeclasses',
  false,
)
export const CUSTOMRESOURCEDEFINITIONS: Resource = resource(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
  ['crd', 'crds'],
)
export const APISERVICES: Resource = resource(
  'apiregistration.k8s.io/v1',
  'APIService',
  'apiservices',
  false,
)
export const MUTATINGWEBHOOKCONFIGURATIONS: Resource = resource(
  'admissionregistration.k8s.io/v1',
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
  false,
)
export const VALIDATINGWEBHOOKCONFIGURATIONS: Resource = resource(
  'admissionregistration.k8s.io/v1',
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  false,
)

/** The newer form of an event: the same objects as EVENTS, under other names of fields. */
export const EVENTSV1: Resource = resource('events.k8s.io/v1', 'Event', 'events', true, ['ev'])
export const HORIZONTALPODAUTOSCALERSV1: Resource = resource(
  'autoscaling/v1',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
  true,
  ['hpa'],
)
