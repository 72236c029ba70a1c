import type { AgentStatus } from '../agent-status.ts'
import { containersBlock } from './containers-block.ts'
import { configErrorsBlock, configErrorsOf } from './config-errors-block.ts'
import { recordJson } from './record-json.ts'
import { formatUnixTime } from './go-format.ts'
import { logsBlock } from './logs-block.ts'
import { sinksBlock } from './sinks-block.ts'
import { statusBlock } from './status-block.ts'

export type StatusSection = 'agent' | 'collector' | 'containers' | 'logs' | 'sinks'

const heading = (title: string): string =>
  `${'='.repeat(title.length)}\n${title}\n${'='.repeat(title.length)}\n`

const SECTIONS: Readonly<Record<StatusSection, (status: AgentStatus) => string>> = {
  agent: (status) =>
    [
      heading(`Agent (sublet v${status.version})`),
      `  Status date: ${formatUnixTime(status.statusAt)}`,
      `  Agent start: ${formatUnixTime(status.startedAt)}`,
      `  Pid: ${status.pid}`,
      `  Hostname: ${status.hostname}`,
      `  Log Level: ${status.logLevel}`,
      ...(status.clusterName === undefined ? [] : [`  Cluster Name: ${status.clusterName}`]),
      '',
    ].join('\n'),
  collector: (status) =>
    `${heading('Collector')}\n${statusBlock(status.checks)}${configErrorsBlock(status.configErrors ?? [])}`,
  containers: (status) => `${heading('Containers')}\n${containersBlock(status.checks)}`,
  logs: (status) => `${heading('Logs Agent')}\n${logsBlock(status.logs)}`,
  sinks: (status) => `${heading('Sinks')}\n${sinksBlock(status.sinks)}`,
}

/** For messages. */
export const SECTION_NAMES: string = Object.keys(SECTIONS).join(', ')

/** `agent status`: all sections, or one. undefined for a section that there is not. */
export function statusText(status: AgentStatus, section?: string): string | undefined {
  const intro = 'Getting the status from the agent.\n\n'
  if (section === undefined)
    return (
      intro +
      Object.values(SECTIONS)
        .map((show) => show(status))
        .join('\n')
    )
  return isSection(section) ? intro + SECTIONS[section](status) : undefined
}

export const isSection = (name: string): name is StatusSection => Object.hasOwn(SECTIONS, name)

/** `agent status --json`, with the Agent's names. */
export function statusJson(status: AgentStatus): string {
  const checks: Record<string, Record<string, unknown>> = {}
  for (const record of status.checks) {
    const instances = (checks[record.name] ??= {})
    instances[record.id] = { ...recordJson(record), inventories: record.inventory }
  }
  const document = {
    version: status.version,
    pid: status.pid,
    hostname: status.hostname,
    cluster_name: status.clusterName ?? null,
    agent_start_nano: status.startedAt * 1e6,
    time_nano: status.statusAt * 1e6,
    config: { log_level: status.logLevel, tags: status.tags },
    runnerStats: { Checks: checks },
    sinks: status.sinks,
    logsStats: status.logs ?? null,
    autoConfigStats: { ConfigErrors: configErrorsOf(status.configErrors ?? []) },
  }
  return JSON.stringify(document, null, 2) + '\n'
}
