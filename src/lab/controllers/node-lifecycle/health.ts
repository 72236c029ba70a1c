import { rfc3339 } from '../../../core/index.ts'
import type { KubeObject, Node, PodCondition } from '../../../kube/index.ts'

/** `--node-monitor-grace-period` of a kube-controller-manager 1.36: after so long without a sign of life. */
export const GRACE_MS = 50_000

/** When a node last showed a sign of life, by the controller's own clock. */
export interface Health {
  readonly seenAt: number
  /** What it showed then: it is alive when this changes. */
  readonly sign: string
}

/** A node is alive when its Lease or its status is newer than at the last look. */
export function observe(
  before: Health | undefined,
  node: Node,
  lease: KubeObject | undefined,
  now: number,
): Health {
  const ready = readyOf(node)
  const beat = ready === undefined || ready.status === 'Unknown' ? '' : heartbeatOf(ready)
  const renewed = (lease?.['spec'] as { renewTime?: string } | undefined)?.renewTime ?? ''
  const sign = `${renewed} ${beat}`
  // The controller's own mark takes the heartbeat away: that is no sign of life.
  const isMark = before?.sign.startsWith(`${renewed} `) === true && beat === ''
  return before === undefined || (before.sign !== sign && !isMark) ? { seenAt: now, sign } : before
}

const heartbeatOf = (condition: PodCondition & { lastHeartbeatTime?: string }): string =>
  condition.lastHeartbeatTime ?? ''

export const isSilent = (health: Health, now: number): boolean => now - health.seenAt >= GRACE_MS

export const readyOf = ({ status }: Node): PodCondition | undefined =>
  (status?.conditions ?? []).find(({ type }) => type === 'Ready')

const WATCHED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

/** The conditions of a node that has fallen silent (tryUpdateNodeHealth); undefined when they say so already. */
export function silentConditions({ status }: Node, now: number): PodCondition[] | undefined {
  const current = status?.conditions ?? []
  const time = rfc3339(now)
  const isOpen = (one: PodCondition): boolean =>
    WATCHED.includes(one.type) && one.status !== 'Unknown'
  const next = current.map((one) => {
    if (!isOpen(one)) return one
    return {
      ...one,
      status: 'Unknown' as const,
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: time,
    }
  })
  const isKnown = current.some(({ type }) => type === 'Ready')
  if (isKnown) return current.some(isOpen) ? next : undefined
  const never = {
    type: 'Ready',
    status: 'Unknown' as const,
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastTransitionTime: time,
  }
  return [...next, never]
}
