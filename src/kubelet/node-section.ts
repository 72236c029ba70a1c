import { integerOf, itemsOf, member, stringOf, type JsonTape } from './json-tape.ts'
import type { OwnedStats, SummarySliceOptions } from './slice-summary.ts'

/**
 * The `node` of a slice's Summary. `none`: its name. `own-sum`: the node as the sum of the slice's own pods.
 * `capacity`: that, and how big the node's memory and disk are; what is free is size minus the slice's own use, so
 * that nothing can be learned about the neighbours. `startTime` is the oldest own pod's. Sums are exact.
 */
export function nodeSection(
  tape: JsonTape,
  node: number,
  own: readonly OwnedStats[],
  options: SummarySliceOptions,
): string {
  const section: Record<string, unknown> = {
    nodeName: stringOf(tape, member(tape, node, 'nodeName')),
  }
  const { nodeView, onlyCpuAndMemory } = options
  if (nodeView === 'none') return JSON.stringify(section)

  const startTimes = own.map(({ stats }) => stringOf(tape, member(tape, stats, 'startTime')))
  section['startTime'] = startTimes.filter((time) => time !== undefined).sort()[0]
  section['cpu'] = sum(tape, own, 'cpu', ['usageNanoCores', 'usageCoreNanoSeconds'])
  section['memory'] = sum(tape, own, 'memory', [
    'usageBytes',
    'workingSetBytes',
    'rssBytes',
    'pageFaults',
    'majorPageFaults',
  ])
  if (!onlyCpuAndMemory) {
    const ownNetwork = own.filter(({ owner }) => !owner.hostNetwork)
    const network = sum(tape, ownNetwork, 'network', ['rxBytes', 'rxErrors', 'txBytes', 'txErrors'])
    if (network) section['network'] = { ...network, name: 'eth0' }
    section['fs'] = sum(tape, own, 'ephemeral-storage', ['usedBytes', 'inodesUsed'])
  }
  if (nodeView === 'capacity') addCapacity(section, tape, node)
  return stringify(section)
}

type Integer = number | bigint
type Sum = Record<string, string | Integer>

/** The exact sum: of numbers as long as they are exact. */
function plus(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a + b)) return a + b
  return BigInt(a) + BigInt(b)
}

/** The sum of some fields over all pods, with the newest reading's time; undefined when no pod has the part. */
function sum(
  tape: JsonTape,
  own: readonly OwnedStats[],
  part: string,
  names: readonly string[],
): Sum | undefined {
  const total: Record<string, Integer> = {}
  let newest = ''
  for (const { stats, owner } of own) {
    for (const reading of readings(tape, stats, part, owner.hostOnlyContainers)) {
      const time = stringOf(tape, member(tape, reading, 'time')) ?? ''
      if (time > newest) newest = time
      for (const name of names) {
        const value = integerOf(tape, member(tape, reading, name))
        if (value !== undefined) total[name] = plus(total[name] ?? 0, value)
      }
    }
  }
  const all: Sum = newest === '' ? total : { time: newest, ...total }
  return Object.keys(all).length === 0 ? undefined : all
}

/** The pod's own reading; where there is none (cpu and memory of old kubelets) those of its containers. */
function readings(
  tape: JsonTape,
  pod: number,
  part: string,
  hidden: ReadonlySet<string>,
): readonly number[] {
  const whole = member(tape, pod, part)
  if (whole >= 0) return [whole]
  return itemsOf(tape, member(tape, pod, 'containers'))
    .filter((container) => !hidden.has(stringOf(tape, member(tape, container, 'name')) ?? ''))
    .map((container) => member(tape, container, part))
    .filter((reading) => reading >= 0)
}

function addCapacity(section: Record<string, unknown>, tape: JsonTape, node: number): void {
  const memory = member(tape, node, 'memory')
  const available = integerOf(tape, member(tape, memory, 'availableBytes'))
  const workingSet = integerOf(tape, member(tape, memory, 'workingSetBytes'))
  const ownMemory = section['memory'] as Sum | undefined
  if (available !== undefined && workingSet !== undefined && ownMemory) {
    const ownUse = BigInt(ownMemory['workingSetBytes'] ?? 0)
    ownMemory['availableBytes'] = BigInt(available) + BigInt(workingSet) - ownUse
  }
  const fs = section['fs'] as Sum | undefined
  const capacity = integerOf(tape, member(tape, member(tape, node, 'fs'), 'capacityBytes'))
  const inodes = integerOf(tape, member(tape, member(tape, node, 'fs'), 'inodes'))
  if (fs && capacity !== undefined) {
    fs['capacityBytes'] = capacity
    fs['availableBytes'] = BigInt(capacity) - BigInt(fs['usedBytes'] ?? 0)
  }
  if (fs && inodes !== undefined) {
    fs['inodes'] = inodes
    fs['inodesFree'] = BigInt(inodes) - BigInt(fs['inodesUsed'] ?? 0)
  }
}

/** JSON with exact integers. */
function stringify(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .map(([key, child]) => `${JSON.stringify(key)}:${stringify(child)}`)
  return `{${members.join(',')}}`
}
