import { combining } from '../../aggregator/combine.ts'
import type { Sender } from '../../aggregator/sender.ts'
import type { SystemCollector } from '../../cgroups/collector.ts'
import type { AgentConfig } from '../../config.ts'
import type { DockerClient } from '../../docker/client.ts'
import { messageOf } from '../../go-errors.ts'
import type { RequestRecord } from '../../kubelet/client.ts'
import type { KubeletConnection } from '../../kubelet/connection.ts'
import { CONTAINER_CHECK_INTERVAL_MS, DOCKER_PARALLEL } from '../../limits.ts'
import type { AgentLog } from '../../log.ts'
import type { ContainerFilter } from '../../store/filter.ts'
import type { PodStore } from '../../store/pod-store.ts'
import type { Cardinality, Tagger } from '../../store/tags.ts'
import type { VirtualNames } from '../../store/virtual-names.ts'
import type { StoredContainer } from '../../store/workload.ts'
import type { Check } from '../check.ts'
import { cgroupSource } from './cgroup-source.ts'
import { dockerSource } from './docker-source.ts'
import { mapLimited } from './map-limited.ts'
import { matchPods } from './match-pods.ts'
import { kubeletSource } from './kubelet-source.ts'
import { createOwnApi } from './own-api.ts'
import { collectorFor, listContainers, type Sources } from './choose-source.ts'
import { entryOf, logNilStats, type Outcome } from './entries.ts'
import { containerTags, reportContainer, reportNetworks, type Resolved } from './report.ts'
import type { ContainerSource, ListedContainer, StatsCollector } from './source.ts'

const WHERE = 'agent/checks/container'

export interface ContainerCheckOptions {
  readonly config: AgentConfig
  readonly connection: KubeletConnection
  readonly docker: DockerClient | undefined
  /** The node's control groups; undefined when they cannot be read. */
  readonly system: SystemCollector | undefined
  readonly pods: PodStore
  readonly virtualNames?: VirtualNames | undefined
  readonly tagger: Tagger
  readonly filter: ContainerFilter
  readonly log: AgentLog
  readonly now: () => number
  /** No tag beyond this (`check_tag_cardinality`); high by default. */
  readonly cardinality?: Cardinality
}

/**
 * The `container` check: every running container that the runtime (or, without one, the kubelet) lists, found again among
 * the pods of the agent's own API server. One that is in none of them is a neighbour's: nil stats, and no metric.
 */
export function createContainerCheck(options: ContainerCheckOptions): Check {
  const { docker, filter, log } = options
  const api = createOwnApi(options)
  const requests: RequestRecord[] = []
  const sources: Sources = {
    docker: docker && dockerSource(docker),
    kubelet: kubeletSource({ ...options, requests }),
    cgroups: options.system && cgroupSource(options.system),
  }
  const reported = new Set<string>()

  return {
    name: 'container',
    source: 'file:/etc/datadog-agent/conf.d/container.d/conf.yaml.default',
    intervalMs: CONTAINER_CHECK_INTERVAL_MS,
    async run(run) {
      requests.length = 0
      const { source, all } = await listContainers(sources, options.pods, run)
      const listed = all.filter((one) => !filter.excludes(withAnnotations(one)))
      const own = await api.pods(run.signal)
      const known = await matchPods(options, own, source, requests, run)
      const stats = collectorFor(options.system, source, listed)
      const resolved = await mapLimited(listed, DOCKER_PARALLEL, (one) =>
        resolve(one, known.find(one), source, stats, run.signal, log),
      )
      const entries = resolved.map((one) => entryOf(one, known.unclaimed, stats.kind))
      const capped = combining(run.sender, options.cardinality ?? 'high')
      report(options, capped.sender, resolved)
      capped.flush()
      logNilStats(entries, reported, log)
      Object.assign(run.inventory, {
        source: source.kind,
        stats: stats.kind,
        containers: entries,
        api: own.api,
        requests: [...requests],
      })
    },
  }
}

const withAnnotations = (one: ListedContainer): Parameters<ContainerFilter['excludes']>[0] => ({
  ...one,
  annotations: one.stored?.pod.pod.metadata.annotations,
})

async function resolve(
  listed: ListedContainer,
  stored: StoredContainer | undefined,
  source: ContainerSource,
  stats: StatsCollector,
  signal: AbortSignal,
  log: AgentLog,
): Promise<Outcome> {
  if (!stored) return { listed, skipped: false }
  try {
    const [life, reading] = await Promise.all([
      source.life(listed, stored, signal),
      stats.reading(listed, signal),
    ])
    return { listed, stored, facts: { ...life, reading } }
  } catch (error) {
    signal.throwIfAborted()
    const text = `Container stats for: ${listed.id} not available through collector "${stats.kind}", err: ${messageOf(error)}`
    log.debug(WHERE, text)
    return { listed, stored, skipped: true }
  }
}

function report(
  { filter, tagger, now, cardinality }: ContainerCheckOptions,
  sender: Sender,
  outcomes: readonly Outcome[],
): void {
  const reported = outcomes.filter(
    (one): one is Resolved => one.facts !== undefined && !filter.excludesStored(one.stored),
  )
  for (const one of reported) {
    reportContainer(sender, one, containerTags(one, tagger, cardinality), now())
  }
  reportNetworks(sender, reported, tagger, cardinality)
}
