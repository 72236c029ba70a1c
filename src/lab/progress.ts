/** One step of long work, as it begins and as it ends. */
export type ProgressEvent =
  | { readonly kind: 'start'; readonly step: string }
  | { readonly kind: 'done'; readonly step: string; readonly detail?: string; readonly ms: number }
  | { readonly kind: 'note'; readonly text: string }

export type Progress = (event: ProgressEvent) => void

/** Does one step and reports its begin and end. */
export async function step<T>(
  progress: Progress,
  name: string,
  work: () => Promise<T>,
  detail?: (result: T) => string,
): Promise<T> {
  const begin = performance.now()
  progress({ kind: 'start', step: name })
  const result = await work()
  const ms = Math.round(performance.now() - begin)
  progress({ kind: 'done', step: name, ms, ...(detail ? { detail: detail(result) } : {}) })
  return result
}
