import type { KubeObject, LabelRequirement } from '../../../kube/index.ts'
import { fromLabelSelector, matchesLabels } from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf, setDefaults, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { forbidden, immutable, invalid, required, unsupported } from './faults.ts'
import { podSpecFaults, setPodSpecDefaults } from './pod-spec.ts'

/** What workloads have in common: a pod template, and a selector that must match it. */

export const specOf = (object: KubeObject): Fields => fieldsOf(object['spec'])

export const templateOf = (object: KubeObject): Fields => fieldsOf(specOf(object)['template'])

/** The defaults of `spec.template`. */
export function setTemplateDefaults(spec: Fields): void {
  const template = fieldsOf(spec['template'])
  setDefaults(template, { metadata: {} })
  if (isFields(template['spec'])) setPodSpecDefaults(template['spec'])
}

/** The faults of a selector, of the template's labels, and of its pod. The selector never changes. */
export function workloadFaults(
  object: KubeObject,
  old: KubeObject | undefined,
  restartPolicy: 'Always' | 'any' = 'Always',
): FieldFault[] {
  const selector = specOf(object)['selector']
  return [
    ...selectorFaults(selector, (object.kind ?? '').toLowerCase()),
    ...templateFaults(object, selector, restartPolicy),
    ...(old ? immutable(selector, specOf(old)['selector'], 'spec.selector') : []),
  ]
}

function selectorFaults(selector: unknown, kind: string): FieldFault[] {
  if (!isFields(selector)) return [required('spec.selector')]
  if ((conditionsOf(selector) ?? [1]).length > 0) return []
  return [invalid('spec.selector', selector, `empty selector is invalid for ${kind}`)]
}

/** The conditions of a selector; undefined when it cannot be read. */
function conditionsOf(selector: unknown): readonly LabelRequirement[] | undefined {
  const parsed = fromLabelSelector(fieldsOf(selector))
  return parsed.ok ? parsed.requirements : undefined
}

function ephemeralFaults(spec: Fields): FieldFault[] {
  const why = 'ephemeral containers not allowed in pod template'
  const hasThem = listOf(spec['ephemeralContainers']).length > 0
  return hasThem ? [forbidden('spec.template.spec.ephemeralContainers', why)] : []
}

function templateFaults(
  object: KubeObject,
  selector: unknown,
  restartPolicy: 'Always' | 'any',
): FieldFault[] {
  const template = templateOf(object)
  const labels = fieldsOf(fieldsOf(template['metadata'])['labels']) as Record<string, string>
  const conditions = conditionsOf(selector)
  const matches = !isFields(selector) || (conditions && matchesLabels(conditions, labels))
  const mismatch = invalid(
    'spec.template.metadata.labels',
    labels,
    '`selector` does not match template `labels`',
  )
  const spec = fieldsOf(template['spec'])
  const policy = spec['restartPolicy']
  const wrongPolicy =
    restartPolicy === 'Always' && isFields(template['spec']) && policy !== 'Always'
  return [
    ...(matches ? [] : [mismatch]),
    ...podSpecFaults(withClaims(spec, specOf(object)), 'spec.template.spec'),
    ...ephemeralFaults(spec),
    ...(wrongPolicy ? [unsupported('spec.template.spec.restartPolicy', policy, ['Always'])] : []),
  ]
}

/** The pod with the volumes that a StatefulSet's claims become: its containers may mount them. */
function withClaims(pod: Fields, workload: Fields): Fields {
  const volumes = listOf(pod['volumes'])
  const claims = listOf(workload['volumeClaimTemplates'])
    .map((claim) => ({ name: fieldsOf(claim['metadata'])['name'] }))
    .filter(({ name }) => name !== undefined && !volumes.some((each) => each['name'] === name))
  return claims.length === 0 ? pod : { ...pod, volumes: [...volumes, ...claims] }
}
