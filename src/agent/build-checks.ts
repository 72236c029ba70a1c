import { createContainerCheck } from './checks/container/check.ts'
import type { Check } from './checks/check.ts'
import { createKubeletCheck } from './checks/kubelet/check.ts'
import { createSystemCollector } from './cgroups/collector.ts'
import type { AgentConfig } from './config.ts'
import { createDockerClient } from './docker/client.ts'
import { systemLookups } from './kubelet/candidates.ts'
import { createKubeletConnection } from './kubelet/connection.ts'
import type { AgentLog } from './log.ts'
import { createFilter } from './store/filter.ts'
import { createPodStore } from './store/pod-store.ts'
import { createTagger } from './store/tags.ts'

export interface BuiltChecks extends Disposable {
  /** By name, in the order of `agent status`. */
  readonly checks: ReadonlyMap<string, Check>
}

export interface BuildOptions {
  readonly config: AgentConfig
  readonly log: AgentLog
  readonly now: () => number
}

/** All checks of this process, around one kubelet connection, one pod store and one Docker client. */
export function buildChecks({ config, log, now }: BuildOptions): BuiltChecks {
  const docker = config.docker && createDockerClient(config.docker)
  const dockerHostName = async (): Promise<string | undefined> =>
    (await docker?.info(AbortSignal.timeout(2_000)))?.Name
  const lookups = (): ReturnType<typeof systemLookups> => systemLookups(dockerHostName)
  const connection = createKubeletConnection({ config, lookups, log, now })
  const pods = createPodStore({ log, now })
  const tagger = createTagger()
  const filter = createFilter(config.filters, (text) => log.warn('agent/store/filter', text))
  const { cgroupRoot, procRoot } = config.system
  const system =
    cgroupRoot === undefined ? undefined : createSystemCollector({ cgroupRoot, procRoot, now })
  const shared = { connection, pods, tagger, filter, log, now }
  const checks = [
    createContainerCheck({ ...shared, config, docker, system }),
    createKubeletCheck(shared),
  ]
  return {
    checks: new Map(checks.map((check) => [check.name, check])),
    [Symbol.dispose]() {
      connection[Symbol.dispose]()
      docker?.[Symbol.dispose]()
    },
  }
}
