import type { AgentLogLevel } from './config.ts'
import { formatTime } from './output/go-format.ts'

/** The agent's own log: `2026-01-12 09:30:05 UTC | CORE | WARN | (where) | text`. */
export interface AgentLog {
  readonly level: AgentLogLevel
  debug(where: string, text: string): void
  info(where: string, text: string): void
  warn(where: string, text: string): void
  error(where: string, text: string): void
}

const ORDER: readonly AgentLogLevel[] = [
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'critical',
  'off',
]

/** Writes lines of at least `level`; `where` is the part of the agent that speaks. Line ends in a text become spaces. */
export function createAgentLog(
  level: AgentLogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(line + '\n'),
  now: () => number = Date.now,
): AgentLog {
  const floor = ORDER.indexOf(level)
  const at = (of: AgentLogLevel) => (where: string, text: string) => {
    if (ORDER.indexOf(of) < floor) return
    const line = text.replace(/\s*[\r\n]+\s*/g, ' ').trimEnd()
    write(`${formatTime(now())} | CORE | ${of.toUpperCase()} | (${where}) | ${line}`)
  }
  return { level, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
