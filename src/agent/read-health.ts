import type { Env } from './config.ts'
import { readConfig } from './config/read-config.ts'
import type { ComponentHealth } from './health.ts'
import { noAgentText, type CommandResult } from './read-status.ts'
import { askStatus } from './status-socket.ts'

export interface ReadHealthOptions {
  readonly env?: Env
  /** The folder of `datadog.yaml`, or the file (`--cfgpath`). */
  readonly configPath?: string | undefined
  readonly json?: boolean
  readonly signal?: AbortSignal
}

/**
 * `agent health`: asks the agent that runs in the same container for its components. Exit code 1 when one of them is not
 * healthy, 255 when no agent answers. Source: pkg/cli/subcommands/health
 */
export async function readHealth(options: ReadHealthOptions = {}): Promise<CommandResult> {
  const { config } = await readConfig(options.env ?? process.env, options.configPath)
  const status = await askStatus(config, options.signal ?? AbortSignal.timeout(10_000))
  if (!status) return { text: noAgentText(config, 'health'), exitCode: 255 }
  const components = status.health ?? []
  const isWell = components.every(({ why }) => why === undefined)
  const text = options.json === true ? healthJson(components) : healthText(components)
  return { text, exitCode: isWell ? 0 : 1 }
}

/** What the probes answer too, with the Agent's names; `Reasons` is our own. */
export function healthJson(components: readonly ComponentHealth[]): string {
  const { healthy, unhealthy } = split(components)
  const names = (of: readonly ComponentHealth[]): string[] => of.map(({ name }) => name)
  const reasons = Object.fromEntries(unhealthy.map(({ name, why }) => [name, why]))
  const report = { Healthy: names(healthy), Unhealthy: names(unhealthy), Reasons: reasons }
  return JSON.stringify(report, null, 2) + '\n'
}

/** The Agent's lines; below them why what is unhealthy is so. */
export function healthText(components: readonly ComponentHealth[]): string {
  const { healthy, unhealthy } = split(components)
  const part = (title: string, of: readonly ComponentHealth[]): string =>
    of.length === 0
      ? ''
      : `=== ${of.length} ${title} components ===\n${of.map(({ name }) => name).join(', ')}\n`
  const reasons = unhealthy.map(({ name, why }) => `  ${name}: ${why}\n`).join('')
  const end =
    unhealthy.length === 0 ? '' : `Error: found ${unhealthy.length} unhealthy components\n`
  const verdict = `Agent health: ${unhealthy.length === 0 ? 'PASS' : 'FAIL'}\n`
  return verdict + part('healthy', healthy) + part('unhealthy', unhealthy) + reasons + end
}

const split = (
  components: readonly ComponentHealth[],
): { healthy: ComponentHealth[]; unhealthy: ComponentHealth[] } => ({
  healthy: components.filter(({ why }) => why === undefined),
  unhealthy: components.filter(({ why }) => why !== undefined),
})
