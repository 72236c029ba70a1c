import { CRONJOBS, JOBS, type KubeObject } from '../../../kube/index.ts'
import { fieldsOf, isFields, setDefaults, textOf, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { immutable, invalid, notNegative, oneOf, required, requiredText } from './faults.ts'
import { kind, type Kind } from './kind.ts'
import { podSpecFaults } from './pod-spec.ts'
import { setTemplateDefaults, specOf, templateOf } from './template.ts'

const UID_LABEL = 'batch.kubernetes.io/controller-uid'

/** A job selects its pods by its own uid, unless it chose a selector itself (pkg/registry/batch/job). */
export const JOB: Kind = kind(JOBS, {
  subresources: ['status'],
  hasStatus: true,
  hasGeneration: true,
  categories: ['all'],
  setDefaults(object) {
    const spec = specOf(object)
    if (spec['completions'] === undefined && spec['parallelism'] === undefined) {
      setDefaults(spec, { completions: 1 })
    }
    setDefaults(spec, {
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: isFields(spec['podFailurePolicy']) ? 'Failed' : 'TerminatingOrFailed',
    })
    setTemplateDefaults(spec)
  },
  prepareCreate(object) {
    const spec = specOf(object)
    object['status'] = {}
    if (spec['manualSelector'] !== true) selectByUid(object)
    const { labels } = fieldsOf(templateOf(object)['metadata'])
    if (object.metadata.labels === undefined && isFields(labels)) {
      object.metadata.labels = { ...(labels as Record<string, string>) }
    }
  },
  validate: (object, old) => [
    ...jobFaults(specOf(object), 'spec'),
    ...(old ? jobChangeFaults(object, old) : []),
  ],
})

function selectByUid(object: KubeObject): void {
  const { uid = '', name = '' } = object.metadata
  const metadata = fieldsOf(templateOf(object)['metadata'])
  metadata['labels'] = {
    ...fieldsOf(metadata['labels']),
    [UID_LABEL]: uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  }
  setDefaults(specOf(object), { selector: {} })
  const selector = fieldsOf(specOf(object)['selector'])
  selector['matchLabels'] = { ...fieldsOf(selector['matchLabels']), [UID_LABEL]: uid }
}

function jobFaults(spec: Fields, path: string): FieldFault[] {
  const pod = fieldsOf(fieldsOf(spec['template'])['spec'])
  const counts = ['parallelism', 'completions', 'backoffLimit', 'activeDeadlineSeconds']
  const policy = pod['restartPolicy']
  return [
    ...counts.flatMap((key) => notNegative(spec, key, path)),
    ...podSpecFaults(pod, `${path}.template.spec`),
    ...(policy === 'Always' || policy === undefined
      ? [required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')]
      : []),
  ]
}

function jobChangeFaults(object: KubeObject, old: KubeObject): FieldFault[] {
  const fixed = ['completions', 'selector', 'template', 'completionMode'] as const
  const isSuspended = specOf(old)['suspend'] === true
  return fixed
    .filter((key) => key !== 'template' || !isSuspended)
    .flatMap((key) => immutable(specOf(object)[key], specOf(old)[key], `spec.${key}`))
}

const POLICIES = ['Allow', 'Forbid', 'Replace']

export const CRONJOB: Kind = kind(CRONJOBS, {
  subresources: ['status'],
  hasStatus: true,
  hasGeneration: true,
  categories: ['all'],
  setDefaults(object) {
    const spec = specOf(object)
    setDefaults(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    })
    const template = fieldsOf(spec['jobTemplate'])
    setDefaults(template, { metadata: {} })
    setTemplateDefaults(fieldsOf(template['spec']))
  },
  prepareCreate(object) {
    object['status'] = {}
  },
  validate(object) {
    const spec = specOf(object)
    const name = object.metadata.name ?? ''
    const tooLong = invalid('metadata.name', name, 'must be no more than 52 characters')
    return [
      ...(name.length > 52 ? [tooLong] : []),
      ...scheduleFaults(spec),
      ...oneOf(spec, 'concurrencyPolicy', 'spec', POLICIES),
      ...jobFaults(fieldsOf(fieldsOf(spec['jobTemplate'])['spec']), 'spec.jobTemplate.spec'),
    ]
  },
})

/** Five fields, or a descriptor like `@hourly`, in the words of the parser that Kubernetes uses (robfig/cron). */
function scheduleFaults(spec: Fields): FieldFault[] {
  const missing = requiredText(spec, 'schedule', 'spec')
  const schedule = textOf(spec['schedule']) ?? ''
  if (missing.length > 0) return missing
  if (schedule.startsWith('@')) return []
  const parts = schedule.trim().split(/\s+/)
  if (parts.length === 5) return []
  const why = `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`
  return [invalid('spec.schedule', schedule, why)]
}
