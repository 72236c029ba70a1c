import type { JsonSpan } from './json-spans.ts'

/**
 * What of a Summary may be copied, field by field; what is not named is left out. Source: stats.k8s.io/v1alpha1 as of
 * kubelet 1.36.
 */
export type Shape =
  | 'copy'
  /** A fact about the node's disk or swap: copied for the node view `capacity` only. */
  | 'node-fact'
  | { readonly each: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> }

const fields = (names: string, more: Record<string, Shape> = {}): Shape => ({
  fields: {
    ...Object.fromEntries(names.split(' ').map((name): [string, Shape] => [name, 'copy'])),
    ...more,
  },
})
const nodeFacts = (names: string): Record<string, Shape> =>
  Object.fromEntries(names.split(' ').map((name): [string, Shape] => [name, 'node-fact']))

const PRESSURE: Shape = fields('total avg10 avg60 avg300')
const PSI: Record<string, Shape> = { psi: { fields: { full: PRESSURE, some: PRESSURE } } }
const CPU: Shape = fields('time usageNanoCores usageCoreNanoSeconds', PSI)
/** `availableBytes` is there only where the container has a limit of its own. */
const MEMORY: Shape = fields(
  'time availableBytes usageBytes workingSetBytes rssBytes pageFaults majorPageFaults',
  PSI,
)
const IO: Shape = fields('time', PSI)
/** The node's disk: what the pod uses is its own affair, what is there and free is the node's. */
const DISK: Shape = fields(
  'time usedBytes inodesUsed',
  nodeFacts('availableBytes capacityBytes inodesFree inodes'),
)
const SWAP: Shape = fields('time swapUsageBytes', nodeFacts('swapAvailableBytes'))
const INTERFACE = 'name rxBytes rxErrors txBytes txErrors'
export const NETWORK: Shape = fields(`time ${INTERFACE}`, {
  interfaces: { each: fields(INTERFACE) },
})

export const CONTAINER: Shape = fields('name startTime', {
  cpu: CPU,
  memory: MEMORY,
  io: IO,
  rootfs: DISK,
  logs: DISK,
  swap: SWAP,
})
/** A volume of the pod's own (emptyDir, projected …), on the node's disk or in its memory. */
export const LOCAL_VOLUME: Shape = fields(
  'name time usedBytes inodesUsed',
  nodeFacts('availableBytes capacityBytes inodesFree inodes'),
)
/** A claim's volume: all of it belongs to the pod. */
export const CLAIM_VOLUME: Shape = fields(
  'name time availableBytes capacityBytes usedBytes inodesFree inodes inodesUsed volumeHealthStats',
)
/** A pod without what is rewritten: podRef, containers, network and volumes. */
export const POD: Shape = fields('startTime', {
  cpu: CPU,
  memory: MEMORY,
  io: IO,
  'ephemeral-storage': DISK,
  process_stats: fields('process_count'),
  swap: SWAP,
})

/** What `only_cpu_and_memory=true` leaves of a container and of a pod. */
export const ONLY_CPU_AND_MEMORY: readonly string[] = ['name', 'startTime', 'cpu', 'memory', 'swap']

/** The text of a value cut to its shape; undefined: nothing of it may be told. */
export function cut(value: JsonSpan, shape: Shape, withNodeFacts: boolean): string | undefined {
  if (shape === 'copy') return textOf(value)
  if (shape === 'node-fact') return withNodeFacts ? textOf(value) : undefined
  if ('each' in shape) {
    if (value.kind !== 'array') return undefined
    const items = value.items.map((item) => cut(item, shape.each, withNodeFacts))
    return `[${items.filter((item) => item !== undefined).join(',')}]`
  }
  if (value.kind !== 'object') return undefined
  return `{${cutMembers(value, shape, withNodeFacts).join(',')}}`
}

/** The members of an object that its shape names, as `"key":value`. */
export function cutMembers(value: JsonSpan, shape: Shape, withNodeFacts: boolean): string[] {
  if (value.kind !== 'object' || typeof shape !== 'object' || !('fields' in shape)) return []
  const members: string[] = []
  for (const [key, child] of value.members) {
    const childShape = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined
    const text = childShape && cut(child, childShape, withNodeFacts)
    if (text !== undefined) members.push(`${JSON.stringify(key)}:${text}`)
  }
  return members
}

/** A scalar's own text. Where a scalar is expected an object or array is left out. */
function textOf(value: JsonSpan): string | undefined {
  return value.kind === 'object' || value.kind === 'array' ? undefined : value.text
}
