import type { Sender } from '../../aggregator/sender.ts'
import type { Family, Sample } from '../../exposition.ts'
import type { KubeletClient } from '../../kubelet/client.ts'
import { createBodyBuffer, type BodyBuffer } from '../../http-get.ts'
import type { AgentLog } from '../../log.ts'
import type { ContainerFilter } from '../../store/filter.ts'
import {
  createSeriesReader,
  type SeriesReader,
  type SeriesReaderOptions,
} from '../../scrape/series-reader.ts'
import { createOwnersMemory, type OwnersMemory } from './cadvisor-owners.ts'
import type { KubeletInstance } from './instance.ts'
import type { UsageMemory } from './remembered-usage.ts'
import type { Tagger } from '../../store/tags.ts'
import type { Workload } from '../../store/workload.ts'

/** What providers remember from run to run. */
export interface KubeletMemory {
  /** By limit family. */
  readonly usage: Map<string, UsageMemory>
  /** Whose cadvisor's label sets are. */
  readonly owners: OwnersMemory
  /** The tags that a label set becomes. */
  readonly labelTags: WeakMap<Sample['labels'], readonly string[]>
  /** `/metrics/slis` was 404 once: not asked again. */
  slisOff: boolean
  /** By endpoint: its label sets are mostly those of the last run. */
  readonly readers: Map<string, Endpoint>
}

/** What reads one Prometheus endpoint, and the memory that its answers are read into. */
interface Endpoint {
  readonly reader: SeriesReader
  readonly body: BodyBuffer
}

export const createKubeletMemory = (): KubeletMemory => ({
  usage: new Map(),
  owners: createOwnersMemory(),
  labelTags: new WeakMap(),
  slisOff: false,
  readers: new Map(),
})

/** Everything that a provider of the kubelet check works with, for one run. */
export interface ProviderRun {
  readonly client: KubeletClient
  /** Adds the instance's tags to every call. */
  readonly sender: Sender
  readonly instance: KubeletInstance
  readonly workload: Workload
  /** Whether a pod list was ever read. */
  readonly podListRead: boolean
  /** The kubelet's `cpuManagerPolicy`; undefined: never read. */
  readonly cpuManagerPolicy?: string | undefined
  /** `namespace/claim` → the tags of the pod that uses it. */
  readonly claimTags: ReadonlyMap<string, readonly string[]>
  readonly tagger: Tagger
  readonly filter: ContainerFilter
  readonly memory: KubeletMemory
  readonly log: AgentLog
  readonly signal: AbortSignal
  readonly now: () => number
}

/** One source of the check. What it throws becomes a warning, and the next one runs. */
export interface Provider {
  readonly name: string
  run(run: ProviderRun): Promise<void> | void
}

export const PREFIX = 'kubernetes.'

const names = new Map<string, string>()

/** `PREFIX + name` for names out of a table: the same string each time, which the aggregator knows again at a glance. */
export function metricName(name: string): string {
  const known = names.get(name)
  if (known !== undefined) return known
  const made = PREFIX + name
  names.set(name, made)
  return made
}

/** A Prometheus endpoint's families. Its status is not looked at (the Agent parses whatever body comes), but for a 404. */
export async function scrape(
  run: ProviderRun,
  path: string,
  options: SeriesReaderOptions & { readonly notFound?: () => void },
): Promise<ReadonlyMap<string, Family>> {
  const { readers } = run.memory
  const endpoint = readers.get(path) ?? {
    reader: createSeriesReader(options),
    body: createBodyBuffer(),
  }
  readers.set(path, endpoint)
  const answer = await run.client.get(path, run.signal, {
    into: endpoint.body,
    timeoutMs: run.instance.timeoutMs,
  })
  if (answer.status === 404 && options.notFound) {
    options.notFound()
    return new Map()
  }
  return endpoint.reader.read(answer.raw ?? Buffer.from(answer.body))
}
