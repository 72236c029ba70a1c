import { LEASES, NODES, PODS, type KubeObject, type Node, type Pod } from '../../../kube/index.ts'
import { referenceOf } from '../../events/index.ts'
import { hasEnded } from '../common/pod-facts.ts'
import { without } from '../common/without.ts'
import { remove, update } from '../common/writes.ts'
import type { Controller, ControllerContext } from '../controller.ts'
import { GRACE_MS, isSilent, observe, readyOf, silentConditions, type Health } from './health.ts'
import { leavesAt, wantedTaints } from './taints.ts'

const LEASE_NAMESPACE = 'kube-node-lease'

/**
 * Marks nodes whose kubelet shows no sign of life, taints nodes for their conditions, and evicts what does not tolerate
 * a NoExecute taint: kube-controller-manager's node-lifecycle and taint-eviction controllers in one.
 */
export const nodeLifecycle: Controller = (context) => {
  const { informers, clock } = context
  const nodes = informers.of<Node>(NODES)
  const leases = informers.of<KubeObject>(LEASES)
  const pods = informers.of<Pod>(PODS)
  const healths = new Map<string, Health>()
  const look = (name: string, node: Node): Health => {
    const lease = leases.get({ namespace: LEASE_NAMESPACE, name })
    const health = observe(healths.get(name), node, lease, clock.now())
    healths.set(name, health)
    return health
  }
  const queue = context.queue('node-lifecycle', async (name) => {
    await Promise.all([nodes.ready, leases.ready, pods.ready])
    const node = nodes.get({ name })
    if (node === undefined) {
      healths.delete(name)
      return
    }
    const health = look(name, node)
    const marked = await mark(context, node, health)
    const tainted = await taint(context, marked)
    const next = await evict(context, tainted)
    const deadline = health.seenAt + GRACE_MS - clock.now()
    if (deadline > 0) queue.addAfter(name, deadline)
    if (next !== undefined) queue.addAfter(name, next - clock.now())
  })
  nodes.onChange(({ object }) => queue.add(object.metadata.name ?? ''))
  leases.onChange(({ object: { metadata } }) => {
    const node = nodes.get({ name: metadata.name ?? '' })
    // A sign of life is only noted: the deadline that is waited for finds it.
    if (metadata.namespace === LEASE_NAMESPACE && node !== undefined)
      look(metadata.name ?? '', node)
  })
  pods.onChange(({ type, object, previous }) => {
    const name = object.spec.nodeName
    if (name === undefined || type === 'deleted' || previous?.spec.nodeName === name) return
    if ((nodes.get({ name })?.spec?.taints ?? []).length > 0) queue.add(name)
  })
}

/** Says of a silent node that nothing is known of it. */
async function mark(context: ControllerContext, node: Node, health: Health): Promise<Node> {
  const { client, clock, signal } = context
  const now = clock.now()
  const conditions = isSilent(health, now) ? silentConditions(node, now) : undefined
  if (conditions === undefined) return node
  const wasReady = readyOf(node)?.status === 'True'
  const next: Node = { ...node, status: { ...node.status, conditions } }
  const written = await client.update<Node>(NODES, next, { subresource: 'status', signal })
  await context.informers.caughtUp(NODES, written)
  if (wasReady) {
    const { name = '' } = node.metadata
    const recorder = context.recorder('node-controller')
    const message = `Node ${name} status is now: NodeNotReady`
    recorder.event(referenceOf(NODES, node), 'Normal', 'NodeNotReady', message)
    await markPodsNotReady(context, name)
  }
  return written
}

async function taint(context: ControllerContext, node: Node): Promise<Node> {
  const taints = wantedTaints(node, context.clock.now())
  if (taints === undefined) return node
  const spec = { ...without(node.spec ?? {}, 'taints'), ...(taints.length > 0 ? { taints } : {}) }
  return update<Node>(context, NODES, { ...node, spec })
}

const podsOn = ({ informers }: ControllerContext, nodeName: string): Pod[] =>
  informers
    .of<Pod>(PODS)
    .list()
    .filter((pod) => pod.spec.nodeName === nodeName && !hasEnded(pod))

/** Nobody tells any more whether they are ready: Services leave them out. */
async function markPodsNotReady(context: ControllerContext, nodeName: string): Promise<void> {
  for (const pod of podsOn(context, nodeName)) {
    const { conditions = [] } = pod.status ?? {}
    if (!conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) continue
    const next = conditions.map((one) =>
      one.type === 'Ready' ? { ...one, status: 'False' as const } : one,
    )
    const changed = { ...pod, status: { ...pod.status, conditions: next } }
    const options = { subresource: 'status', signal: context.signal } as const
    await context.client.update(PODS, changed, options).catch(() => undefined)
    const recorder = context.recorder('node-controller')
    recorder.event(referenceOf(PODS, pod), 'Warning', 'NodeNotReady', 'Node is not ready')
  }
}

/** Deletes the pods whose time on the node is over; gives when the next one's is, in milliseconds since 1970. */
async function evict(context: ControllerContext, node: Node): Promise<number | undefined> {
  const now = context.clock.now()
  let next: number | undefined
  for (const pod of podsOn(context, node.metadata.name ?? '')) {
    if (pod.metadata.deletionTimestamp !== undefined) continue
    const at = leavesAt(pod, node, now)
    if (at === undefined) continue
    if (at > now) {
      next = Math.min(next ?? at, at)
      continue
    }
    const { namespace = '', name = '' } = pod.metadata
    const message = `Marking for deletion Pod ${namespace}/${name}`
    const recorder = context.recorder('taint-eviction-controller')
    recorder.event(referenceOf(PODS, pod), 'Normal', 'TaintManagerEviction', message)
    await remove(context, PODS, pod)
  }
  return next
}
