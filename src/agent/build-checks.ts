import { withTags } from './aggregator/sender.ts'
import { createContainerCheck } from './checks/container/check.ts'
import type { Check } from './checks/check.ts'
import { createKubeletCheck } from './checks/kubelet/check.ts'
import { DEFAULT_INSTANCE } from './checks/kubelet/instance.ts'
import { createSystemCollector } from './cgroups/collector.ts'
import type { AgentConfig } from './config.ts'
import type { CheckConfig } from './config/check-config.ts'
import { createDockerClient } from './docker/client.ts'
import { systemLookups } from './kubelet/candidates.ts'
import { createKubeletConnection, type KubeletConnection } from './kubelet/connection.ts'
import type { AgentLog } from './log.ts'
import { createFilter, type ContainerFilter } from './store/filter.ts'
import { createPodStore, type PodStore } from './store/pod-store.ts'
import { createTagger, type Tagger } from './store/tags.ts'
import { countedByVcluster } from './store/count-by-vcluster.ts'
import { NO_VIRTUAL_NAMES, createVirtualNames } from './store/virtual-names.ts'

/** A check as it is configured; several may have one name. */
export interface BuiltCheck extends Check {
  /** `kubelet`, or `kubelet:<hash>`. */
  readonly id: string
}

export interface BuiltChecks extends Disposable {
  /** In the order of `agent status`. */
  readonly checks: readonly BuiltCheck[]
  /** What the checks without credentials of their own know the pods by. */
  readonly access: Access & { readonly tagger: Tagger }
}

export interface BuildOptions {
  readonly config: AgentConfig
  /** Instances: which checks there are, and with what options. */
  readonly checks: readonly CheckConfig[]
  readonly log: AgentLog
  readonly now: () => number
}

/** What an instance shares with all others that have no credentials of their own. */
export interface Access {
  readonly connection: KubeletConnection
  readonly pods: PodStore
}

/** All checks of this process, around one kubelet connection, one pod store and one Docker client. */
export function buildChecks({ config, checks, log, now }: BuildOptions): BuiltChecks {
  const docker = config.docker && createDockerClient(config.docker, config.dockerTimeoutMs)
  const dockerHostName = async (): Promise<string | undefined> =>
    (await docker?.info(AbortSignal.timeout(2_000)))?.Name
  const lookups = (): ReturnType<typeof systemLookups> => systemLookups(dockerHostName)
  const tagger = createTagger()
  const { cgroupRoot, procRoot } = config.system
  const system =
    cgroupRoot === undefined ? undefined : createSystemCollector({ cgroupRoot, procRoot, now })
  const virtualNames =
    config.vclusters.length === 0 ? NO_VIRTUAL_NAMES : createVirtualNames(config.vclusters)
  const connections: KubeletConnection[] = []
  const accessWith = (kubelet: CheckConfig['kubelet']): Access => {
    const own = { ...config, kubelet: { ...config.kubelet, ...kubelet } }
    const connection = createKubeletConnection({ config: own, lookups, log, now })
    connections.push(connection)
    return { connection, pods: createPodStore({ ...config.podList, log, now, virtualNames }) }
  }
  const shared = accessWith({})
  const filterWith = (filters: CheckConfig['filters']): ContainerFilter =>
    createFilter({ ...config.filters, ...filters }, (text) => log.warn('agent/store/filter', text))
  const sharedFilter = filterWith({})

  const build = (one: CheckConfig): BuiltCheck => {
    const access = Object.keys(one.kubelet).length === 0 ? shared : accessWith(one.kubelet)
    const filter = Object.keys(one.filters).length === 0 ? sharedFilter : filterWith(one.filters)
    const parts = { ...access, virtualNames, tagger, filter, log, now }
    const instance = { ...DEFAULT_INSTANCE, ...one.options, tags: one.tags }
    const { cardinality } = instance
    const check =
      one.name === 'kubelet'
        ? createKubeletCheck({ ...parts, instance })
        : tagged(createContainerCheck({ ...parts, config, docker, system, cardinality }), one.tags)
    const { id, source, intervalMs } = one
    const whole = config.vclusters.length === 0 ? check : countedByVcluster(check)
    return { name: one.name, id, source, intervalMs, run: (run) => whole.run(run) }
  }
  return {
    checks: checks.map(build),
    access: { ...shared, tagger },
    [Symbol.dispose]() {
      for (const connection of connections) connection[Symbol.dispose]()
      docker?.[Symbol.dispose]()
    },
  }
}

/** The same check with the instance's tags on all that it sends. */
function tagged(check: Check, tags: readonly string[]): Check {
  if (tags.length === 0) return check
  return { ...check, run: (run) => check.run({ ...run, sender: withTags(run.sender, tags) }) }
}
