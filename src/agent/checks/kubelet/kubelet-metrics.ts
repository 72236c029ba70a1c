import type { Family, Sample } from '../../exposition.ts'
import { METRICS_TABLE, type MetricsRow } from './kubelet-metrics-table.ts'
import { PREFIX, scrape, type Provider, type ProviderRun } from './provider.ts'
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

/** `le` is called `upper_bound`; a `url` is cut to its path. */
function labelTags(sample: Sample, without?: string): string[] {
  return Object.entries(sample.labels)
    .filter(([label]) => label !== without)
    .map(([label, value]) => {
      if (label === 'le') return `upper_bound:${value}`
      return `${label}:${label === 'url' ? pathOfUrl(value) : value}`
    })
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
  for (const sample of family.samples) {
    const tags = tagsOf(run, sample, row)
    if (tags) run.sender.metric(row.call, PREFIX + row.metric, sample.value, tags)
  }
}

/** undefined: the sample is not sent. */
function tagsOf(run: ProviderRun, sample: Sample, row: MetricsRow): readonly string[] | undefined {
  if (row.tags === 'claim') return claimTags(run, sample)
  if (row.tags === 'container') return containerTags(run, sample)
  return labelTags(sample)
}

function claimTags(run: ProviderRun, sample: Sample): readonly string[] | undefined {
  const { namespace = '', persistentvolumeclaim: claim = '' } = sample.labels
  if (namespace === '' || claim === '') return undefined
  if (run.filter.excludes({ name: '', image: '', namespace })) return undefined
  return [...labelTags(sample), ...(run.claimTags.get(`${namespace}/${claim}`) ?? [])]
}

/** Of an unknown container the value is sent all the same, without its labels. */
function containerTags(run: ProviderRun, sample: Sample): readonly string[] | undefined {
  const container = containerOfSample(run.workload, sample)
  if (!container) return []
  return run.filter.excludesStored(container) ? undefined : run.tagger.container(container, 'high')
}

/** Raw cumulative values as gauges: `.sum`, and `.count` for each bucket and for all. Bounds without end are left out. */
function reportHistogram(run: ProviderRun, family: Family, row: MetricsRow): void {
  const buckets = run.instance.sendHistogramsBuckets
  for (const sample of family.samples) {
    if (!Number.isFinite(sample.value)) continue
    const name = PREFIX + row.metric
    const part = sample.name.slice(family.name.length)
    if (part === '_sum') {
      const value = row.micro ? sample.value * 1e6 : sample.value
      run.sender.metric('gauge', `${name}.sum`, value, labelTags(sample))
    } else if (part === '_count') {
      const all = buckets ? ['upper_bound:none'] : []
      run.sender.metric('gauge', `${name}.count`, sample.value, [...labelTags(sample), ...all])
    } else if (part === '_bucket' && buckets) {
      const le = sample.labels['le'] ?? ''
      if (!/^[\d.e+-]+$/i.test(le)) continue
      const bound = row.micro ? (Number(le) * 1e6).toFixed(6) : le
      const tags = [...labelTags(sample, 'le'), `upper_bound:${bound}`]
      run.sender.metric('gauge', `${name}.count`, sample.value, tags)
    }
  }
}

function reportSummary(run: ProviderRun, family: Family, row: MetricsRow): void {
  for (const sample of family.samples) {
    if (!Number.isFinite(sample.value)) continue
    const part = sample.name.slice(family.name.length)
    const end = part === '_sum' ? 'sum' : part === '_count' ? 'count' : 'quantile'
    run.sender.metric('gauge', `${PREFIX}${row.metric}.${end}`, sample.value, labelTags(sample))
  }
}
