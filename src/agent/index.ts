/** A node agent: the `kubelet` and `container` checks, their records, and what `agent status` and `agent check` print. */
export { runAgent, type RunAgentOptions } from './run-agent.ts'
export { runCheck, type RunCheckOptions } from './run-check.ts'
export { configCheck, type ConfigCheckOptions } from './config-check.ts'
export { readStatus, type CommandResult, type ReadStatusOptions } from './read-status.ts'
export type { Env } from './config.ts'
export type { ContainerEntry } from './checks/container/entries.ts'
export type { ApiAnswer } from './checks/container/own-api.ts'
export type { RequestRecord } from './kubelet/client.ts'
