import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf, type Fields } from '../fields.ts'
import { simple } from './core.ts'
import {
  AGE,
  NAME,
  ageOf,
  column,
  count,
  integer,
  isTrue,
  nameOf,
  sizeOf,
  spec,
  status,
  text,
  wide,
  type Printer,
} from './printer.ts'

export const PODDISRUPTIONBUDGETS_PRINTER: Printer = simple(
  [
    column('Min Available', 'The minimum number of pods that must be available.'),
    column('Max Unavailable', 'The maximum number of pods that may be unavailable.'),
    integer('Allowed Disruptions', 'Calculated number of pods that may be disrupted at this time.'),
  ],
  (object) => [
    text(spec(object)['minAvailable'], 'N/A'),
    text(spec(object)['maxUnavailable'], 'N/A'),
    count(status(object)['disruptionsAllowed']),
  ],
)

export const HORIZONTALPODAUTOSCALERS_PRINTER: Printer = simple(
  [
    column('Reference', 'scaleTargetRef points to the target resource to scale.'),
    column(
      'Targets',
      'metrics contains the specifications for which to use to calculate the desired replica count.',
    ),
    column(
      'MinPods',
      'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.',
    ),
    column(
      'MaxPods',
      'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up.',
    ),
    column(
      'Replicas',
      'currentReplicas is current number of replicas of pods managed by this autoscaler.',
    ),
  ],
  (object) => {
    const target = fieldsOf(spec(object)['scaleTargetRef'])
    return [
      `${text(target['kind'])}/${text(target['name'])}`,
      targetsOf(object),
      text(spec(object)['minReplicas'], '<unset>'),
      count(spec(object)['maxReplicas']),
      count(status(object)['currentReplicas']),
    ]
  },
)

const MOST_TARGETS = 2

/** `cpu: 10%/80%, memory: <unknown>/90%`; also for the form of autoscaling/v1. */
function targetsOf(object: KubeObject): string {
  const percent = spec(object)['targetCPUUtilizationPercentage']
  if (typeof percent === 'number') {
    const now = status(object)['currentCPUUtilizationPercentage']
    return `cpu: ${typeof now === 'number' ? `${now}%` : '<unknown>'}/${percent}%`
  }
  const metrics = listOf(spec(object)['metrics'])
  const current = listOf(status(object)['currentMetrics'])
  if (metrics.length === 0) return '<none>'
  const shown = metrics.map((metric, index) => targetOf(metric, current[index] ?? {}))
  const more = shown.length - MOST_TARGETS
  const first = shown.slice(0, MOST_TARGETS).join(', ')
  return more > 0 ? `${first} + ${more} more...` : first
}

const SOURCES: Readonly<Record<string, string>> = {
  External: 'external',
  Pods: 'pods',
  Object: 'object',
  Resource: 'resource',
  ContainerResource: 'containerResource',
}

function targetOf(metric: Fields, seen: Fields): string {
  const key = SOURCES[text(metric['type'])]
  if (key === undefined) return '<unknown type>'
  const source = fieldsOf(metric[key])
  const target = fieldsOf(source['target'])
  const current = fieldsOf(fieldsOf(seen[key])['current'])
  const average = `${text(current['averageValue'], '<unknown>')}/${text(target['averageValue'])}`
  if (key === 'resource' || key === 'containerResource') {
    const name = text(source['name'])
    if (target['averageValue'] !== undefined) return `${name}: ${average}`
    const percent = (value: unknown, instead: string): string =>
      typeof value === 'number' ? `${value}%` : instead
    const now = percent(current['averageUtilization'], '<unknown>')
    return `${name}: ${now}/${percent(target['averageUtilization'], '<auto>')}`
  }
  if (key === 'pods') return average
  if (target['averageValue'] !== undefined) return `${average} (avg)`
  return `${text(current['value'], '<unknown>')}/${text(target['value'])}`
}

export const RESOURCEQUOTAS_PRINTER: Printer = simple(
  [
    column(
      'Request',
      'Request represents a minimum amount of cpu/memory that a container may consume.',
    ),
    column(
      'Limit',
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
    ),
  ],
  (object) => {
    const { hard, used } = status(object)
    const all = Object.entries(fieldsOf(hard)).sort(([a], [b]) => (a < b ? -1 : 1))
    const show = (wanted: boolean): string =>
      all
        .filter(([name]) => name.startsWith('limits.') === wanted)
        .map(([name, most]) => `${name}: ${text(fieldsOf(used)[name], '0')}/${text(most)}`)
        .join(', ')
    return [show(false), show(true)]
  },
)

export const PRIORITYCLASSES_PRINTER: Printer = {
  columns: [
    NAME,
    integer('Value', 'value represents the integer value of this priority class.'),
    column(
      'Global-Default',
      'globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class.',
      { type: 'boolean' },
    ),
    AGE,
    column(
      'PreemptionPolicy',
      'preemptionPolicy is the Policy for preempting pods with lower priority.',
    ),
  ],
  cells: (object, now) => [
    nameOf(object),
    count(object['value']),
    object['globalDefault'] === true,
    ageOf(object, now),
    text(object['preemptionPolicy'], '<unset>'),
  ],
}

export const RUNTIMECLASSES_PRINTER: Printer = simple(
  [column('Handler', 'handler specifies the underlying runtime and configuration.')],
  (object) => [text(object['handler'])],
)

export const WEBHOOKS_PRINTER: Printer = simple(
  [
    integer(
      'Webhooks',
      'Webhooks indicates the number of webhooks registered in this configuration',
    ),
  ],
  (object) => [sizeOf(object['webhooks'])],
)

export const APISERVICES_PRINTER: Printer = simple(
  [
    column('Service', 'The reference to the service that hosts this API endpoint.'),
    column('Available', 'Whether this service is available.'),
  ],
  (object) => {
    const { service } = spec(object)
    const where = isFields(service)
      ? `${text(service['namespace'])}/${text(service['name'])}`
      : 'Local'
    return [where, availabilityOf(object)]
  },
)

function availabilityOf(object: KubeObject): string {
  const { conditions } = status(object)
  if (isTrue(conditions, 'Available')) return 'True'
  const found = listOf(conditions).find((one) => one['type'] === 'Available')
  if (found === undefined) return 'Unknown'
  return `${text(found['status'])} (${text(found['reason'])})`
}

/** Roles and bindings of RBAC. */
export const bindingsPrinter = (kind: 'roleBinding' | 'clusterRoleBinding'): Printer => ({
  columns: [
    NAME,
    column(
      'Role',
      'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace.',
    ),
    AGE,
    wide('Users', `Users in the ${kind}`),
    wide('Groups', `Groups in the ${kind}`),
    wide('ServiceAccounts', `ServiceAccounts in the ${kind}`),
  ],
  cells(object, now) {
    const role = fieldsOf(object['roleRef'])
    const subjects = listOf(object['subjects'])
    const named = (of: string): string =>
      subjects
        .filter((one) => one['kind'] === of)
        .map((one) =>
          of === 'ServiceAccount'
            ? `${text(one['namespace'])}/${text(one['name'])}`
            : text(one['name']),
        )
        .join(', ')
    return [
      nameOf(object),
      `${text(role['kind'])}/${text(role['name'])}`,
      ageOf(object, now),
      named('User'),
      named('Group'),
      named('ServiceAccount'),
    ]
  },
})
