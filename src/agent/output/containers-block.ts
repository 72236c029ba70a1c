import type { ContainerEntry } from '../checks/container/entries.ts'
import type { CheckRecord } from '../check-record.ts'

/** Containers without numbers, each with the reason; and how many have some. Of the container check's last run. */
export function containersBlock(records: readonly CheckRecord[]): string {
  const record = records.find(({ name }) => name === 'container')
  const listed = record?.inventory['containers']
  if (!Array.isArray(listed)) return '  Not listed yet\n'
  const entries = listed as readonly ContainerEntry[]
  const nil = entries.filter(({ nilStats }) => nilStats)
  const { source, stats } = record?.inventory ?? {}
  const lines = [
    `  Listed by: ${String(source)}`,
    `  Stats from: ${String(stats)}`,
    `  Containers: ${entries.length}`,
    `  With stats: ${entries.filter((one) => one.stats).length}`,
    `  Nil stats: ${nil.length}`,
    ...nil.map(({ id, name, reason }) => `    ${name} (${id.slice(0, 12)}): ${reason ?? ''}`),
  ]
  return lines.join('\n') + '\n'
}
