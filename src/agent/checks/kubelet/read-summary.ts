import { isAscii } from 'node:buffer'
import type { PodStats, Summary } from '../../../kubelet/summary-types.ts'
import { cutItems } from '../../scrape/list-items.ts'

/** What the summary provider reads of a pod that has containers. */
export type PodReading = Pick<PodStats, 'podRef' | 'network' | 'ephemeral-storage' | 'containers'>

export interface SummaryReading {
  readonly node: Summary['node'] | undefined
  readonly pods: readonly PodReading[]
}

/**
 * Parses a summary pod by pod and keeps what is read, with the containers' stats when `withContainers`. Throws what
 * `JSON.parse` throws. The objects of the whole text at once would be copied by the collector several times before they
 * are let go (gain: see `PodListReader`).
 */
export function readSummary(bytes: Buffer, withContainers: boolean): SummaryReading {
  const keep = (stats: GivenPod): PodReading | [] => readPod(stats, withContainers) ?? []
  const cut = cutItems(bytes, 'pods', 'podRef')
  if (cut) {
    const part = textParts(bytes)
    try {
      const pods = cut.starts.flatMap((start, i) =>
        keep(JSON.parse(part(start, cut.ends[i] as number)) as GivenPod),
      )
      return { node: (cut.head as Partial<Summary>).node, pods }
    } catch {
      // Cut wrongly, or no JSON: the whole text tells.
    }
  }
  const { node, pods } = JSON.parse(bytes.toString()) as Partial<Summary>
  return { node, pods: (pods ?? []).flatMap(keep) }
}

/** The text between two places. Where every byte is a character, the parts share one string: no part is copied. */
function textParts(bytes: Buffer): (start: number, end: number) => string {
  if (!isAscii(bytes)) return (start, end) => bytes.toString('utf8', start, end)
  const all = bytes.toString('latin1')
  return (start, end) => all.slice(start, end)
}

/** As it may come: one that is not whole costs no other. */
type GivenPod = (Partial<Omit<PodStats, 'containers'>> & { readonly containers?: unknown }) | null

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** undefined: it has no containers. */
function readPod(stats: GivenPod, withContainers: boolean): PodReading | undefined {
  if (!stats || !Array.isArray(stats.containers)) return undefined
  const containers = stats.containers.filter(isObject) as PodStats['containers']
  if (containers.length === 0) return undefined
  const {
    podRef = { name: '', namespace: '', uid: '' },
    network,
    'ephemeral-storage': storage,
  } = stats
  return {
    podRef,
    ...(network && withContainers && { network }),
    ...(storage && { 'ephemeral-storage': storage }),
    containers: withContainers ? containers : [],
  }
}
