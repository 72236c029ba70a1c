import { integerOf, itemsOf, member, stringOf, type JsonSpan } from './json-spans.ts'
import type { OwnedStats, SummarySliceOptions } from './slice-summary.ts'

/**
 * The `node` of a slice's Summary. `none`: its name. `own-sum`: the node as the sum of the slice's own pods.
 * `capacity`: that, and how big the node's memory and disk are; what is free is size minus the slice's own use, so
 * that nothing can be learned about the neighbours. `startTime` is the oldest own pod's. Sums are exact (BigInt).
 */
export function nodeSection(
  node: JsonSpan,
  own: readonly OwnedStats[],
  options: SummarySliceOptions,
): string {
  const section: Record<string, unknown> = { nodeName: stringOf(member(node, 'nodeName')) }
  const { nodeView, onlyCpuAndMemory } = options
  if (nodeView === 'none') return JSON.stringify(section)

  const startTimes = own.map(({ stats }) => stringOf(member(stats, 'startTime')))
  section['startTime'] = startTimes.filter((time) => time !== undefined).sort()[0]
  section['cpu'] = sum(own, 'cpu', ['usageNanoCores', 'usageCoreNanoSeconds'])
  section['memory'] = sum(own, 'memory', [
    'usageBytes',
    'workingSetBytes',
    'rssBytes',
    'pageFaults',
    'majorPageFaults',
  ])
  if (!onlyCpuAndMemory) {
    const ownNetwork = own.filter(({ owner }) => !owner.hostNetwork)
    const network = sum(ownNetwork, 'network', ['rxBytes', 'rxErrors', 'txBytes', 'txErrors'])
    if (network) section['network'] = { ...network, name: 'eth0' }
    section['fs'] = sum(own, 'ephemeral-storage', ['usedBytes', 'inodesUsed'])
  }
  if (nodeView === 'capacity') addCapacity(section, node)
  return stringify(section)
}

type Sum = Record<string, string | bigint>

/** The sum of some fields over all pods, with the newest reading's time; undefined when no pod has the part. */
function sum(own: readonly OwnedStats[], part: string, names: readonly string[]): Sum | undefined {
  const total: Sum = {}
  for (const { stats, owner } of own) {
    for (const reading of readings(stats, part, owner.hostOnlyContainers)) {
      const time = stringOf(member(reading, 'time')) ?? ''
      if (time > (total['time'] ?? '')) total['time'] = time
      for (const name of names) {
        const value = integerOf(member(reading, name))
        if (value !== undefined) total[name] = BigInt(total[name] ?? 0) + value
      }
    }
  }
  return Object.keys(total).length === 0 ? undefined : total
}

/** The pod's own reading; where there is none (cpu and memory of old kubelets) those of its containers. */
function readings(pod: JsonSpan, part: string, hidden: ReadonlySet<string>): readonly JsonSpan[] {
  const whole = member(pod, part)
  if (whole !== undefined) return [whole]
  return itemsOf(member(pod, 'containers'))
    .filter((container) => !hidden.has(stringOf(member(container, 'name')) ?? ''))
    .map((container) => member(container, part))
    .filter((reading) => reading !== undefined)
}

function addCapacity(section: Record<string, unknown>, node: JsonSpan): void {
  const memory = member(node, 'memory')
  const available = integerOf(member(memory, 'availableBytes'))
  const workingSet = integerOf(member(memory, 'workingSetBytes'))
  const ownMemory = section['memory'] as Sum | undefined
  if (available !== undefined && workingSet !== undefined && ownMemory) {
    const ownUse = BigInt(ownMemory['workingSetBytes'] ?? 0)
    ownMemory['availableBytes'] = available + workingSet - ownUse
  }
  const fs = section['fs'] as Sum | undefined
  const capacity = integerOf(member(member(node, 'fs'), 'capacityBytes'))
  const inodes = integerOf(member(member(node, 'fs'), 'inodes'))
  if (fs && capacity !== undefined) {
    fs['capacityBytes'] = capacity
    fs['availableBytes'] = capacity - BigInt(fs['usedBytes'] ?? 0)
  }
  if (fs && inodes !== undefined) {
    fs['inodes'] = inodes
    fs['inodesFree'] = inodes - BigInt(fs['inodesUsed'] ?? 0)
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
