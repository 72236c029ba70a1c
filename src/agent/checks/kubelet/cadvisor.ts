import type { Family, Sample } from '../../exposition.ts'
import type { StoredPod } from '../../store/workload.ts'
import { CADVISOR_TABLE, type CadvisorRow } from './cadvisor-table.ts'
import {
  PREFIX,
  scrape,
  type Provider,
  type ProviderRun,
  type RememberedUsage,
} from './provider.ts'

type RowOf<S extends CadvisorRow['scope']> = Extract<CadvisorRow, { scope: S }>

/** `/metrics/cadvisor`: CPU, memory, disk and network of pods and containers. */
export const cadvisor: Provider = {
  name: 'cadvisor',
  async run(run) {
    const families = await scrape(run, '/metrics/cadvisor', {
      skipLine: isNodeRow,
      wanted: (family) => Object.hasOwn(CADVISOR_TABLE, family),
    })
    for (const [name, row] of Object.entries(CADVISOR_TABLE)) {
      const family = families.get(name)
      // A run that does not show a family any more forgets what it remembered of it.
      if (!family && row.scope === 'usage') run.memory.usage.delete(row.limit)
      if (!family || !processable(run, family)) continue
      if (row.scope === 'plain') reportPlain(run, family, row)
      else if (row.scope === 'usage') reportUsage(run, family, row)
      else if (row.scope === 'limit') reportLimit(run, family, row)
      else reportPods(run, family, row)
    }
  },
}

/** Rows of the node's own cgroups, dropped as text before they are parsed. */
const isNodeRow = (line: string): boolean => line.includes('pod=""') || line.includes('pod_name=""')

function processable(run: ProviderRun, family: Family): boolean {
  if (family.type === 'counter' || family.type === 'gauge' || family.type === 'summary') return true
  const text = `metric type ${family.type} unsupported for metric ${family.name}`
  run.log.error('agent/checks/kubelet/cadvisor', text)
  return false
}

const containerOf = ({ labels }: Sample): string =>
  labels['container'] ?? labels['container_name'] ?? ''
const podOf = ({ labels }: Sample): string => labels['pod'] ?? labels['pod_name'] ?? ''

/** A sample of a container, not of a pod's cgroup or its sandbox. */
function isContainer(sample: Sample): boolean {
  const { labels } = sample
  if (!('namespace' in labels && 'name' in labels && 'image' in labels && 'id' in labels))
    return false
  const container = containerOf(sample)
  return container !== '' && container !== 'POD' && ('pod' in labels || 'pod_name' in labels)
}

const isPod = (sample: Sample): boolean =>
  containerOf(sample) === 'POD' || (containerOf(sample) === '' && podOf(sample) !== '')

const findPod = (run: ProviderRun, sample: Sample): StoredPod | undefined =>
  run.workload.podNamed(sample.labels['namespace'] ?? '', podOf(sample))

/** Whose sample it is and which tags it gets; undefined for a container that is unknown, excluded or without tags. */
function owner(
  run: ProviderRun,
  sample: Sample,
): { readonly key: string; readonly tags: readonly string[] } | undefined {
  const stored = findPod(run, sample)
  if (!stored || run.filter.excludesPod(stored)) return undefined
  const name = containerOf(sample)
  if (stored.staticPending) {
    const tags = run.tagger.pod(stored, 'high')
    const key = `${stored.uid}/${name}`
    return tags.length === 0 ? undefined : { key, tags: [...tags, `kube_container_name:${name}`] }
  }
  const container = stored.containers.find((one) => one.name === name)
  if (!container || run.filter.excludesStored(container)) return undefined
  const tags = run.tagger.container(container, 'high')
  return tags.length === 0 ? undefined : { key: container.id, tags }
}

interface Gathered {
  readonly tags: readonly string[]
  readonly sample: Sample
  value: number
}

/** One entry per container: its last sample, or the first one with the sum of all values. */
function gather(run: ProviderRun, family: Family, keep: 'last' | 'sum'): Gathered[] {
  const byContainer = new Map<string, Gathered>()
  for (const sample of family.samples) {
    if (!isContainer(sample)) continue
    const found = owner(run, sample)
    if (!found) continue
    const known = byContainer.get(found.key)
    if (known && keep === 'sum') known.value += sample.value
    else byContainer.set(found.key, { tags: found.tags, sample, value: sample.value })
  }
  return [...byContainer.values()]
}

/** A label as a tag; an empty one gives `device:`, an absent one nothing. */
function labelTag(sample: Sample, label: string | undefined): string[] {
  const value = label === undefined ? undefined : sample.labels[label]
  return value === undefined ? [] : [`${label ?? ''}:${value}`]
}

function reportPlain(run: ProviderRun, family: Family, row: RowOf<'plain'>): void {
  for (const { tags, sample, value } of gather(run, family, 'last')) {
    if (row.below !== undefined && value >= row.below) continue
    const all = [...tags, ...labelTag(sample, row.label)]
    run.sender.metric(row.call, PREFIX + row.metric, value * (row.factor ?? 1), all)
  }
}

function reportUsage(run: ProviderRun, family: Family, row: RowOf<'usage'>): void {
  const remembered = new Map<string, RememberedUsage>()
  for (const { tags, sample, value } of gather(run, family, 'sum')) {
    const all = [...tags, ...labelTag(sample, row.label)]
    const name = sample.labels['name'] ?? ''
    if (name !== '') remembered.set(name, { value, tags: all })
    run.sender.metric('gauge', PREFIX + row.metric, value, all)
  }
  run.memory.usage.set(row.limit, remembered)
}

function reportLimit(run: ProviderRun, family: Family, row: RowOf<'limit'>): void {
  const usage = run.memory.usage.get(family.name)
  for (const { tags, sample, value } of gather(run, family, 'last')) {
    if (row.metric !== undefined) run.sender.metric('gauge', PREFIX + row.metric, value, tags)
    const used = usage?.get(sample.labels['name'] ?? '')
    if (used && value > 0)
      run.sender.metric('gauge', PREFIX + row.percent, used.value / value, used.tags)
  }
}

function reportPods(run: ProviderRun, family: Family, row: RowOf<'pod'>): void {
  const byPod = new Map<string, Gathered>()
  for (const sample of family.samples) {
    const stored = isPod(sample) ? findPod(run, sample) : undefined
    if (!stored || stored.hostNetwork || run.filter.excludesPod(stored)) continue
    const known = byPod.get(stored.uid)
    if (known) known.value += sample.value
    else
      byPod.set(stored.uid, { tags: run.tagger.pod(stored, 'high'), sample, value: sample.value })
  }
  for (const { tags, sample, value } of byPod.values()) {
    if (tags.length === 0) continue
    const all = [...tags, ...labelTag(sample, 'interface')]
    run.sender.metric('rate', PREFIX + row.metric, value, all)
  }
}
