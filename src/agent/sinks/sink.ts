import type { Batch } from './batch.ts'

/** Where finished batches go. */
export interface Sink extends AsyncDisposable {
  /** `datadog`, `prometheus`, `otlp`, `dogstatsd` or `stdout`. */
  readonly name: string
  /**
   * Resolves when the batch is out, or safe in the sink's own queue. Rejects when it could not be handed on: the batch
   * is then lost and counted as failed. Batches come one at a time.
   */
  take(batch: Batch, signal: AbortSignal): Promise<void>
  status(): SinkReport
  /** Of sinks that take log lines: whether more can come without anything being dropped; until then reading waits. */
  readonly logs?: { hasRoom(): boolean }
}

/** What a sink itself knows; all counts are items (series, service checks, log lines) since the start. */
export interface SinkReport {
  /** Where it sends to, without secrets. */
  readonly target: string
  readonly sent: number
  /** Refused by the other side, or given up: these are lost. */
  readonly failed: number
  /** Left out because of a limit of ours: a full queue, too many series, an item that is too large. */
  readonly dropped: number
  /** Waiting in the sink's own queue, across restarts where the queue is on disk. */
  readonly queuedItems: number
  readonly queueBytes: number
  /** '' when nothing went wrong yet. */
  readonly lastError: string
  /** Milliseconds since 1970; 0: never. */
  readonly lastErrorAt: number
  readonly lastSentAt: number
  /** More facts, by name, for `agent status`. */
  readonly details: Readonly<Record<string, string>>
}

/** What `agent status` shows of a sink. */
export interface SinkStatus extends SinkReport {
  readonly name: string
}
