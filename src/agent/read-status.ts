import type { AgentConfig, Env } from './config.ts'
import { readConfig } from './config/read-config.ts'
import { SECTION_NAMES, isSection, statusJson, statusText } from './output/status-text.ts'
import { askStatus } from './status-socket.ts'

export interface CommandResult {
  readonly text: string
  /** 0; 1 found a problem; 255 as every command error of the Agent. With 255 the text belongs on standard error. */
  readonly exitCode: 0 | 1 | 255
}

export interface ReadStatusOptions {
  readonly env?: Env
  /** The folder of `datadog.yaml`, or the file (`--cfgpath`). */
  readonly configPath?: string | undefined
  readonly json?: boolean
  /** `agent`, `collector` or `sinks`; undefined: all. */
  readonly section?: string | undefined
  readonly signal?: AbortSignal
}

/** `agent status`: asks the agent that runs in the same container. */
export async function readStatus(options: ReadStatusOptions = {}): Promise<CommandResult> {
  const { section } = options
  // A fault in it is no reason not to show what runs.
  const { config } = await readConfig(options.env ?? process.env, options.configPath)
  if (section !== undefined && !isSection(section)) {
    return {
      text: `Error: unknown status section "${section}"; there are: ${SECTION_NAMES}\n`,
      exitCode: 255,
    }
  }
  const status = await askStatus(config, options.signal ?? AbortSignal.timeout(10_000))
  if (!status) {
    return { text: noAgentText(config, 'status'), exitCode: 255 }
  }
  const text = options.json === true ? statusJson(status) : (statusText(status, section) ?? '')
  return { text, exitCode: 0 }
}

/** For commands that ask the running agent. */
export const noAgentText = ({ runPath }: AgentConfig, what: string): string =>
  `Error: could not reach the agent: nothing answers in ${runPath}. Make sure the agent is running (\`sublet agent run\`) before requesting the ${what}.\n`
