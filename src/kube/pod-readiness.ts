import type { Pod } from './objects.ts'

/** Whether a pod's condition Ready is True. */
export function isPodReady(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True')
}
