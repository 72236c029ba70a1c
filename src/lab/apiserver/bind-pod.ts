import { rfc3339 } from '../../core/index.ts'
import { PODS, type Status } from '../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from './context.ts'
import { reply } from './context.ts'
import { fieldsOf, listOf, textOf } from './fields.ts'
import { refusals } from './refusals.ts'

/** POST pods/NAME/binding: how a scheduler puts a pod on a node. */
export const bindPod = (context: ApiContext, { info, body }: ResourceRequest): Reply =>
  reply(bind(context, info.namespace ?? '', info.name, body), 201)

/** POST bindings: the same, for the pod that the body names. */
export function bindNamed(context: ApiContext, namespace: string, body: unknown): Status {
  const name = textOf(fieldsOf(fieldsOf(body)['metadata'])['name'])
  if (name === undefined) throw refusals.badRequest('metadata.name: Required value')
  return bind(context, namespace, name, body)
}

function bind(context: ApiContext, namespace: string, name: string, body: unknown): Status {
  const found = context.store.get(PODS, namespace, name)
  if (found === undefined) throw refusals.notFound(PODS, name)
  const node = textOf(fieldsOf(fieldsOf(body)['target'])['name'])
  if (node === undefined) throw refusals.badRequest('target.name: Required value')
  const pod = structuredClone(found.object)
  const spec = fieldsOf(pod['spec'])
  const assigned = textOf(spec['nodeName'])
  const binding = { ...PODS, plural: 'pods/binding' }
  if (assigned !== undefined) {
    throw refusals.conflict(binding, name, `pod ${name} is already assigned to node "${assigned}"`)
  }
  if (pod.metadata.deletionTimestamp) {
    throw refusals.conflict(
      binding,
      name,
      `pod ${name} is being deleted, cannot be assigned to a host`,
    )
  }
  spec['nodeName'] = node
  const status = fieldsOf(pod['status'])
  const others = listOf(status['conditions']).filter((one) => one['type'] !== 'PodScheduled')
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: rfc3339(context.clock.now()),
  }
  pod['status'] = { ...status, conditions: [...others, scheduled] }
  context.store.replace(PODS, pod)
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
}
