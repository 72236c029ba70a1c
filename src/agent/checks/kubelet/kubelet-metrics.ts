import type { Family, Sample } from '../../exposition.ts'
import { isIgnored, labelTags, sendCumulative } from './instance.ts'
import { METRICS_TABLE, type MetricsRow } from './kubelet-metrics-table.ts'
import { withTag } from '../../store/extended-tags.ts'
import { metricName, scrape, type Provider, type ProviderRun } from './provider.ts'
import { containerOfSample } from './sample-owner.ts'

/** `/metrics`: the kubelet's own work. */
export const kubeletMetrics: Provider = {
  name: 'kubelet',
  async run(run) {
    const families = await scrape(run, '/metrics', {
      wanted: (family) => Object.hasOwn(METRICS_TABLE, family),
    })
    for (const [name, row] of Object.entries(METRICS_TABLE)) {
      const family = families.get(name)
      if (!family) continue
      if (family.type === 'histogram') reportHistogram(run, family, row)
      else if (family.type === 'summary') reportSummary(run, family, row)
      else if (family.type !== 'untyped') reportValues(run, family, row)
      else run.log.error('agent/checks/kubelet/kubelet-metrics', `metric ${name} is untyped`)
    }
  },
}

/** A `url` is cut to its path. Label sets are the same objects in every run, and so are their tags. */
function tagsOfLabels({ memory, instance }: ProviderRun, { labels }: Sample): readonly string[] {
  const known = memory.labelTags.get(labels)
  if (known) return known
  const tags = labelTags(instance, labels, (label, value) =>
    label === 'url' ? pathOfUrl(value) : value,
  )
  memory.labelTags.set(labels, tags)
  return tags
}

function pathOfUrl(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? ''
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function reportValues(run: ProviderRun, family: Family, row: MetricsRow): void {
  const { sender, instance } = run
  const name = metricName(row.metric)
  const isCounter = family.type === 'counter'
  for (const sample of family.samples) {
    const tags = isIgnored(instance, sample.labels) ? undefined : tagsOf(run, sample, row)
    if (!tags) continue
    const metric = { name, value: sample.value, tags }
    if (row.call !== 'gauge' || !isCounter) sender.metric(row.call, name, sample.value, tags)
    else sendCumulative(sender, instance, instance.sendMonotonicCounter, metric)
  }
}

/** undefined: the sample is not sent. */
function tagsOf(run: ProviderRun, sample: Sample, row: MetricsRow): readonly string[] | undefined {
  if (row.tags === 'claim') return claimTags(run, sample)
  if (row.tags === 'container') return containerTags(run, sample)
  return tagsOfLabels(run, sample)
}

function claimTags(run: ProviderRun, sample: Sample): readonly string[] | undefined {
  const { namespace = '', persistentvolumeclaim: claim = '' } = sample.labels
  if (namespace === '' || claim === '') return undefined
  if (run.filter.excludes({ name: '', image: '', namespace })) return undefined
  return [...tagsOfLabels(run, sample), ...(run.claimTags.get(`${namespace}/${claim}`) ?? [])]
}

/** Of an unknown container the value is sent all the same, without its labels. */
function containerTags(run: ProviderRun, sample: Sample): readonly string[] | undefined {
  const container = containerOfSample(run.workload, sample)
  if (!container) return []
  return run.filter.excludesStored(container) ? undefined : run.tagger.container(container, 'high')
}

/** Raw cumulative values: `.sum`, and `.count` for each bucket and for all. Bounds without end are left out. */
function reportHistogram(run: ProviderRun, family: Family, row: MetricsRow): void {
  const { instance } = run
  const buckets = instance.sendHistogramsBuckets
  const sum = metricName(`${row.metric}.sum`)
  const count = metricName(`${row.metric}.count`)
  for (const sample of family.samples) {
    if (!Number.isFinite(sample.value) || isIgnored(instance, sample.labels)) continue
    const tags = tagsOfLabels(run, sample)
    if (isPart(sample, family, '_sum')) {
      const value = row.micro ? sample.value * 1e6 : sample.value
      sendSum(run, { name: sum, value, tags })
    } else if (isPart(sample, family, '_count')) {
      const all = buckets ? withTag(tags, 'upper_bound:none') : tags
      sendCount(run, { name: count, value: sample.value, tags: all })
    } else if (buckets && isPart(sample, family, '_bucket')) {
      const all = bucketTags(sample, tags, row)
      if (all) sendCount(run, { name: count, value: sample.value, tags: all })
    }
  }
}

const isPart = (sample: Sample, family: Family, part: string): boolean =>
  sample.name.length === family.name.length + part.length && sample.name.endsWith(part)

/** By a label set's tags: with the bound in seconds, and in microseconds. */
const withBound = {
  seconds: new WeakMap<readonly string[], readonly string[]>(),
  micro: new WeakMap<readonly string[], readonly string[]>(),
}

/** undefined: the bound is no number, or without end. */
function bucketTags(
  { labels }: Sample,
  tags: readonly string[],
  row: MetricsRow,
): readonly string[] | undefined {
  const memory = row.micro ? withBound.micro : withBound.seconds
  const known = memory.get(tags)
  if (known) return known
  const le = labels['le'] ?? ''
  if (!/^[\d.e+-]+$/i.test(le)) return undefined
  const bound = `upper_bound:${row.micro ? (Number(le) * 1e6).toFixed(6) : le}`
  const all = tags.map((tag) => (tag.startsWith('upper_bound:') ? bound : tag))
  memory.set(tags, all)
  return all
}

function reportSummary(run: ProviderRun, family: Family, row: MetricsRow): void {
  const sum = metricName(`${row.metric}.sum`)
  const count = metricName(`${row.metric}.count`)
  const quantile = metricName(`${row.metric}.quantile`)
  for (const sample of family.samples) {
    if (!Number.isFinite(sample.value) || isIgnored(run.instance, sample.labels)) continue
    const { value } = sample
    const tags = tagsOfLabels(run, sample)
    if (isPart(sample, family, '_sum')) sendSum(run, { name: sum, value, tags })
    else if (isPart(sample, family, '_count')) sendCount(run, { name: count, value, tags })
    else run.sender.metric('gauge', quantile, value, tags)
  }
}

type Cumulative = Parameters<typeof sendCumulative>[3]

const sendSum = ({ sender, instance }: ProviderRun, metric: Cumulative): void =>
  sendCumulative(sender, instance, instance.sendDistributionSumsAsMonotonic, metric)

const sendCount = ({ sender, instance }: ProviderRun, metric: Cumulative): void =>
  sendCumulative(sender, instance, instance.sendDistributionCountsAsMonotonic, metric)
