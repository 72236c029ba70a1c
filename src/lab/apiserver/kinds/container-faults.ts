import { parseQuantity } from '../../../kube/index.ts'
import { fieldsOf, listOf, textOf, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { forbidden, invalid, required, unsupported } from './faults.ts'

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc']
const MAX_PORT = 65_535

/** What is wrong inside of one container, its name, image and mounts apart (pkg/apis/core/validation). */
export function containerFieldFaults(container: Fields, path: string): FieldFault[] {
  const policy = container['imagePullPolicy']
  return [
    ...(policy === undefined || PULL_POLICIES.some((each) => each === policy)
      ? []
      : [unsupported(`${path}.imagePullPolicy`, policy, PULL_POLICIES)]),
    ...listOf(container['ports']).flatMap((port, at) =>
      portFaults(port['containerPort'], `${path}.ports[${at}].containerPort`),
    ),
    ...listOf(container['env']).flatMap((variable, at) =>
      textOf(variable['name']) ? [] : [required(`${path}.env[${at}].name`)],
    ),
    ...mountPathFaults(container, path),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((key) =>
      container[key] === undefined ? [] : probeFaults(fieldsOf(container[key]), `${path}.${key}`),
    ),
    ...resourceFaults(fieldsOf(container['resources']), `${path}.resources`),
  ]
}

function portFaults(port: unknown, field: string): FieldFault[] {
  const is = typeof port === 'number' && port >= 1 && port <= MAX_PORT
  return is ? [] : [invalid(field, port, `must be between 1 and ${MAX_PORT}, inclusive`)]
}

function mountPathFaults(container: Fields, path: string): FieldFault[] {
  const seen = new Set<string>()
  return listOf(container['volumeMounts']).flatMap((mount, at) => {
    const place = textOf(mount['mountPath'])
    if (place === undefined) return []
    const isTaken = seen.has(place)
    seen.add(place)
    const field = `${path}.volumeMounts[${at}].mountPath`
    return isTaken ? [invalid(field, place, 'must be unique')] : []
  })
}

function probeFaults(probe: Fields, path: string): FieldFault[] {
  const [first, ...more] = HANDLERS.filter((key) => probe[key] !== undefined)
  if (first === undefined) return [required(path, 'must specify a handler type')]
  return more.map((key) => forbidden(`${path}.${key}`, 'may not specify more than 1 handler type'))
}

function resourceFaults(resources: Fields, path: string): FieldFault[] {
  const limits = fieldsOf(resources['limits'])
  return Object.entries(fieldsOf(resources['requests'])).flatMap(([name, asked]) => {
    const request = parseQuantity(String(asked))
    const most = limits[name] as string | number | undefined
    const limit = most === undefined ? undefined : parseQuantity(String(most))
    if (!request.ok || limit?.ok !== true || request.value <= limit.value) return []
    const why = `must be less than or equal to ${name} limit of ${String(most)}`
    return [invalid(`${path}.requests`, asked, why)]
  })
}
