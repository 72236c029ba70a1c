import { rfc3339 } from '../../core/index.ts'
import {
  NODES,
  PODS,
  isConflict,
  isNotFound,
  type KubeObject,
  type Node,
  type Pod,
} from '../../kube/index.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from './controller.ts'
import { misfitOf, placementChanged } from './node-fit.ts'

const isPending = (pod: Pod): boolean =>
  !pod.spec.nodeName &&
  pod.metadata.deletionTimestamp === undefined &&
  pod.spec.schedulerName === 'default-scheduler'

/** Binds pods to the fitting node with the fewest pods. Selectors, affinity and taints count; resources do not. */
export const scheduler: Controller = (context) => {
  const pods = context.informers.of<Pod>(PODS)
  const queue = context.queue('scheduler', (key) => schedule(context, key))
  pods.onChange(({ type, object }) => {
    if (type !== 'deleted' && isPending(object)) queue.add(keyOf(object.metadata))
  })
  context.informers.of<Node>(NODES).onChange(({ type, object, previous }) => {
    if (type === 'deleted' || !placementChanged(object, previous)) return
    for (const pod of pods.list()) if (isPending(pod)) queue.add(keyOf(pod.metadata))
  })
}

async function schedule(context: ControllerContext, key: string): Promise<void> {
  const { client, informers } = context
  const pods = informers.of<Pod>(PODS)
  await informers.of(NODES).ready
  const pod = pods.get(parseKey(key))
  if (pod === undefined || !isPending(pod)) return
  const nodes = informers.of<Node>(NODES).list()
  const fitting = nodes.filter((node) => misfitOf(pod.spec, node) === undefined)
  const best = leastLoaded(fitting, pods.list())
  if (best === undefined) {
    await reportUnschedulable(context, pod, nodes)
    return
  }
  const { name = '', namespace = '' } = pod.metadata
  const target = { apiVersion: 'v1', kind: 'Node', name: best }
  const binding: KubeObject = { metadata: { name, namespace }, target }
  await client
    .create(PODS, binding, { namespace, name, subresource: 'binding' })
    .catch(ignoreOutdated)
}

function leastLoaded(nodes: readonly Node[], pods: readonly Pod[]): string | undefined {
  const load = new Map<string, number>(nodes.map((node) => [node.metadata.name ?? '', 0]))
  for (const { spec } of pods) {
    const count = load.get(spec.nodeName ?? '')
    if (count !== undefined) load.set(spec.nodeName ?? '', count + 1)
  }
  const sorted = [...load].sort(([a, n], [b, m]) => n - m || (a < b ? -1 : 1))
  return sorted[0]?.[0]
}

async function reportUnschedulable(
  { client, clock }: ControllerContext,
  pod: Pod,
  nodes: readonly Node[],
): Promise<void> {
  const message = sayMisfits(pod, nodes)
  const conditions = pod.status?.conditions ?? []
  const before = conditions.find((one) => one.type === 'PodScheduled')
  if (before?.message === message) return
  const condition = {
    type: 'PodScheduled',
    status: 'False' as const,
    lastProbeTime: null,
    lastTransitionTime: rfc3339(clock.now()),
    reason: 'Unschedulable',
    message,
  }
  const others = conditions.filter((one) => one !== before)
  const status = { ...pod.status, conditions: [...others, condition] }
  await client.update(PODS, { ...pod, status }, { subresource: 'status' }).catch(ignoreOutdated)
}

function sayMisfits(pod: Pod, nodes: readonly Node[]): string {
  const counts = new Map<string, number>()
  for (const node of nodes) {
    const misfit = misfitOf(pod.spec, node) ?? ''
    counts.set(misfit, (counts.get(misfit) ?? 0) + 1)
  }
  const reasons = [...counts].map(([reason, count]) => `${count} node(s) ${reason}`).sort()
  if (reasons.length === 0) return 'no nodes available to schedule pods'
  return `0/${nodes.length} nodes are available: ${reasons.join(', ')}.`
}

/** Bound by somebody else, or gone: there is nothing left to do. */
function ignoreOutdated(error: unknown): void {
  if (!isConflict(error) && !isNotFound(error)) throw error
}
