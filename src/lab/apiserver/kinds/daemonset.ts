import type { KubeObject } from '../../../kube/index.ts'
import { DAEMONSETS } from '../../../kube/index.ts'
import { fieldsOf, isFields, sameJson, setDefaults, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { kind, type Kind } from './kind.ts'
import { podSpecFaults, setPodSpecDefaults } from './pod.ts'

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

export const DAEMONSET: Kind = kind(DAEMONSETS, {
  subresources: ['status'],
  hasStatus: true,
  hasGeneration: true,
  categories: ['all'],
  setDefaults(object) {
    const spec = fieldsOf(object['spec'])
    setDefaults(spec, { updateStrategy: {}, revisionHistoryLimit: 10 })
    const strategy = fieldsOf(spec['updateStrategy'])
    setDefaults(strategy, { type: 'RollingUpdate' })
    if (strategy['type'] === 'RollingUpdate') {
      setDefaults(strategy, { rollingUpdate: {} })
      setDefaults(fieldsOf(strategy['rollingUpdate']), { maxUnavailable: 1, maxSurge: 0 })
    }
    const template = fieldsOf(spec['template'])
    setDefaults(template, { metadata: {} })
    setPodSpecDefaults(fieldsOf(template['spec']))
  },
  prepareCreate(object) {
    object['status'] = {
      currentNumberScheduled: 0,
      desiredNumberScheduled: 0,
      numberMisscheduled: 0,
      numberReady: 0,
    }
    annotate(object, 1)
  },
  prepareUpdate(object, old) {
    const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1)
    const changed = !sameJson(templateOf(object), templateOf(old))
    annotate(object, changed ? before + 1 : before)
  },
  validate: (object, old) => [...selectorFaults(object, old), ...templateFaults(object)],
})

const templateOf = (object: KubeObject): Fields => fieldsOf(fieldsOf(object['spec'])['template'])

function annotate(object: KubeObject, generation: number): void {
  const annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) }
  object.metadata.annotations = annotations
}

function templateFaults(object: KubeObject): FieldFault[] {
  const template = templateOf(object)
  const selector = fieldsOf(fieldsOf(object['spec'])['selector'])
  const labels = fieldsOf(fieldsOf(template['metadata'])['labels'])
  const wanted = Object.entries(fieldsOf(selector['matchLabels']))
  const matches = wanted.every(([key, value]) => labels[key] === value)
  const mismatch: FieldFault = {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
    field: 'spec.template.metadata.labels',
  }
  return [
    ...(matches ? [] : [mismatch]),
    ...podSpecFaults(fieldsOf(template['spec']), 'spec.template.spec'),
  ]
}

function selectorFaults(object: KubeObject, old: KubeObject | undefined): FieldFault[] {
  const selector = fieldsOf(object['spec'])['selector']
  if (!isFields(selector)) {
    return [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' }]
  }
  if (old === undefined || sameJson(selector, fieldsOf(old['spec'])['selector'])) return []
  const message = `Invalid value: ${JSON.stringify(selector)}: field is immutable`
  return [{ reason: 'FieldValueInvalid', message, field: 'spec.selector' }]
}
