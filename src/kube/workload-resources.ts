import { resource, type Resource } from './define-resource.ts'

/** What runs pods, and what says how many. */
export const DEPLOYMENTS: Resource = resource('apps/v1', 'Deployment', 'deployments', true, [
  'deploy',
])
export const REPLICASETS: Resource = resource('apps/v1', 'ReplicaSet', 'replicasets', true, ['rs'])
export const STATEFULSETS: Resource = resource('apps/v1', 'StatefulSet', 'statefulsets', true, [
  'sts',
])
export const CONTROLLERREVISIONS: Resource = resource(
  'apps/v1',
  'ControllerRevision',
  'controllerrevisions',
  true,
)
export const JOBS: Resource = resource('batch/v1', 'Job', 'jobs', true)
export const CRONJOBS: Resource = resource('batch/v1', 'CronJob', 'cronjobs', true, ['cj'])
export const HORIZONTALPODAUTOSCALERS: Resource = resource(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
  true,
  ['hpa'],
)
export const PODDISRUPTIONBUDGETS: Resource = resource(
  'policy/v1',
  'PodDisruptionBudget',
  'poddisruptionbudgets',
  true,
  ['pdb'],
)
export const REPLICATIONCONTROLLERS: Resource = resource(
  'v1',
  'ReplicationController',
  'replicationcontrollers',
  true,
  ['rc'],
)
export const PODTEMPLATES: Resource = resource('v1', 'PodTemplate', 'podtemplates', true)
