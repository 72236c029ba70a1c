import type { AgentLog } from '../log.ts'
import type { LoadedConfig } from './read-config.ts'

const WHERE = 'agent/config'

/** Says once, at the start, what is odd about the configuration. */
export function logFindings(loaded: LoadedConfig, log: AgentLog): void {
  for (const { check, fault } of loaded.checkFaults) log.error(WHERE, `check:${check} | ${fault}`)
  for (const warning of loaded.warnings) log.warn(WHERE, warning)
  for (const note of loaded.notes) log.debug(WHERE, note)
}
