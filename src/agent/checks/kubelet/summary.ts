import type { ContainerStats, FsStats, Summary } from '../../../kubelet/summary-types.ts'
import { getChecked } from '../../kubelet/client.ts'
import type { StoredPod } from '../../store/workload.ts'
import { PREFIX, type Provider, type ProviderRun } from './provider.ts'
import { readSummary, type PodReading } from './read-summary.ts'

/** Name, and where its value is in a stats object. */
type Row<T> = readonly [metric: string, value: (stats: T) => number | undefined]

const fraction = (fs: FsStats | undefined): number | undefined =>
  fs?.usedBytes === undefined || !fs.capacityBytes ? undefined : fs.usedBytes / fs.capacityBytes

const NODE: readonly Row<Summary['node']>[] = [
  ['node.filesystem.usage', (node) => node.fs?.usedBytes],
  ['node.filesystem.usage_pct', (node) => fraction(node.fs)],
  ['node.image.filesystem.usage', (node) => node.runtime?.imageFs?.usedBytes],
  ['node.image.filesystem.usage_pct', (node) => fraction(node.runtime?.imageFs)],
]

const SYSTEM: readonly Row<ContainerStats>[] = [
  ['memory.rss', (stats) => stats.memory?.rssBytes],
  ['memory.usage', (stats) => stats.memory?.usageBytes],
  ['cpu.usage', (stats) => stats.cpu?.usageNanoCores],
]

const CONTAINER: readonly (readonly ['gauge' | 'rate', ...Row<ContainerStats>])[] = [
  ['rate', 'cpu.usage.total', (stats) => stats.cpu?.usageCoreNanoSeconds],
  ['gauge', 'memory.working_set', (stats) => stats.memory?.workingSetBytes],
  ['gauge', 'memory.usage', (stats) => stats.memory?.usageBytes],
  ['gauge', 'filesystem.usage', (stats) => stats.rootfs?.usedBytes],
  ['gauge', 'filesystem.usage_pct', (stats) => fraction(stats.rootfs)],
]

const NETWORK: readonly Row<PodReading>[] = [
  ['network.tx_bytes', (pod) => pod.network?.txBytes],
  ['network.rx_bytes', (pod) => pod.network?.rxBytes],
]

/** `/stats/summary`: the node and its system containers always, pods and containers as far as the instance asks. */
export const summary: Provider = {
  name: 'summary',
  async run(run) {
    const bytes = await getChecked(run.client, '/stats/summary', 'statssummary', run.signal, {
      timeoutMs: run.instance.timeoutMs,
    })
    const { node, pods } = readSummary(bytes, run.instance.useStatsSummaryAsSource)
    if (node) send(run, NODE, '', node, [])
    for (const system of node?.systemContainers ?? []) {
      if (system.name === 'kubelet' || system.name === 'runtime') {
        send(run, SYSTEM, `${system.name}.`, system, [])
      }
    }
    for (const pod of pods) reportPod(run, pod)
  },
}

/** A missing field is skipped, a zero is sent. */
function send<T>(
  { sender }: ProviderRun,
  rows: readonly Row<T>[],
  prefix: string,
  stats: T,
  tags: readonly string[],
): void {
  for (const [metric, read] of rows) {
    const value = read(stats)
    if (value !== undefined) sender.metric('gauge', PREFIX + prefix + metric, value, tags)
  }
}

const WHERE = 'agent/checks/kubelet/summary'

function reportPod(run: ProviderRun, stats: PodReading): void {
  const { name, namespace, uid } = stats.podRef
  if (!name || !namespace || !uid) {
    run.log.warn(WHERE, `got stats with empty pod uid/name/namespace: ${uid}/${name}/${namespace}`)
    return
  }
  const stored = run.workload.pod(uid)
  if (!stored) {
    run.log.info(
      WHERE,
      `pod ${namespace}/${name} (uid ${uid}) of the summary is not in the pod list`,
    )
    return
  }
  if (run.filter.excludesPod(stored)) return
  const tags = run.tagger.pod(stored, 'orchestrator')
  if (tags.length === 0) run.log.info(WHERE, `tags not found for pod ${namespace}/${name}`)
  else if (stored.phase === 'Running' || stored.phase === 'Pending')
    reportPodStats(run, stats, tags)
  if (run.instance.useStatsSummaryAsSource) reportContainers(run, stored, stats.containers)
}

function reportContainers(
  run: ProviderRun,
  stored: StoredPod,
  containers: readonly ContainerStats[],
): void {
  for (const container of containers) {
    const known = stored.containers.find(
      (one) => one.kind === 'regular' && one.name === container.name,
    )
    if (!known || run.filter.excludesStored(known)) continue
    const containerTags = run.tagger.container(known, 'high')
    if (containerTags.length === 0) continue
    for (const [call, metric, read] of CONTAINER) {
      const value = read(container)
      if (value !== undefined) run.sender.metric(call, PREFIX + metric, value, containerTags)
    }
  }
}

function reportPodStats(run: ProviderRun, stats: PodReading, tags: readonly string[]): void {
  const used = stats['ephemeral-storage']?.usedBytes
  if (used !== undefined) run.sender.metric('gauge', `${PREFIX}ephemeral_storage.usage`, used, tags)
  if (!run.instance.useStatsSummaryAsSource) return
  for (const [metric, read] of NETWORK) {
    const value = read(stats)
    if (value === undefined) continue
    // One call per expression that matches, as the Agent does.
    for (const expression of run.instance.enabledRates) {
      if (matches(expression, metric)) run.sender.metric('rate', PREFIX + metric, value, tags)
    }
  }
}

function matches(expression: string, metric: string): boolean {
  try {
    return new RegExp(expression).test(metric)
  } catch {
    return false
  }
}
