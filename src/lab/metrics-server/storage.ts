import type { Batch, Point } from './decode.ts'

/** What was used between two readings. */
export interface Usage {
  readonly nanocores: number
  readonly memoryBytes: number
  /** The newer reading's time, and how long after the older one; in milliseconds. */
  readonly at: number
  readonly windowMs: number
}

export interface Storage {
  store(batches: ReadonlyMap<string, Batch>): void
  node(name: string): Usage | undefined
  /** By container; undefined where the pod, or one of its containers, has no two readings. */
  pod(key: string): ReadonlyMap<string, Usage> | undefined
  /** Whether anything can be said yet. */
  isReady(): boolean
}

/** A container younger than the resolution is measured from its start, if it has run for so long at least. */
const YOUNGEST_MS = 10_000

type Pods = ReadonlyMap<string, ReadonlyMap<string, Point>>

/** The last two readings of everything, as metrics-server 0.8 keeps them (pkg/storage/{node,pod}.go). */
export function createStorage(resolutionMs: number): Storage {
  let lastNodes: ReadonlyMap<string, Point> = new Map()
  let previousNodes: ReadonlyMap<string, Point> = new Map()
  let lastPods: Pods = new Map()
  let previousPods: Pods = new Map()

  const storeNodes = (batches: ReadonlyMap<string, Batch>): void => {
    const last = new Map<string, Point>()
    const previous = new Map<string, Point>()
    for (const [name, { node }] of batches) {
      if (node === undefined) continue
      last.set(name, node)
      const before = beforeOf(node, lastNodes.get(name), previousNodes.get(name))
      if (before) previous.set(name, before)
    }
    lastNodes = last
    previousNodes = previous
  }
  const storePods = (batches: ReadonlyMap<string, Batch>): void => {
    const last = new Map<string, ReadonlyMap<string, Point>>()
    const previous = new Map<string, ReadonlyMap<string, Point>>()
    for (const [key, containers] of [...batches.values()].flatMap(({ pods }) => [...pods])) {
      const earlier = [...containers].flatMap(([name, point]) => {
        const before =
          fromStart(point, resolutionMs) ??
          beforeOf(point, lastPods.get(key)?.get(name), previousPods.get(key)?.get(name))
        return before ? [[name, before] as const] : []
      })
      last.set(key, containers)
      if (earlier.length > 0) previous.set(key, new Map(earlier))
    }
    lastPods = last
    previousPods = previous
  }
  return {
    store(batches) {
      storeNodes(batches)
      storePods(batches)
    },
    node: (name) => usage(lastNodes.get(name), previousNodes.get(name)),
    pod(key) {
      const last = lastPods.get(key)
      const previous = previousPods.get(key)
      if (last === undefined || previous === undefined) return undefined
      const all = [...last].map(
        ([name, point]) => [name, usage(point, previous.get(name))] as const,
      )
      const known = all.filter((one): one is [string, Usage] => one[1] !== undefined)
      return known.length === all.length ? new Map(known) : undefined
    },
    isReady: () => previousNodes.size > 0 || previousPods.size > 0,
  }
}

function fromStart(point: Point, resolutionMs: number): Point | undefined {
  const age = point.at - point.startedAt
  if (point.startedAt === 0 || age < YOUNGEST_MS || age >= resolutionMs) return undefined
  return { ...point, at: point.startedAt, cpu: 0 }
}

/** The older of the two readings that count: not one from before a restart, nor one of the same moment. */
function beforeOf(
  point: Point,
  last: Point | undefined,
  previous: Point | undefined,
): Point | undefined {
  if (last === undefined || point.startedAt >= last.at) return undefined
  if (point.at > last.at) return last
  return previous !== undefined && previous.at < point.at ? previous : undefined
}

/** A counter that went backwards says nothing. */
function usage(last: Point | undefined, previous: Point | undefined): Usage | undefined {
  if (last === undefined || previous === undefined) return undefined
  const windowMs = last.at - previous.at
  if (windowMs <= 0 || last.cpu < previous.cpu) return undefined
  return {
    nanocores: Math.floor(((last.cpu - previous.cpu) / windowMs) * 1000),
    memoryBytes: last.memory,
    at: last.at,
    windowMs,
  }
}
