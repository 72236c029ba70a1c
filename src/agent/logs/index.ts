/** The logs of the agent's own pods, from the node's files to the sinks. */
export { openLogs, type OpenLogsOptions } from './open-logs.ts'
export type { LogsCollector } from './collector.ts'
export type { LogsContainer, LogsStatus } from './logs-status.ts'
