import { rfc3339 } from '../../core/index.ts'
import { formatBytes, type KubeObject } from '../../kube/index.ts'
import type { Usage } from './storage.ts'

/** What the API shows: NodeMetrics and PodMetrics of metrics.k8s.io/v1beta1. */

export interface MetricsObject extends KubeObject {
  readonly timestamp: string
  readonly window: string
}

const API_VERSION = 'metrics.k8s.io/v1beta1'

const metadataOf = (of: KubeObject, now: number): KubeObject['metadata'] => {
  const { name = '', namespace, labels } = of.metadata
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    creationTimestamp: rfc3339(now),
    ...(labels === undefined ? {} : { labels }),
  }
}

const resourcesOf = ({ nanocores, memoryBytes }: Usage): { cpu: string; memory: string } => ({
  cpu: formatNanocores(nanocores),
  memory: formatBytes(memoryBytes),
})

export function nodeMetrics(node: KubeObject, usage: Usage, now: number): MetricsObject {
  return {
    kind: 'NodeMetrics',
    apiVersion: API_VERSION,
    metadata: metadataOf(node, now),
    timestamp: rfc3339(usage.at),
    window: formatWindow(usage.windowMs),
    usage: resourcesOf(usage),
  }
}

/** Time and window are those of the container that was read first. */
export function podMetrics(
  pod: KubeObject,
  containers: ReadonlyMap<string, Usage>,
  now: number,
): MetricsObject {
  const all = [...containers.values()]
  const earliest = all.reduce((a, b) => (b.at < a.at ? b : a), all[0] ?? EMPTY)
  return {
    kind: 'PodMetrics',
    apiVersion: API_VERSION,
    metadata: metadataOf(pod, now),
    timestamp: rfc3339(earliest.at),
    window: formatWindow(earliest.windowMs),
    containers: [...containers].map(([name, usage]) => ({ name, usage: resourcesOf(usage) })),
  }
}

const EMPTY: Usage = { nanocores: 0, memoryBytes: 0, at: 0, windowMs: 0 }

/** As Kubernetes writes a quantity: the largest of `n`, `u`, `m` and whole cores that loses nothing. */
export function formatNanocores(nanocores: number): string {
  let value = nanocores
  for (const unit of ['n', 'u', 'm']) {
    if (value === 0) return '0'
    if (value % 1000 !== 0) return `${value}${unit}`
    value /= 1000
  }
  return String(value)
}

/** As Go writes a duration: `15.028s`, `1m0.5s`. */
export function formatWindow(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  const seconds = `${(ms - minutes * 60_000) / 1000}s`
  return minutes === 0 ? seconds : `${minutes}m${seconds}`
}
