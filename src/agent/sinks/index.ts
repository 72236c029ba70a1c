/** Where the agent's series, service checks and log lines go: one pass over a batch feeds every sink. */
export type { Batch, LogLine } from './batch.ts'
export type { Sink, SinkReport, SinkStatus } from './sink.ts'
export { loadSinksConfig, type SinksConfig } from './config.ts'
export { openSinks } from './open-sinks.ts'
export type { SinkSet } from './sink-set.ts'
export { askIntake } from './datadog/ask-intake.ts'
export type { DatadogConfig } from './datadog/sink.ts'
