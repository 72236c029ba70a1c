import type { LogsStatus } from '../logs/index.ts'
import { formatCount, formatUnixTime } from './go-format.ts'

/** The section `Logs Agent`: what was collected, what waits, and why nothing is where nothing comes. */
export function logsBlock(logs: LogsStatus | undefined): string {
  const notes = (logs?.notes ?? []).map((note) => `  Warning: ${note}\n`).join('')
  if (!logs?.running) return `  Logs Agent is not running\n${notes}`
  const fields = [
    `Folder: ${logs.folder}`,
    `Collects: ${logs.collectAll ? 'all containers' : 'containers with an annotation'}`,
    `LogsSent: ${formatCount(logs.lines)}`,
    `BytesSent: ${formatCount(logs.bytes)}`,
    `LogsTruncated: ${formatCount(logs.truncated)}`,
    `Unread bytes: ${formatCount(logs.unreadBytes)}`,
    `Open files: ${formatCount(logs.openFiles)}`,
    `Folders of others: ${formatCount(logs.foreignFolders)}, not read`,
    `Last Sent: ${logs.lastSentAt === 0 ? 'Never' : formatUnixTime(logs.lastSentAt)}`,
  ]
  const containers = logs.containers.map(
    ({ name, files, lines, unreadBytes }) =>
      `    ${name}: Files: ${formatCount(files)}, Lines: ${formatCount(lines)}, Unread bytes: ${formatCount(unreadBytes)}\n`,
  )
  const head = fields.map((field) => `  ${field}\n`).join('')
  const list = containers.length === 0 ? '' : `\n  Containers\n  ----------\n${containers.join('')}`
  return head + notes + list
}
