import type { Job, Pod } from '../../../kube/index.ts'

export const INDEX_KEY = 'batch.kubernetes.io/job-completion-index'

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed'

/** The index that a pod works on; undefined: none that is valid. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[INDEX_KEY] ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** `0-2,4` as a set. */
export function parseIndexes(text: string = ''): Set<number> {
  const all = new Set<number>()
  for (const part of text.split(',').filter(Boolean)) {
    const [from = NaN, to = from] = part.split('-').map(Number)
    for (let index = from; index <= to; index++) all.add(index)
  }
  return all
}

/** A set as `0-2,4`; two neighbours are written apart, as Kubernetes does. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const runs: [number, number][] = []
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last && index === last[1] + 1) last[1] = index
    else runs.push([index, index])
  }
  const write = ([from, to]: [number, number]): string =>
    from === to ? String(from) : to === from + 1 ? `${from},${to}` : `${from}-${to}`
  return runs.map(write).join(',')
}

/** The lowest indexes that nobody has done or works on. */
export function freeIndexes(
  job: Job,
  done: ReadonlySet<number>,
  working: readonly Pod[],
  count: number,
): number[] {
  const taken = new Set(working.map(indexOf))
  const free: number[] = []
  for (let index = 0; index < (job.spec.completions ?? 0) && free.length < count; index++) {
    if (!done.has(index) && !taken.has(index)) free.push(index)
  }
  return free
}
