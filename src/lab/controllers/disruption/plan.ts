import { rfc3339 } from '../../../core/index.ts'
import {
  isPodReady,
  type Condition,
  type KubeObject,
  type LabelSelector,
  type Pod,
} from '../../../kube/index.ts'
import { amountOf } from '../common/amount.ts'
import { withCondition } from '../common/conditions.ts'
import { hasEnded, isEnding } from '../common/pod-facts.ts'

export interface PodDisruptionBudget extends KubeObject {
  spec: {
    selector?: LabelSelector
    minAvailable?: number | string
    maxUnavailable?: number | string
  }
  status?: BudgetStatus
}

export interface BudgetStatus {
  readonly observedGeneration?: number
  readonly currentHealthy: number
  readonly desiredHealthy: number
  readonly expectedPods: number
  readonly disruptionsAllowed: number
  /** Pods that an eviction was granted for, and when (RFC 3339). */
  readonly disruptedPods?: Readonly<Record<string, string>>
  readonly conditions?: readonly Condition[]
}

/** A granted eviction that has not come about after so long is taken as never coming (DeletionTimeout). */
const DELETION_TIMEOUT_MS = 120_000

/**
 * What a budget's status has to say (pkg/controller/disruption). `pods` are those that its selector means; `wished` is
 * how many their controllers wish for in all.
 */
export function budgetStatus(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  wished: number,
  now: number,
): { readonly status: BudgetStatus; readonly nextAt?: number } {
  const alive = pods.filter((pod) => !hasEnded(pod))
  const { expectedPods, desiredHealthy } = goalOf(budget, alive.length, wished)
  const granted = stillGranted(budget.status?.disruptedPods ?? {}, alive, now)
  const currentHealthy = alive.filter(
    (pod) => isPodReady(pod) && !isEnding(pod) && granted[pod.metadata.name ?? ''] === undefined,
  ).length
  const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy)
  const isAllowed = disruptionsAllowed > 0
  const generation = budget.metadata.generation
  const conditions = withCondition(budget.status?.conditions ?? [], {
    type: 'DisruptionAllowed',
    status: isAllowed ? 'True' : 'False',
    reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    lastTransitionTime: rfc3339(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  })
  const times = Object.values(granted).map((at) => Date.parse(at) + DELETION_TIMEOUT_MS)
  return {
    status: {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(times.length === 0 ? {} : { disruptedPods: granted }),
      currentHealthy,
      desiredHealthy,
      expectedPods,
      disruptionsAllowed,
      conditions,
    },
    ...(times.length === 0 ? {} : { nextAt: Math.min(...times) }),
  }
}

/** How many pods there should be, and how many of them healthy. */
function goalOf(
  { spec }: PodDisruptionBudget,
  alive: number,
  wished: number,
): Pick<BudgetStatus, 'expectedPods' | 'desiredHealthy'> {
  const { minAvailable = 0, maxUnavailable } = spec
  if (maxUnavailable !== undefined) {
    const desired = Math.max(0, wished - amountOf(maxUnavailable, wished, 'up'))
    return { expectedPods: wished, desiredHealthy: desired }
  }
  const expectedPods = String(minAvailable).endsWith('%') ? wished : alive
  return { expectedPods, desiredHealthy: amountOf(minAvailable, expectedPods, 'up') }
}

function stillGranted(
  granted: Readonly<Record<string, string>>,
  pods: readonly Pod[],
  now: number,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(granted).filter(([name, at]) => {
      const pod = pods.find(({ metadata }) => metadata.name === name)
      const isComing = pod !== undefined && !isEnding(pod)
      return isComing && Date.parse(at) + DELETION_TIMEOUT_MS > now
    }),
  )
}
