import { rfc3339 } from '../../../core/index.ts'
import {
  NODES,
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  PODS,
  isConflict,
  isNotFound,
  type KubeObject,
  type Node,
  type Pod,
  type SchedulablePodSpec,
} from '../../../kube/index.ts'
import { referenceOf } from '../../events/index.ts'
import { byAge, hasEnded } from '../common/pod-facts.ts'
import type { Controller, ControllerContext } from '../controller.ts'
import { chooseNode, loadsOf } from './choose-node.ts'
import { placementChanged } from './node-fit.ts'
import { boundVolumes } from './volume-fit.ts'

const isPending = (pod: Pod): boolean =>
  !pod.spec.nodeName &&
  pod.metadata.deletionTimestamp === undefined &&
  !hasEnded(pod) &&
  (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler' &&
  ((pod.spec as SchedulablePodSpec).schedulingGates ?? []).length === 0

/** What the scheduler remembers between two looks. */
interface Memory {
  /** Raised by whatever may let a pod fit that did not. */
  cluster: number
  /** Pods that did not fit, and how the cluster was then. */
  readonly failed: Map<string, number>
  /** Bound by us, and not yet so in our copy. */
  readonly assumed: Map<string, string>
}

/**
 * Binds pods to nodes that fit, those of higher priority first. What did not fit is tried again when a node changes or
 * a pod goes. No pod is evicted for another.
 */
export const scheduler: Controller = (context) => {
  const memory: Memory = { cluster: 0, failed: new Map(), assumed: new Map() }
  const queue = context.queue('scheduler', () => scheduleAll(context, memory))
  context.informers.of<Pod>(PODS).onChange(({ type, object, previous }) => {
    const uid = object.metadata.uid ?? ''
    if (type === 'deleted' || object.spec.nodeName) {
      memory.assumed.delete(uid)
      memory.failed.delete(uid)
    }
    const left = type === 'deleted' || (hasEnded(object) && previous && !hasEnded(previous))
    const arrived = object.spec.nodeName && !previous?.spec.nodeName
    if (left || arrived) memory.cluster += 1
    if (left || arrived ? memory.failed.size > 0 : isPending(object)) queue.add('all')
  })
  context.informers.of<Node>(NODES).onChange(({ type, object, previous }) => {
    if (type !== 'deleted' && !placementChanged(object, previous)) return
    memory.cluster += 1
    queue.add('all')
  })
  for (const kind of [PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES]) {
    context.informers.of(kind).onChange(() => {
      if (memory.failed.size === 0) return
      memory.cluster += 1
      queue.add('all')
    })
  }
}

async function scheduleAll(context: ControllerContext, memory: Memory): Promise<void> {
  const { informers } = context
  const pods = informers.of<Pod>(PODS)
  const needed = [NODES, PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES].map(
    (of) => informers.of(of).ready,
  )
  await Promise.all([...needed, pods.ready])
  const pending = pods
    .list()
    .filter((pod) => isPending(pod) && !memory.assumed.has(pod.metadata.uid ?? ''))
    .filter((pod) => memory.failed.get(pod.metadata.uid ?? '') !== memory.cluster)
    .sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || byAge(a, b))
  for (const pod of pending) await schedule(context, memory, pod)
}

async function schedule(context: ControllerContext, memory: Memory, pod: Pod): Promise<void> {
  const { client, informers, signal } = context
  const uid = pod.metadata.uid ?? ''
  const { cluster } = memory
  const loads = loadsOf(
    informers.of<Node>(NODES).list(),
    informers.of<Pod>(PODS).list(),
    (one) => one.spec.nodeName ?? memory.assumed.get(one.metadata.uid ?? ''),
  )
  const volumes = boundVolumes(pod, {
    claim: (key) => informers.of(PERSISTENTVOLUMECLAIMS).get(key),
    volume: (name) => informers.of(PERSISTENTVOLUMES).get({ name }),
  })
  const choice = chooseNode(pod, loads, volumes)
  const recorder = context.recorder('default-scheduler', 'series')
  const about = referenceOf(PODS, pod)
  if (!choice.ok) {
    memory.failed.set(uid, cluster)
    recorder.event(about, 'Warning', 'FailedScheduling', choice.message, 'Scheduling')
    await reportUnschedulable(context, pod, choice.message)
    return
  }
  const { name = '', namespace = '' } = pod.metadata
  const target = { apiVersion: 'v1', kind: 'Node', name: choice.node }
  const binding: KubeObject = { metadata: { name, namespace, uid }, target }
  memory.assumed.set(uid, choice.node)
  try {
    await client.create(PODS, binding, { namespace, name, subresource: 'binding', signal })
  } catch (error) {
    memory.assumed.delete(uid)
    ignoreOutdated(error)
    return
  }
  const message = `Successfully assigned ${namespace}/${name} to ${choice.node}`
  recorder.event(about, 'Normal', 'Scheduled', message, 'Binding')
}

async function reportUnschedulable(
  { client, clock, signal }: ControllerContext,
  pod: Pod,
  message: string,
): Promise<void> {
  const conditions = pod.status?.conditions ?? []
  const before = conditions.find((one) => one.type === 'PodScheduled')
  if (before?.message === message) return
  const condition = {
    type: 'PodScheduled',
    status: 'False' as const,
    lastProbeTime: null,
    lastTransitionTime: before?.lastTransitionTime ?? rfc3339(clock.now()),
    reason: 'Unschedulable',
    message,
  }
  const others = conditions.filter((one) => one !== before)
  const status = { ...pod.status, conditions: [...others, condition] }
  const options = { subresource: 'status' as const, signal }
  await client.update(PODS, { ...pod, status }, options).catch(ignoreOutdated)
}

/** Bound by somebody else, changed meanwhile, or gone: there is nothing left to do, or the change brings us back. */
function ignoreOutdated(error: unknown): void {
  if (!isConflict(error) && !isNotFound(error)) throw error
}
