import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, listOf, textOf } from '../fields.ts'

const COUNTED = ['cpu', 'memory'] as const

/** The quality-of-service class of a pod (pkg/apis/core/v1/helper/qos). */
export function qosClassOf(pod: KubeObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const spec = fieldsOf(pod['spec'])
  const containers = [...listOf(spec['initContainers']), ...listOf(spec['containers'])]
  let any = false
  let guaranteed = true
  for (const container of containers) {
    const resources = fieldsOf(container['resources'])
    const requests = fieldsOf(resources['requests'])
    const limits = fieldsOf(resources['limits'])
    for (const name of COUNTED) {
      const request = amount(requests[name])
      const limit = amount(limits[name])
      if (request !== undefined || limit !== undefined) any = true
      if (limit === undefined || (request !== undefined && request !== limit)) guaranteed = false
    }
  }
  if (!any) return 'BestEffort'
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

/** A quantity that is not zero, as text. */
function amount(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : textOf(value)
  return text === undefined || /^0+(\.0*)?[a-zA-Z]*$/.test(text) ? undefined : text
}
