import { rfc3339 } from '../../core/index.ts'
import { PODS } from '../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from './context.ts'
import { reply } from './context.ts'
import { fieldsOf, listOf, textOf } from './fields.ts'
import { refusals } from './refusals.ts'

/** POST pods/NAME/binding: how a scheduler puts a pod on a node. */
export function bindPod(context: ApiContext, request: ResourceRequest): Reply {
  const { namespace = '', name } = request.info
  const found = context.store.get(PODS, namespace, name)
  if (found === undefined) throw refusals.notFound(PODS, name)
  const node = textOf(fieldsOf(fieldsOf(request.body)['target'])['name'])
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
  return reply(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
    201,
  )
}
