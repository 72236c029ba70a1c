import type { AgentConfig } from '../../config.ts'
import type { DockerClient } from '../../docker/client.ts'
import { messageOf } from '../../go-errors.ts'
import type { RequestRecord } from '../../kubelet/client.ts'
import type { KubeletConnection } from '../../kubelet/connection.ts'
import { CONTAINER_CHECK_INTERVAL_MS, DOCKER_PARALLEL } from '../../limits.ts'
import type { AgentLog } from '../../log.ts'
import type { ContainerFilter } from '../../store/filter.ts'
import type { PodStore } from '../../store/pod-store.ts'
import type { Tagger } from '../../store/tags.ts'
import type { StoredContainer } from '../../store/workload.ts'
import type { Check, CheckRun } from '../check.ts'
import { dockerSource } from './docker-source.ts'
import { mapLimited } from './map-limited.ts'
import { matchPods } from './match-pods.ts'
import { kubeletSource } from './kubelet-source.ts'
import { createOwnApi } from './own-api.ts'
import { containerTags, reportContainer, reportNetworks, type Resolved } from './report.ts'
import type { ContainerSource, ListedContainer } from './source.ts'

const WHERE = 'agent/checks/container'

/** A container as `inventories` reports it. */
export interface ContainerEntry {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string } | null
  /** Numbers were reported of it. */
  readonly stats: boolean
  /** Listed, and nobody has numbers for it: it is in no pod that the agent knows, or its source said nothing. */
  readonly nilStats: boolean
}

export interface ContainerCheckOptions {
  readonly config: AgentConfig
  readonly connection: KubeletConnection
  readonly docker: DockerClient | undefined
  readonly pods: PodStore
  readonly tagger: Tagger
  readonly filter: ContainerFilter
  readonly log: AgentLog
  readonly now: () => number
}

/**
 * The `container` check: every running container that the runtime (or, without one, the kubelet) lists, found again among
 * the pods of the agent's own API server. One that is in none of them is a neighbour's: nil stats, and no metric.
 */
export function createContainerCheck(options: ContainerCheckOptions): Check {
  const { config, docker, filter, log, now } = options
  const api = createOwnApi({ config, now })
  const requests: RequestRecord[] = []
  const fromKubelet = kubeletSource({ ...options, requests })
  const fromDocker = docker && dockerSource(docker)
  const reported = new Set<string>()

  return {
    name: 'container',
    source: 'file:/etc/datadog-agent/conf.d/container.d/conf.yaml.default',
    intervalMs: CONTAINER_CHECK_INTERVAL_MS,
    async run(run) {
      requests.length = 0
      const { source, all } = await listContainers(fromDocker, fromKubelet, run)
      const listed = all.filter((one) => !filter.excludes(withAnnotations(one)))
      const own = await api.pods(run.signal)
      const find = await matchPods(options, own, source, requests, run)
      const resolved = await mapLimited(listed, DOCKER_PARALLEL, (one) =>
        resolve(one, find(one), source, run.signal, log),
      )
      const entries = resolved.map((one) => entryOf(one))
      report(options, run, resolved)
      logNilStats(entries, reported, log)
      Object.assign(run.inventory, {
        source: source.kind,
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

/** Docker, when it is there and answers; else the kubelet. What fails without an alternative is the run's error. */
async function listContainers(
  fromDocker: ContainerSource | undefined,
  fromKubelet: ContainerSource,
  { signal, warn }: CheckRun,
): Promise<{ source: ContainerSource; all: ListedContainer[] }> {
  if (fromDocker) {
    try {
      return { source: fromDocker, all: await fromDocker.list(signal) }
    } catch (error) {
      signal.throwIfAborted()
      warn(`Docker cannot be asked, containers are taken from the kubelet: ${messageOf(error)}`)
    }
  }
  return { source: fromKubelet, all: await fromKubelet.list(signal) }
}

type Outcome =
  | (Resolved & { readonly skipped?: never })
  | {
      readonly listed: ListedContainer
      readonly stored?: StoredContainer
      readonly facts?: never
      readonly skipped: boolean
    }

async function resolve(
  listed: ListedContainer,
  stored: StoredContainer | undefined,
  source: ContainerSource,
  signal: AbortSignal,
  log: AgentLog,
): Promise<Outcome> {
  if (!stored) return { listed, skipped: false }
  try {
    return { listed, stored, facts: await source.facts(listed, signal) }
  } catch (error) {
    signal.throwIfAborted()
    const text = `Container stats for: ${listed.id} not available through collector "${source.kind}", err: ${messageOf(error)}`
    log.debug(WHERE, text)
    return { listed, stored, skipped: true }
  }
}

function report(
  { filter, tagger, now }: ContainerCheckOptions,
  { sender }: CheckRun,
  outcomes: readonly Outcome[],
): void {
  const reported = outcomes.filter(
    (one): one is Resolved => one.facts !== undefined && !filter.excludesStored(one.stored),
  )
  for (const one of reported) reportContainer(sender, one, containerTags(one, tagger), now())
  reportNetworks(sender, reported, tagger)
}

function entryOf({ listed, stored, facts, skipped }: Outcome): ContainerEntry {
  const pod = stored && {
    namespace: stored.pod.namespace,
    name: stored.pod.name,
    uid: stored.pod.uid,
  }
  const stats = facts?.reading !== undefined
  const { id, name, image } = listed
  return { id, name, image, pod: pod ?? null, stats, nilStats: !stats && skipped !== true }
}

/** The Agent's own words. Each container is a warning once, and then a debug line: the list does not change every 15 s. */
function logNilStats(
  entries: readonly ContainerEntry[],
  reported: Set<string>,
  log: AgentLog,
): void {
  const nil = entries.filter((one) => one.nilStats)
  for (const { id, name, image } of nil) {
    const text = `Metrics provider returned nil stats for container: ${name} (id ${id}, image ${image})`
    if (reported.has(id)) log.debug(WHERE, text)
    else log.warn(WHERE, text)
  }
  reported.clear()
  for (const { id } of nil) reported.add(id)
}
