import type { CheckRecord } from './check-record.ts'
import type { ComponentHealth } from './health.ts'
import type { LogsStatus } from './logs/index.ts'
import type { SinkStatus } from './sinks/index.ts'

/** What a running agent tells about itself, through its socket. */
export interface AgentStatus {
  readonly version: string
  readonly pid: number
  readonly hostname: string
  readonly clusterName: string | undefined
  readonly logLevel: string
  readonly tags: readonly string[]
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly statusAt: number
  readonly checks: readonly CheckRecord[]
  readonly sinks: readonly SinkStatus[]
  readonly logs?: LogsStatus | undefined
  /** Absent from the answers of older agents. */
  readonly health?: readonly ComponentHealth[]
  /** Checks that do not run for a fault in their files. */
  readonly configErrors?: readonly { readonly check: string; readonly fault: string }[]
}
