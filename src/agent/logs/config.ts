import type { AgentConfig, Env, FilterConfig } from '../config.ts'
import { flagOf, textsOf, wholeOf } from '../config/values.ts'
import { OPEN_FILES_LIMIT } from './limits.ts'

/** What the configuration says about logs; the names are the Agent's (pkg/config/setup). */
export interface LogsConfig {
  /** `logs_enabled` */
  readonly enabled: boolean
  /** `logs_config.container_collect_all`: also containers that no annotation asks for. */
  readonly collectAll: boolean
  /** `logs_config.open_files_limit` */
  readonly openFiles: number
  readonly filters: FilterConfig
  /** Where the node's files are seen, in the container; with what is below them nothing else is ever read. */
  readonly podLogsDir: string
  readonly dockerLogsDir: string
  /** The folder of the offsets, in the container (`logs_config.run_path`). */
  readonly runPath: string
}

export const POD_LOGS_DIR = '/var/log/pods'
const DOCKER_LOGS_DIR = '/var/lib/docker/containers'

/** Reads the merged environment. What is wrong there counts as not set. */
export function readLogsConfig(env: Env, agent: AgentConfig): LogsConfig {
  const text = (name: string): string | undefined => env[name] || undefined
  const flag = (name: string): boolean | undefined => flagOf(text(name)).value
  const list = (...names: string[]): string[] =>
    names.flatMap((name) => textsOf(text(name) ?? '').value ?? [])
  const include = list('DD_CONTAINER_INCLUDE', 'DD_CONTAINER_INCLUDE_LOGS')
  const exclude = list('DD_CONTAINER_EXCLUDE', 'DD_CONTAINER_EXCLUDE_LOGS')
  return {
    // `log_enabled` is its older name.
    enabled: flag('DD_LOGS_ENABLED') ?? flag('DD_LOG_ENABLED') ?? false,
    collectAll: flag('DD_LOGS_CONFIG_CONTAINER_COLLECT_ALL') ?? false,
    openFiles:
      wholeOf(text('DD_LOGS_CONFIG_OPEN_FILES_LIMIT'), { least: 1 }).value ?? OPEN_FILES_LIMIT,
    filters: {
      include: include.length > 0 ? include : list('DD_AC_INCLUDE'),
      exclude: exclude.length > 0 ? exclude : list('DD_AC_EXCLUDE'),
      excludePauseContainers: agent.filters.excludePauseContainers,
    },
    podLogsDir: POD_LOGS_DIR,
    dockerLogsDir: text('DD_LOGS_CONFIG_DOCKER_PATH_OVERRIDE') ?? DOCKER_LOGS_DIR,
    runPath: text('DD_LOGS_CONFIG_RUN_PATH') ?? agent.runPath,
  }
}
