import { rfc3339 } from '../../../core/index.ts'
import type { Node, Pod } from '../../../kube/index.ts'
import { readyOf } from './health.ts'

type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number] & { timeAdded?: string }

const PREFIX = 'node.kubernetes.io/'
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: 'memory-pressure',
  DiskPressure: 'disk-pressure',
  PIDPressure: 'pid-pressure',
}
const OWN = new Set(
  ['not-ready', 'unreachable', 'unschedulable', ...Object.values(PRESSURES)].map(
    (name) => PREFIX + name,
  ),
)

/** The taints that a node should have for its conditions (node lifecycle controller): undefined when it has them. */
export function wantedTaints(node: Node, now: number): Taint[] | undefined {
  const current: readonly Taint[] = node.spec?.taints ?? []
  const wanted = [...conditionTaints(node)]
  const others = current.filter(({ key }) => !OWN.has(key))
  const next = wanted.map(([key, effect]) => {
    const there = current.find((one) => one.key === key && one.effect === effect)
    return there ?? { key, effect, timeAdded: rfc3339(now) }
  })
  const isSame =
    current.length === others.length + next.length && next.every((one) => current.includes(one))
  return isSame ? undefined : [...others, ...next]
}

function conditionTaints(node: Node): (readonly [key: string, effect: string])[] {
  const taints: (readonly [string, string])[] = []
  const ready = readyOf(node)?.status
  if (ready !== undefined && ready !== 'True') {
    const name = PREFIX + (ready === 'Unknown' ? 'unreachable' : 'not-ready')
    taints.push([name, 'NoSchedule'], [name, 'NoExecute'])
  }
  for (const { type, status } of node.status?.conditions ?? []) {
    const name = PRESSURES[type]
    if (name !== undefined && status === 'True') taints.push([PREFIX + name, 'NoSchedule'])
  }
  if (node.spec?.unschedulable) taints.push([`${PREFIX}unschedulable`, 'NoSchedule'])
  return taints
}

interface Toleration {
  key?: string
  operator?: string
  value?: string
  effect?: string
  tolerationSeconds?: number
}

/**
 * When a pod has to leave a node for its NoExecute taints, in milliseconds since 1970: at once when it does not tolerate
 * one, else when the shortest toleration is over. Undefined: it may stay.
 */
export function leavesAt(pod: Pod, node: Node, noticedAt: number): number | undefined {
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
  const tolerations = (pod.spec.tolerations ?? []) as Toleration[]
  const times = taints.flatMap((taint: Taint) => {
    const fitting = tolerations.filter((one) => tolerates(one, taint))
    const since = taint.timeAdded === undefined ? noticedAt : Date.parse(taint.timeAdded)
    if (fitting.length === 0) return [noticedAt]
    // As kube-controller-manager does: the smallest of all that fit.
    const seconds = fitting.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? [])
    return seconds.length === 0 ? [] : [since + Math.max(0, Math.min(...seconds)) * 1000]
  })
  return times.length === 0 ? undefined : Math.min(...times)
}

function tolerates(
  { key, operator = 'Equal', value = '', effect }: Toleration,
  taint: Taint,
): boolean {
  if (effect && effect !== taint.effect) return false
  if (key && key !== taint.key) return false
  return operator === 'Exists' || (Boolean(key) && value === (taint.value ?? ''))
}
