import { addDecimals, formatDecimal, parseDecimal, ZERO, type Decimal } from './decimal.ts'
import type { NodeView } from './owner.ts'

interface NodeFamily {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** The families whose rows are summed: the pods', or where an old kubelet has none the containers'. */
  readonly of: readonly [pods: string, containers: string]
}

/** Source: kubelet `pkg/kubelet/metrics/collectors/resource_metrics.go`, 1.36. */
const NODE_FAMILIES: readonly NodeFamily[] = [
  {
    name: 'node_cpu_usage_seconds_total',
    type: 'counter',
    help: '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
    of: ['pod_cpu_usage_seconds_total', 'container_cpu_usage_seconds_total'],
  },
  {
    name: 'node_memory_working_set_bytes',
    type: 'gauge',
    help: '[STABLE] Current working set of the node in bytes',
    of: ['pod_memory_working_set_bytes', 'container_memory_working_set_bytes'],
  },
  {
    name: 'node_swap_usage_bytes',
    type: 'gauge',
    help: '[ALPHA] Current swap usage of the node in bytes. Reported only on non-windows systems',
    of: ['pod_swap_usage_bytes', 'container_swap_usage_bytes'],
  },
]

/**
 * A slice of `/metrics/resource` with the node as the sum of the slice's own pods: metrics-server drops a node without
 * CPU and memory. The sums are exact and as new as the newest reading. A family with a reading that is no number has no
 * sum. With the node view `none` nothing is added.
 */
export function withNodeSums(slice: Buffer, view: NodeView): Buffer {
  if (view === 'none' || slice.length === 0) return slice
  const rows = readRows(slice)
  const blocks = NODE_FAMILIES.flatMap(({ name, type, help, of: [pods, containers] }) => {
    const total = sum(rows.get(pods) ?? rows.get(containers) ?? [])
    return total === undefined
      ? []
      : [`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${total}\n`]
  })
  return Buffer.concat([slice, Buffer.from(blocks.join(''))])
}

interface Row {
  readonly value: string
  readonly time: string | undefined
}

/** The rows of a slice by family. Its lines were checked when it was made; none has a space after its labels but these. */
function readRows(slice: Buffer): Map<string, Row[]> {
  const rows = new Map<string, Row[]>()
  for (const [, name = '', value = '', time] of slice
    .toString('latin1')
    .matchAll(/^([a-z_]+)\{.*\} (\S+)(?: (\d+))?$/gm)) {
    const list = rows.get(name) ?? []
    rows.set(name, list)
    list.push({ value, time })
  }
  return rows
}

/** Value and timestamp of the sum; undefined when there is nothing to add up. */
function sum(rows: readonly Row[]): string | undefined {
  if (rows.length === 0) return undefined
  let total: Decimal = ZERO
  let newest = 0n
  for (const { value, time } of rows) {
    const reading = parseDecimal(value)
    if (reading === undefined) return undefined
    total = addDecimals(total, reading)
    if (time !== undefined && BigInt(time) > newest) newest = BigInt(time)
  }
  return newest > 0n ? `${formatDecimal(total)} ${newest}` : formatDecimal(total)
}
