import { rfc3339 } from '../../../core/index.ts'
import {
  NODES,
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  PODS,
  STORAGECLASSES,
  isConflict,
  isNotFound,
  type KubeObject,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
  type SchedulablePodSpec,
} from '../../../kube/index.ts'
import { referenceOf } from '../../events/index.ts'
import type { PersistentVolume, StorageClass } from '../../volumes/objects.ts'
import { byAge, hasEnded } from '../common/pod-facts.ts'
import type { Controller, ControllerContext } from '../controller.ts'
import { bindingState, startBinding } from './bind-claims.ts'
import { chooseNode, loadsOf } from './choose-node.ts'
import { placementChanged } from './node-fit.ts'
import { placeClaims } from './place-claims.ts'
import { lookAtClaims, type VolumeCopies } from './pod-claims.ts'

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
  /** Pods that have a node and get volumes there; they are bound when their claims are. */
  readonly binding: Map<string, string>
}

const VOLUME_KINDS = [PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, STORAGECLASSES]

/**
 * Binds pods to nodes that fit, those of higher priority first. What did not fit is tried again when a node changes or
 * a pod goes. No pod is evicted for another.
 */
export const scheduler: Controller = (context) => {
  const memory: Memory = { cluster: 0, failed: new Map(), assumed: new Map(), binding: new Map() }
  const queue = context.queue('scheduler', () => scheduleAll(context, memory))
  context.informers.of<Pod>(PODS).onChange(({ type, object, previous }) => {
    const uid = object.metadata.uid ?? ''
    if (type === 'deleted' || object.spec.nodeName) {
      memory.assumed.delete(uid)
      memory.failed.delete(uid)
      memory.binding.delete(uid)
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
  for (const kind of VOLUME_KINDS) {
    context.informers.of(kind).onChange(() => {
      if (memory.failed.size + memory.binding.size === 0) return
      memory.cluster += 1
      queue.add('all')
    })
  }
}

async function scheduleAll(context: ControllerContext, memory: Memory): Promise<void> {
  const { informers } = context
  const pods = informers.of<Pod>(PODS)
  const needed = [NODES, ...VOLUME_KINDS].map((of) => informers.of(of).ready)
  await Promise.all([...needed, pods.ready])
  const pending = pods
    .list()
    .filter((pod) => isPending(pod) && !memory.assumed.has(pod.metadata.uid ?? ''))
    .filter((pod) => memory.failed.get(pod.metadata.uid ?? '') !== memory.cluster)
    .sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || byAge(a, b))
  for (const pod of pending) await schedule(context, memory, pod)
}

async function schedule(context: ControllerContext, memory: Memory, pod: Pod): Promise<void> {
  const { informers } = context
  const uid = pod.metadata.uid ?? ''
  const copies = volumeCopies(context)
  const reserved = memory.binding.get(uid)
  if (reserved !== undefined) {
    const state = bindingState(pod, reserved, copies)
    if (state === 'under way') return
    memory.binding.delete(uid)
    if (state === 'bound') {
      await bind(context, memory, pod, reserved)
      return
    }
  }
  const { cluster } = memory
  const nodes = informers.of<Node>(NODES).list()
  const loads = loadsOf(nodes, informers.of<Pod>(PODS).list(), ({ spec, metadata }) => {
    const { uid: other = '' } = metadata
    return spec.nodeName ?? memory.assumed.get(other) ?? memory.binding.get(other)
  })
  const look = lookAtClaims(pod, copies)
  const choice = chooseNode(pod, loads, { look, all: copies.volumes() })
  if (!choice.ok) {
    memory.failed.set(uid, cluster)
    const about = referenceOf(PODS, pod)
    recorderOf(context).event(about, 'Warning', 'FailedScheduling', choice.message, 'Scheduling')
    await reportUnschedulable(context, pod, choice.message)
    return
  }
  const node = nodes.find(({ metadata }) => metadata.name === choice.node)
  if (look.ok && look.needs.waiting.length > 0 && node !== undefined) {
    memory.binding.set(uid, choice.node)
    const placed = placeClaims(look.needs, node, copies.volumes()) ?? []
    await startBinding(context, placed, choice.node).catch(ignoreOutdated)
    return
  }
  await bind(context, memory, pod, choice.node)
}

const recorderOf = (context: ControllerContext): ReturnType<ControllerContext['recorder']> =>
  context.recorder('default-scheduler', 'series')

function volumeCopies({ informers }: ControllerContext): VolumeCopies {
  const volumes = informers.of<PersistentVolume>(PERSISTENTVOLUMES)
  return {
    claim: (key) => informers.of<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS).get(key),
    volume: (name) => volumes.get({ name }),
    classes: () => informers.of<StorageClass>(STORAGECLASSES).list(),
    volumes: () => volumes.list(),
  }
}

async function bind(
  context: ControllerContext,
  memory: Memory,
  pod: Pod,
  node: string,
): Promise<void> {
  const { client, signal } = context
  const { name = '', namespace = '', uid = '' } = pod.metadata
  const target = { apiVersion: 'v1', kind: 'Node', name: node }
  const binding: KubeObject = { metadata: { name, namespace, uid }, target }
  memory.assumed.set(uid, node)
  try {
    await client.create(PODS, binding, { namespace, name, subresource: 'binding', signal })
  } catch (error) {
    memory.assumed.delete(uid)
    ignoreOutdated(error)
    return
  }
  const message = `Successfully assigned ${namespace}/${name} to ${node}`
  const about = referenceOf(PODS, pod)
  recorderOf(context).event(about, 'Normal', 'Scheduled', message, 'Binding')
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
