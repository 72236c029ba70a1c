import { createKubeClient, type KubeClient, type KubeClientOptions } from '../../kube/index.ts'
import { TOKEN_REVIEW_MS } from './authenticate.ts'
import { countClient } from './counted-client.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import { limitClient } from './limited-client.ts'
import { KUBE_API_BURST, KUBE_API_QPS, createRequestBudget } from './request-budget.ts'

/** A kubelet's clients of the API server: one connection, several budgets. Closing any of them closes all. */
export interface KubeletClients {
  /** Pods, their statuses, what their volumes hold, questions about access. */
  readonly api: KubeClient
  /** Questions about tokens: of the same budget, so that refused tokens slow everything else of `api` down. */
  readonly tokenReviews: KubeClient
  /** Events have a budget of their own. */
  readonly events: KubeClient
  /** Node status and lease wait for nobody. */
  readonly heartbeat: KubeClient
}

/** Opens them; every request is counted and timed, and a limited one the time that it waited besides. */
export function createKubeletClients(
  options: KubeClientOptions,
  metrics: KubeletMetrics,
): KubeletClients {
  const heartbeat = countClient(createKubeClient(options), metrics)
  // A clock that nobody sets.
  const clock = { now: () => performance.now() }
  const limits = { perSecond: KUBE_API_QPS, burst: KUBE_API_BURST, clock }
  const budget = createRequestBudget(limits)
  return {
    api: limitClient(heartbeat, budget, metrics),
    tokenReviews: limitClient(heartbeat, budget, metrics, TOKEN_REVIEW_MS),
    events: limitClient(heartbeat, createRequestBudget(limits), metrics),
    heartbeat,
  }
}
