import { messageOf, type Field, type Message } from './schemas.ts'
import { specialValue } from './special-values.ts'
import { asBytes, asNumber, readFields } from './wire.ts'

/** How deep messages may be nested. */
const MAX_DEPTH = 32

type Value = Record<string, unknown>

/**
 * A message's fields under their JSON names. Fields that the schema does not know are skipped, and so is what Go's JSON
 * leaves out: empty texts, and zeros where nobody can tell them from nothing. Throws on cut-off bytes.
 */
export function decodeMessage(bytes: Buffer, message: Message, depth = 0): Value {
  if (depth > MAX_DEPTH) throw new Error('messages are nested too deeply')
  const value: Value = {}
  for (const { number, raw } of readFields(bytes)) {
    const field = message.get(number)
    if (field !== undefined) add(value, field, raw, depth)
  }
  return value
}

function add(value: Value, field: Field, raw: Buffer | bigint, depth: number): void {
  const { name, type, shape } = field
  if (shape === 'map') {
    const { key, item } = readEntry(asBytes(raw), type, depth)
    if (key === '__proto__') return
    value[name] = { ...(value[name] as Value | undefined), [key]: item }
    return
  }
  const one = readValue(raw, type, depth)
  if (shape === 'inline') Object.assign(value, one)
  else if (shape === 'list') value[name] = [...((value[name] ?? []) as unknown[]), one]
  else if (isWritten(name, one)) value[name] = one
}

function readValue(raw: Buffer | bigint, type: string, depth: number): unknown {
  switch (type) {
    case '':
      return asBytes(raw).toString()
    case 'bytes':
      return asBytes(raw).toString('base64')
    case 'int':
      return Number(BigInt.asIntN(64, asNumber(raw)))
    case 'bool':
      return asNumber(raw) !== 0n
    case 'double':
      return asBytes(raw).length === 8 ? asBytes(raw).readDoubleLE() : 0
    case 'time':
    case 'quantity':
    case 'intstr':
    case 'raw':
    case 'texts':
      return specialValue(asBytes(raw), type)
    default:
      return decodeMessage(asBytes(raw), messageOf(type) ?? new Map<number, Field>(), depth + 1)
  }
}

function readEntry(bytes: Buffer, type: string, depth: number): { key: string; item: unknown } {
  let key = ''
  let item: unknown = type === '' || type === 'bytes' ? '' : {}
  for (const { number, raw } of readFields(bytes)) {
    if (number === 1) key = asBytes(raw).toString()
    else if (number === 2) item = readValue(raw, type, depth + 1)
  }
  return { key, item }
}

/** Fields that Go keeps behind a pointer: for these, zero and false are words of their own. */
const OPTIONAL = new Set([
  ...['replicas', 'partition', 'minReplicas', 'priority', 'fsGroup', 'runAsUser', 'runAsGroup'],
  ...['revisionHistoryLimit', 'progressDeadlineSeconds', 'terminationGracePeriodSeconds'],
  ...['activeDeadlineSeconds', 'backoffLimit', 'completions', 'parallelism', 'expirationSeconds'],
  ...['ttlSecondsAfterFinished', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'],
  ...['startingDeadlineSeconds', 'gracePeriodSeconds', 'tolerationSeconds', 'defaultMode', 'mode'],
  ...['averageUtilization', 'stabilizationWindowSeconds', 'backoffLimitPerIndex', 'suspend'],
  ...['automountServiceAccountToken', 'enableServiceLinks', 'shareProcessNamespace', 'immutable'],
  ...['privileged', 'allowPrivilegeEscalation', 'readOnlyRootFilesystem', 'runAsNonRoot'],
  ...['optional', 'controller', 'blockOwnerDeletion', 'manualSelector', 'setHostnameAsFQDN'],
  ...['allocateLoadBalancerNodePorts', 'allowVolumeExpansion', 'attachRequired', 'hostUsers'],
  ...['podInfoOnMount', 'storageCapacity', 'requiresRepublish', 'ready', 'serving', 'terminating'],
])

function isWritten(name: string, value: unknown): boolean {
  if (value === undefined || value === '') return false
  return (value !== 0 && value !== false) || OPTIONAL.has(name)
}
