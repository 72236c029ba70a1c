import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, listOf } from '../fields.ts'
import { since } from './human-duration.ts'
import {
  AGE,
  NAME,
  ageOf,
  column,
  count,
  firstText,
  nameOf,
  sizeOf,
  spec,
  status,
  text,
  wide,
  type Cell,
  type Column,
  type Printer,
} from './printer.ts'

/** Name, what is between, and age: most kinds are shown so. */
export function simple(
  columns: readonly Column[],
  between: (object: KubeObject) => Cell[],
): Printer {
  return {
    columns: [NAME, ...columns, AGE],
    cells: (object, now) => [nameOf(object), ...between(object), ageOf(object, now)],
  }
}

/** Kinds for which Kubernetes has no columns of their own. */
export const DEFAULT_PRINTER: Printer = {
  columns: [NAME, column('Created At', AGE.description, { type: 'date' })],
  cells: (object) => [nameOf(object), object.metadata.creationTimestamp ?? null],
}

export const NAMESPACES_PRINTER: Printer = simple(
  [column('Status', 'The status of the namespace')],
  (object) => [text(status(object)['phase'])],
)

export const SECRETS_PRINTER: Printer = simple(
  [
    column('Type', 'Used to facilitate programmatic handling of secret data.'),
    column('Data', 'Data contains the secret data.'),
  ],
  (object) => [text(object['type']), sizeOf(object['data'])],
)

export const CONFIGMAPS_PRINTER: Printer = simple(
  [column('Data', 'Data contains the configuration data.')],
  (object) => [sizeOf(object['data']) + sizeOf(object['binaryData'])],
)

export const SERVICEACCOUNTS_PRINTER: Printer = simple(
  [
    column(
      'Secrets',
      'Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use.',
    ),
  ],
  (object) => [sizeOf(object['secrets'])],
)

export const NODES_PRINTER: Printer = {
  columns: [
    NAME,
    column('Status', 'The status of the node'),
    column('Roles', 'The roles of the node'),
    AGE,
    column('Version', 'Kubelet Version reported by the node.'),
    wide('Internal-IP', 'List of addresses reachable to the node.'),
    wide('External-IP', 'List of addresses reachable to the node.'),
    wide(
      'OS-Image',
      'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).',
    ),
    wide(
      'Kernel-Version',
      "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
    ),
    wide(
      'Container-Runtime',
      'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
    ),
  ],
  cells(node, now) {
    const info = fieldsOf(status(node)['nodeInfo'])
    const address = (type: string): string =>
      text(
        listOf(status(node)['addresses']).find((one) => one['type'] === type)?.['address'],
        '<none>',
      )
    return [
      nameOf(node),
      nodeStatus(node),
      rolesOf(node),
      ageOf(node, now),
      text(info['kubeletVersion']),
      address('InternalIP'),
      address('ExternalIP'),
      text(info['osImage'], '<unknown>'),
      text(info['kernelVersion'], '<unknown>'),
      text(info['containerRuntimeVersion'], '<unknown>'),
    ]
  },
}

function nodeStatus(node: KubeObject): string {
  const ready = listOf(status(node)['conditions']).find((one) => one['type'] === 'Ready')
  const said = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'
  return spec(node)['unschedulable'] === true ? `${said},SchedulingDisabled` : said
}

const ROLE_PREFIX = 'node-role.kubernetes.io/'

function rolesOf(node: KubeObject): string {
  const labels = Object.entries(node.metadata.labels ?? {})
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)]
    return key === 'kubernetes.io/role' ? [value] : []
  })
  return [...new Set(roles.filter((role) => role !== ''))].sort().join(',') || '<none>'
}

export const EVENTS_PRINTER: Printer = {
  columns: [
    column('Last Seen', 'The time at which the most recent occurrence of this event was recorded.'),
    column('Type', 'Type of this event (Normal, Warning), new types could be added in the future'),
    column(
      'Reason',
      "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
    ),
    column('Object', 'The object that this event is about.'),
    wide(
      'Subobject',
      'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2].',
    ),
    wide(
      'Source',
      'The component reporting this event. Should be a short machine understandable string.',
    ),
    column('Message', 'A human-readable description of the status of this operation.'),
    wide(
      'First Seen',
      'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
    ),
    wide('Count', 'The number of times this event has occurred.'),
    { ...NAME, priority: 1 },
  ],
  cells(event, now) {
    const about = fieldsOf(event['involvedObject'] ?? event['regarding'])
    const series = event['series']
    const first = since(
      event['firstTimestamp'] ?? event['deprecatedFirstTimestamp'] ?? event['eventTime'],
      now,
    )
    const last = event['lastTimestamp'] ?? event['deprecatedLastTimestamp']
    const times = count(event['count'] ?? event['deprecatedCount'])
    const kind = text(about['kind']).toLowerCase()
    return [
      isSeries(series) ? since(series['lastObservedTime'], now) : last ? since(last, now) : first,
      text(event['type']),
      text(event['reason']),
      text(about['name']) === '' ? kind : `${kind}/${text(about['name'])}`,
      text(about['fieldPath']),
      sourceOf(event),
      text(event['message'] ?? event['note']).trim(),
      first,
      isSeries(series) ? count(series['count']) : times || 1,
      nameOf(event),
    ]
  },
}

const isSeries = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function sourceOf(event: KubeObject): string {
  const source = fieldsOf(event['source'] ?? event['deprecatedSource'])
  const controller = event['reportingComponent'] ?? event['reportingController']
  const host = firstText(source['host'], event['reportingInstance'])
  const component = firstText(source['component'], controller)
  return host === '' ? component : `${component}, ${host}`
}
