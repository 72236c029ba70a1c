import { isPodReady, type Pod } from '../../../kube/index.ts'

export const isEnding = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined
export const hasFailed = (pod: Pod): boolean => pod.status?.phase === 'Failed'
export const hasSucceeded = (pod: Pod): boolean => pod.status?.phase === 'Succeeded'
export const hasEnded = (pod: Pod): boolean => hasFailed(pod) || hasSucceeded(pod)
/** Neither ended nor on its way out. */
export const isActive = (pod: Pod): boolean => !hasEnded(pod) && !isEnding(pod)

/** When the pod became ready, in milliseconds since 1970; undefined while it is not. */
export function readySince(pod: Pod): number | undefined {
  const ready = (pod.status?.conditions ?? []).find((one) => one.type === 'Ready')
  if (ready?.status !== 'True') return undefined
  return Date.parse(ready.lastTransitionTime ?? '') || 0
}

/** Ready for at least this long (podutil.IsPodAvailable). */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  if (!isPodReady(pod)) return false
  return minReadySeconds === 0 || (readySince(pod) ?? 0) + minReadySeconds * 1000 <= now
}

/** When the next of these pods becomes available by waiting, in milliseconds since 1970. */
export function nextAvailable(
  pods: readonly Pod[],
  minReadySeconds: number,
  now: number,
): number | undefined {
  if (minReadySeconds === 0) return undefined
  const times = pods
    .map((pod) => readySince(pod))
    .filter((since) => since !== undefined)
    .map((since) => since + minReadySeconds * 1000)
    .filter((at) => at > now)
  return times.length === 0 ? undefined : Math.min(...times)
}

export const createdAt = (object: { metadata: { creationTimestamp?: string } }): number =>
  Date.parse(object.metadata.creationTimestamp ?? '') || 0

/** Older first; by name where the second is the same. */
export function byAge<T extends { metadata: { creationTimestamp?: string; name?: string } }>(
  a: T,
  b: T,
): number {
  const [left, right] = [a.metadata.name ?? '', b.metadata.name ?? '']
  return createdAt(a) - createdAt(b) || (left < right ? -1 : left > right ? 1 : 0)
}

export const restartsOf = (pod: Pod): number =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map((one) => one.restartCount))
