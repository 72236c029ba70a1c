import { appendByte, appendComma, appendName, appendValue, type JsonOutput } from './json-output.ts'
import { ARRAY, OBJECT } from './json-tape.ts'
import { SUMMARY_NAMES } from './summary-names.ts'

/**
 * What of a Summary may be copied, field by field; what is not named is left out. Source: stats.k8s.io/v1alpha1 as of
 * kubelet 1.36.
 */
export type Shape =
  | 'copy'
  /** A fact about the node's disk or swap: copied for the node view `capacity` only. */
  | 'node-fact'
  | { readonly each: Shape }
  | ObjectShape

export interface ObjectShape {
  /** By a name's number in SUMMARY_NAMES. */
  readonly fields: readonly (Shape | undefined)[]
}

const objectOf = (shapes: Readonly<Record<string, Shape>>): ObjectShape => {
  const unknown = Object.keys(shapes).find((name) => !SUMMARY_NAMES.ids.has(name))
  if (unknown !== undefined) throw new RangeError(`${unknown} is not in SUMMARY_NAMES`)
  return { fields: SUMMARY_NAMES.list.map((name) => shapes[name]) }
}
const fields = (names: string, more: Record<string, Shape> = {}): ObjectShape => {
  const copied = names.split(' ').map((name): [string, Shape] => [name, 'copy'])
  return objectOf({ ...Object.fromEntries(copied), ...more })
}
const nodeFacts = (names: string): Record<string, Shape> =>
  Object.fromEntries(names.split(' ').map((name): [string, Shape] => [name, 'node-fact']))

const PRESSURE: Shape = fields('total avg10 avg60 avg300')
const PSI: Record<string, Shape> = { psi: objectOf({ full: PRESSURE, some: PRESSURE }) }
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
export const NETWORK: ObjectShape = fields(`time ${INTERFACE}`, {
  interfaces: { each: fields(INTERFACE) },
})

export const CONTAINER: ObjectShape = fields('name startTime', {
  cpu: CPU,
  memory: MEMORY,
  io: IO,
  rootfs: DISK,
  logs: DISK,
  swap: SWAP,
})
/** A volume of the pod's own (emptyDir, projected …), on the node's disk or in its memory. */
export const LOCAL_VOLUME: ObjectShape = fields(
  'name time usedBytes inodesUsed',
  nodeFacts('availableBytes capacityBytes inodesFree inodes'),
)
/** A claim's volume: all of it belongs to the pod. */
export const CLAIM_VOLUME: ObjectShape = fields(
  'name time availableBytes capacityBytes usedBytes inodesFree inodes inodesUsed volumeHealthStats',
)
/** A pod without what is rewritten: podRef, containers, network and volumes. */
export const POD: ObjectShape = fields('startTime', {
  cpu: CPU,
  memory: MEMORY,
  io: IO,
  'ephemeral-storage': DISK,
  process_stats: fields('process_count'),
  swap: SWAP,
})

/** What `only_cpu_and_memory=true` leaves of a container and of a pod. */
const ONLY_CPU_AND_MEMORY = new Set(['name', 'startTime', 'cpu', 'memory', 'swap'])
const narrowed = ({ fields: all }: ObjectShape): ObjectShape => ({
  fields: all.map((shape, id) =>
    ONLY_CPU_AND_MEMORY.has(SUMMARY_NAMES.list[id] ?? '') ? shape : undefined,
  ),
})
export const NARROW_CONTAINER: ObjectShape = narrowed(CONTAINER)
export const NARROW_POD: ObjectShape = narrowed(POD)

/** Appends a value cut to its shape. False: nothing of it may be told, and nothing was written. */
export function cut(
  output: JsonOutput,
  row: number,
  shape: Shape,
  withNodeFacts: boolean,
): boolean {
  const kind = output.tape.kind[row]
  if (typeof shape === 'string') {
    // Where a scalar is expected an object or array is left out.
    if (kind === OBJECT || kind === ARRAY || (shape === 'node-fact' && !withNodeFacts)) return false
    appendValue(output, row)
    return true
  }
  if ('each' in shape) return cutItems(output, row, shape.each, withNodeFacts)
  if (kind !== OBJECT) return false
  appendByte(output, 0x7b)
  cutMembers(output, row, shape, withNodeFacts)
  appendByte(output, 0x7d)
  return true
}

function cutItems(output: JsonOutput, row: number, shape: Shape, withNodeFacts: boolean): boolean {
  const { tape } = output
  if (tape.kind[row] !== ARRAY) return false
  appendByte(output, 0x5b)
  const start = output.length
  const end = tape.next[row] as number
  for (let at = row + 1; at < end; at = tape.next[at] as number) {
    const before = output.length
    appendComma(output, start)
    if (!cut(output, at, shape, withNodeFacts)) output.length = before
  }
  appendByte(output, 0x5d)
  return true
}

/** Appends the members of an object that its shape names. `start` is behind the bracket that they stand in. */
export function cutMembers(
  output: JsonOutput,
  row: number,
  shape: ObjectShape,
  withNodeFacts: boolean,
  start: number = output.length,
): void {
  const { tape } = output
  if (tape.kind[row] !== OBJECT) return
  const end = tape.next[row] as number
  for (let at = row + 1; at < end; at = tape.next[at] as number) {
    const name = tape.name[at] as number
    const childShape = shape.fields[name]
    if (childShape === undefined) continue
    const before = output.length
    appendComma(output, start)
    appendName(output, name)
    if (!cut(output, at, childShape, withNodeFacts)) output.length = before
  }
}
