/** What a kubelet's `/metrics/resource` says of one moment (metrics-server, pkg/storage/types.go). */
export interface Point {
  /** Milliseconds since 1970; 0 where the kubelet does not say. */
  readonly startedAt: number
  readonly at: number
  /** Nanoseconds of one core, counted up. */
  readonly cpu: number
  /** Bytes of the working set. */
  readonly memory: number
}

/** One reading of one node. */
export interface Batch {
  readonly node: Point | undefined
  /** By `namespace/name`, then by the container's name. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Point>>
}

/** Name, labels, value and time of a row of the text format. */
const ROW = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$/gm
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g

type Draft = { -readonly [key in keyof Point]?: Point[key] }

/**
 * Reads what metrics-server reads, by its rules: a node without CPU or memory is left out, and a pod with a container
 * without CPU or memory altogether, for a part of a pod would look like all of it.
 */
export function decodeBatch(text: string): Batch {
  const node: Draft = {}
  const pods = new Map<string, Map<string, Draft>>()
  for (const [, name = '', labels = '', value = '', time] of text.matchAll(ROW)) {
    const at = time === undefined ? undefined : Number(time)
    if (name.startsWith('node_')) note(node, name.slice('node_'.length), Number(value), at)
    else if (name.startsWith('container_')) {
      const draft = containerOf(pods, labels)
      if (draft) note(draft, name.slice('container_'.length), Number(value), at)
    }
  }
  const whole = [...pods].flatMap(([pod, containers]) => {
    const points = [...containers].map(([name, draft]) => [name, pointOf(draft)] as const)
    const known = points.filter((one): one is [string, Point] => one[1] !== undefined)
    return known.length === points.length ? [[pod, new Map(known)] as const] : []
  })
  return { node: pointOf(node), pods: new Map(whole) }
}

function containerOf(pods: Map<string, Map<string, Draft>>, labels: string): Draft | undefined {
  const found = new Map([...labels.matchAll(LABEL)].map(([, key = '', value = '']) => [key, value]))
  const [namespace, pod, container] = ['namespace', 'pod', 'container'].map((key) => found.get(key))
  if (!namespace || !pod || !container) return undefined
  const key = `${namespace}/${pod}`
  const containers = pods.get(key) ?? new Map<string, Draft>()
  pods.set(key, containers)
  const draft = containers.get(container) ?? {}
  containers.set(container, draft)
  return draft
}

function note(draft: Draft, family: string, value: number, at: number | undefined): void {
  if (!Number.isFinite(value)) return
  switch (family) {
    case 'cpu_usage_seconds_total':
      draft.cpu = value * 1e9
      // The time of CPU is the time of the point: rates are made of it.
      if (at !== undefined) draft.at = at
      break
    case 'memory_working_set_bytes':
      draft.memory = value
      draft.at ??= at ?? Date.now()
      break
    case 'start_time_seconds':
      draft.startedAt = value * 1000
  }
}

function pointOf({ startedAt = 0, at, cpu = 0, memory = 0 }: Draft): Point | undefined {
  if (at === undefined || cpu <= 0 || memory <= 0) return undefined
  return { startedAt, at, cpu, memory }
}
