import type { LogsConfig } from './config.ts'
import type { Totals } from './delivery.ts'
import type { LogsStatus } from './logs-status.ts'
import type { Notes } from './notes.ts'
import type { Session } from './reading.ts'

const SHOWN_CONTAINERS = 100

/** What the collector tells of itself; before it has run, that it has nothing. */
export function collectedStatus(parts: {
  readonly config: LogsConfig
  readonly session: Session | undefined
  readonly running: boolean
  readonly totals: Totals
  readonly notes: Notes
  readonly foreign: number
}): LogsStatus {
  const { config, session, running, totals, notes, foreign } = parts
  const all = session?.followed.all ?? []
  const containers = all.map(({ target: { name }, lines, log: { files, unreadBytes } }) => ({
    ...{ name, lines, files, unreadBytes },
  }))
  return {
    ...totals,
    running,
    foreignFolders: foreign,
    notes: notes.all(),
    collectAll: config.collectAll,
    folder: config.podLogsDir,
    truncated: all.reduce((sum, one) => sum + one.log.truncated, 0),
    unreadBytes: all.reduce((sum, one) => sum + one.log.unreadBytes, 0),
    openFiles: session?.files.size ?? 0,
    containers: containers
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, SHOWN_CONTAINERS),
  }
}
