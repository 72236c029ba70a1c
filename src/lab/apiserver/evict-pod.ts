import { rfc3339 } from '../../core/index.ts'
import {
  PODDISRUPTIONBUDGETS,
  PODS,
  matchesLabelSelector,
  type KubeObject,
} from '../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from './context.ts'
import { reply } from './context.ts'
import { fieldsOf, textOf } from './fields.ts'
import { refusals } from './refusals.ts'
import { readDeleteOptions, removeOne } from './verbs/delete.ts'

/** POST pods/NAME/eviction: a deletion that PodDisruptionBudgets may refuse with 429. */
export function evictPod(context: ApiContext, request: ResourceRequest): Reply {
  const { namespace = '', name } = request.info
  const found = context.store.get(PODS, namespace, name)
  if (found === undefined) throw refusals.notFound(PODS, name)
  const given = fieldsOf(request.body)
  const wanted = textOf(fieldsOf(given['metadata'])['name']) ?? name
  if (wanted !== name) {
    throw refusals.badRequest('name in URL does not match name in Eviction object')
  }
  const asked = { ...request, body: given['deleteOptions'] ?? {} }
  const options = readDeleteOptions(asked)
  if (needsBudget(found.object)) checkBudgets(context, found.object, options.dryRun)
  removeOne(context, request.kind, found, options)
  return reply(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
    201,
  )
}

/** Pods that have ended, that are going already or that never started disrupt nothing. */
function needsBudget(pod: KubeObject): boolean {
  const phase = textOf(fieldsOf(pod['status'])['phase'])
  const isRunning = phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Pending'
  return isRunning && pod.metadata.deletionTimestamp === undefined
}

function checkBudgets({ store, clock }: ApiContext, pod: KubeObject, dryRun: boolean): void {
  const { namespace, name = '', labels } = pod.metadata
  const budgets = store
    .list(PODDISRUPTIONBUDGETS, namespace)
    .filter(({ object }) =>
      matchesLabelSelector(fieldsOf(object['spec'])['selector'] as never, labels),
    )
  if (budgets.length > 1) {
    throw refusals.internal(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  }
  const budget = budgets[0]?.object
  if (budget === undefined) return
  const status = fieldsOf(budget['status'])
  const allowed = Number(status['disruptionsAllowed'] ?? 0)
  if (allowed <= 0) {
    throw refusals.tooManyDisruptions(
      budget.metadata.name ?? '',
      Number(status['desiredHealthy'] ?? 0),
      Number(status['currentHealthy'] ?? 0),
    )
  }
  if (dryRun) return
  const disruptedPods = { ...fieldsOf(status['disruptedPods']), [name]: rfc3339(clock.now()) }
  const next = { ...status, disruptionsAllowed: allowed - 1, disruptedPods }
  store.replace(PODDISRUPTIONBUDGETS, { ...budget, status: next })
}
