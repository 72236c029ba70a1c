import type { SinkStatus } from '../sinks/index.ts'
import { formatCount, formatUnixTime } from './go-format.ts'

/** A block for each sink: what it has sent, lost and left out, what waits, and what went wrong last. */
export function sinksBlock(sinks: readonly SinkStatus[]): string {
  if (sinks.length === 0) return '  No sink is configured\n'
  return sinks.map(sinkBlock).join('\n')
}

function sinkBlock(sink: SinkStatus): string {
  const fields = [
    `Target: ${sink.target}`,
    `Items: Sent: ${formatCount(sink.sent)}, Failed: ${formatCount(sink.failed)}, Dropped: ${formatCount(sink.dropped)}`,
    `Waiting: Items: ${formatCount(sink.queuedItems)}, Queue bytes: ${formatCount(sink.queueBytes)}`,
    ...Object.entries(sink.details).map(([name, value]) => `${name}: ${value}`),
    `Last Sent: ${sink.lastSentAt === 0 ? 'Never' : formatUnixTime(sink.lastSentAt)}`,
    ...(sink.lastError === ''
      ? []
      : [`Last Error: ${formatUnixTime(sink.lastErrorAt)}: ${sink.lastError}`]),
  ]
  const heading = `  ${sink.name}\n  ${'-'.repeat(sink.name.length)}\n`
  return heading + fields.map((field) => `    ${field}\n`).join('')
}
