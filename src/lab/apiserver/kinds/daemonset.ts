import type { KubeObject } from '../../../kube/index.ts'
import { DAEMONSETS } from '../../../kube/index.ts'
import { fieldsOf, sameJson, setDefaults } from '../fields.ts'
import { kind, type Kind } from './kind.ts'
import { setTemplateDefaults, templateOf, workloadFaults } from './template.ts'

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
    setTemplateDefaults(spec)
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
  validate: (object, old) => workloadFaults(object, old),
})

function annotate(object: KubeObject, generation: number): void {
  const annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) }
  object.metadata.annotations = annotations
}
