import {
  HORIZONTALPODAUTOSCALERS,
  HORIZONTALPODAUTOSCALERSV1,
  type KubeObject,
} from '../../../kube/index.ts'
import { fieldsOf, listOf, setDefaults, without, type Fields } from '../fields.ts'
import { kind, type Kind } from './kind.ts'
import { HORIZONTALPODAUTOSCALER } from './policy.ts'

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics'

const isCpu = (metric: Fields): boolean =>
  metric['type'] === 'Resource' &&
  fieldsOf(metric['resource'])['name'] === 'cpu' &&
  fieldsOf(fieldsOf(metric['resource'])['target'])['averageUtilization'] !== undefined

/** `targetCPUUtilizationPercentage` is all that v1 knows; other metrics are in an annotation. */
function toV1(object: KubeObject): KubeObject {
  const spec = fieldsOf(object['spec'])
  const metrics = listOf(spec['metrics'])
  const cpu = fieldsOf(fieldsOf(metrics.find(isCpu)?.['resource'])['target'])['averageUtilization']
  const others = metrics.filter((metric) => !isCpu(metric))
  const status = fieldsOf(object['status'])
  const used = listOf(status['currentMetrics']).find((one) => one['type'] === 'Resource')
  const current = fieldsOf(fieldsOf(used?.['resource'])['current'])['averageUtilization']
  const annotations = {
    ...object.metadata.annotations,
    ...(others.length > 0 ? { [METRICS]: JSON.stringify(others) } : {}),
  }
  const hasAnnotations = Object.keys(annotations).length > 0
  return {
    ...without(object, 'spec', 'status'),
    apiVersion: 'autoscaling/v1',
    metadata: { ...object.metadata, ...(hasAnnotations ? { annotations } : {}) },
    spec: {
      ...without(spec, 'metrics', 'behavior'),
      ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }),
    },
    status: {
      currentReplicas: 0,
      ...without(status, 'currentMetrics', 'conditions'),
      ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
    },
  }
}

function fromV1(object: KubeObject): KubeObject {
  const spec = fieldsOf(object['spec'])
  const percent = spec['targetCPUUtilizationPercentage']
  const target = { type: 'Utilization', averageUtilization: percent }
  const cpu = { type: 'Resource', resource: { name: 'cpu', target } }
  const kept = object.metadata.annotations?.[METRICS]
  const others = kept === undefined ? [] : readMetrics(kept)
  const status = without(fieldsOf(object['status']), 'currentCPUUtilizationPercentage')
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: {
      ...object.metadata,
      ...(kept === undefined
        ? {}
        : { annotations: without(object.metadata.annotations ?? {}, METRICS) }),
    },
    spec: {
      ...without(spec, 'targetCPUUtilizationPercentage'),
      metrics: [...(percent === undefined ? [] : [cpu]), ...others],
    },
    status: { currentMetrics: null, desiredReplicas: 0, ...status },
  }
}

function readMetrics(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

export const HORIZONTALPODAUTOSCALER_V1: Kind = kind(HORIZONTALPODAUTOSCALERSV1, {
  subresources: ['status'],
  hasStatus: true,
  categories: ['all'],
  setDefaults(object) {
    const spec = fieldsOf(object['spec'])
    setDefaults(spec, { minReplicas: 1 })
    const hasMetrics = object.metadata.annotations?.[METRICS] !== undefined
    if (!hasMetrics) setDefaults(spec, { targetCPUUtilizationPercentage: 80 })
  },
  prepareCreate(object) {
    object['status'] = { currentReplicas: 0, desiredReplicas: 0 }
  },
  validate: (object) => HORIZONTALPODAUTOSCALER.validate(object),
  storedAs: { resource: HORIZONTALPODAUTOSCALERS, toStored: fromV1, fromStored: toV1 },
})
