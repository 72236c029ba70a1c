import {
  HORIZONTALPODAUTOSCALERS,
  LEASES,
  LIMITRANGES,
  PODDISRUPTIONBUDGETS,
  PRIORITYCLASSES,
  RESOURCEQUOTAS,
  RUNTIMECLASSES,
} from '../../../kube/index.ts'
import { fieldsOf, listOf, setDefaults, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { immutable, invalid, requiredText } from './faults.ts'
import { kind, type Kind } from './kind.ts'
import { specOf } from './template.ts'

const withStatus = { subresources: ['status'], hasStatus: true } as const

export const PODDISRUPTIONBUDGET: Kind = kind(PODDISRUPTIONBUDGETS, {
  ...withStatus,
  hasGeneration: true,
  prepareCreate(object) {
    object['status'] = {
      currentHealthy: 0,
      desiredHealthy: 0,
      disruptionsAllowed: 0,
      expectedPods: 0,
    }
  },
  validate(object) {
    const spec = specOf(object)
    if (spec['minAvailable'] === undefined || spec['maxUnavailable'] === undefined) return []
    const why = 'minAvailable and maxUnavailable cannot be both set'
    return [invalid('spec', spec, why)]
  },
})

const CPU_AT_80_PERCENT = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
}

export const HORIZONTALPODAUTOSCALER: Kind = kind(HORIZONTALPODAUTOSCALERS, {
  ...withStatus,
  categories: ['all'],
  setDefaults(object) {
    const spec = specOf(object)
    setDefaults(spec, { minReplicas: 1 })
    if (listOf(spec['metrics']).length === 0) spec['metrics'] = [CPU_AT_80_PERCENT]
    for (const direction of ['scaleUp', 'scaleDown'] as const) setScalingDefaults(spec, direction)
  },
  prepareCreate(object) {
    object['status'] = { desiredReplicas: 0, currentMetrics: null }
  },
  validate(object) {
    const spec = specOf(object)
    const max = Number(spec['maxReplicas'] ?? 0)
    const target = fieldsOf(spec['scaleTargetRef'])
    const tooFew = invalid('spec.maxReplicas', max, 'must be greater than 0')
    const belowMin = invalid(
      'spec.maxReplicas',
      max,
      'must be greater than or equal to `minReplicas`',
    )
    return [
      ...requiredText(target, 'kind', 'spec.scaleTargetRef'),
      ...requiredText(target, 'name', 'spec.scaleTargetRef'),
      ...(max > 0 ? [] : [tooFew]),
      ...(max < Number(spec['minReplicas'] ?? 1) ? [belowMin] : []),
    ]
  },
})

const POLICIES = {
  scaleUp: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
  scaleDown: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
} as const

/** `behavior` is filled in only where a part of it was given. */
function setScalingDefaults(spec: Fields, direction: 'scaleUp' | 'scaleDown'): void {
  const behavior = spec['behavior']
  if (behavior === undefined) return
  setDefaults(fieldsOf(behavior), { [direction]: {} })
  const rules = fieldsOf(fieldsOf(behavior)[direction])
  setDefaults(rules, { selectPolicy: 'Max', policies: structuredClone(POLICIES[direction]) })
  if (direction === 'scaleUp') setDefaults(rules, { stabilizationWindowSeconds: 0 })
}

/** Quotas and ranges are kept, and enforce nothing. */
export const RESOURCEQUOTA: Kind = kind(RESOURCEQUOTAS, {
  ...withStatus,
  returnsDeleted: true,
  prepareCreate(object) {
    object['status'] = {}
  },
})
export const LIMITRANGE: Kind = kind(LIMITRANGES)

export const PRIORITYCLASS: Kind = kind(PRIORITYCLASSES, {
  hasGeneration: true,
  setDefaults(object) {
    setDefaults(object, { value: 0, preemptionPolicy: 'PreemptLowerPriority' })
  },
  validate: (object, old): FieldFault[] =>
    old ? immutable(object['value'], old['value'], 'value') : [],
})

export const LEASE: Kind = kind(LEASES)
export const RUNTIMECLASS: Kind = kind(RUNTIMECLASSES)
