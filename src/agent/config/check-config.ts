import type { KubeletInstance } from '../checks/kubelet/instance.ts'
import type { FilterConfig, KubeletConfig } from '../config.ts'
import { CONTAINER_CHECK_INTERVAL_MS, KUBELET_CHECK_INTERVAL_MS } from '../limits.ts'

/** The checks of this agent. */
export const CHECK_NAMES = ['container', 'kubelet'] as const
export type CheckName = (typeof CHECK_NAMES)[number]

export const isCheckName = (name: string): name is CheckName =>
  CHECK_NAMES.some((one) => one === name)

/** One instance of a check: what one entry of `instances` in `conf.d/<check>.d/conf.yaml` says. */
export interface CheckConfig {
  readonly name: CheckName
  /** `kubelet`, or with several of one check `kubelet:<hash of the instance>`. */
  readonly id: string
  /** `file:/etc/datadog-agent/conf.d/kubelet.d/conf.yaml` */
  readonly source: string
  readonly intervalMs: number
  readonly tags: readonly string[]
  /** What the instance says itself goes before what the agent says. */
  readonly filters: Partial<FilterConfig>
  readonly kubelet: Partial<KubeletConfig>
  readonly options: Partial<KubeletInstance>
  /** As it stands in the file. */
  readonly instance: unknown
  readonly initConfig: unknown
  readonly adIdentifiers: readonly string[]
}

/** What the Agent's own file for a check says, which is used when there is no other. */
export function defaultCheck(name: CheckName, confdPath: string): CheckConfig {
  const intervalMs = name === 'kubelet' ? KUBELET_CHECK_INTERVAL_MS : CONTAINER_CHECK_INTERVAL_MS
  return {
    name,
    id: name,
    source: `file:${confdPath}/${name}.d/conf.yaml.default`,
    intervalMs,
    tags: [],
    filters: {},
    kubelet: {},
    options: {},
    instance: name === 'kubelet' ? { min_collection_interval: intervalMs / 1000 } : {},
    initConfig: undefined,
    adIdentifiers: [`_${name}`],
  }
}
