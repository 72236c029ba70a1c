import type { Series } from '../../aggregator/series.ts'
import { BARE_TAG, tagsByKey } from '../tags.ts'

export type MetricType = 'counter' | 'gauge'

/**
 * The family's name, without the `_total` of counters: `kubernetes.kubelet.evictions` → `kubernetes_kubelet_evictions`.
 * `_total` is taken from gauges too: it would say that they only ever grow.
 */
export function familyName(metric: string): string {
  const name = metric.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_')
  return name.length > TOTAL.length && name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : name
}

const TOTAL = '_total'

/** Labels as they stand between the braces, sorted, without duplicates; tags of one key become one value. */
export function labelsOf({ tags, host }: Series): string {
  const labels = new Map<string, Set<string>>()
  for (const [key, values] of tagsByKey(tags)) {
    const name = labelName(key)
    const all = labels.get(name) ?? new Set<string>()
    for (const value of values) all.add(value)
    labels.set(name, all)
  }
  labels.set('host', new Set([host]))
  return [...labels]
    .map(([name, values]) => `${name}="${escapeValue([...values].toSorted().join(','))}"`)
    .toSorted()
    .join(',')
}

/** `host` is the agent's own label, as Prometheus treats labels of scraped things: others get `exported_`. */
function labelName(key: string): string {
  const name = key
    .replace(/[^a-zA-Z0-9_]/g, '_')
    .replace(/^_+/, '')
    .replace(/^(?=\d)/, '_')
  if (name === 'host') return 'exported_host'
  return name === '' ? BARE_TAG : name
}

const escapeValue = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')

/** Help is escaped alike in both formats, as nothing in it needs a quote. */
export const escapeHelp = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', "'")
