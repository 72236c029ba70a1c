import type { Pod } from '../../kube/index.ts'

/** Why a pod has failed as a whole, whatever became of its containers. */
export interface PodFailure {
  readonly reason: string
  readonly message: string
}

/** The kubelet's words for a pod that has run for longer than its `activeDeadlineSeconds`. */
export const DEADLINE_EXCEEDED: PodFailure = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
}

/** Until when the pod may run, in milliseconds since 1970; for ever without a deadline. `startedAt`: its start on the node. */
export function podDeadline(pod: Pod, startedAt: number): number {
  const { activeDeadlineSeconds: seconds } = pod.spec
  // The status has whole seconds: so the deadline does.
  return seconds === undefined ? Infinity : Math.floor(startedAt / 1000) * 1000 + seconds * 1000
}
