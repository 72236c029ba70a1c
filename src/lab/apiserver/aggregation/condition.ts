import { rfc3339 } from '../../../core/index.ts'
import { APISERVICES } from '../../../kube/index.ts'
import { fieldsOf, listOf } from '../fields.ts'
import type { Store } from '../store.ts'

/** What is known of an extension API server. */
export interface Availability {
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

/** Writes the condition `Available` where it changes. */
export function writeAvailable(store: Store, name: string, next: Availability, now: number): void {
  const object = store.get(APISERVICES, undefined, name)?.object
  if (object === undefined) return
  const status = fieldsOf(object['status'])
  const conditions = listOf(status['conditions'])
  const before = conditions.find((one) => one['type'] === 'Available')
  const isSame = (key: keyof Availability): boolean => before?.[key] === next[key]
  if (isSame('status') && isSame('reason') && isSame('message')) return
  const lastTransitionTime = isSame('status') ? before?.['lastTransitionTime'] : rfc3339(now)
  const { message, reason } = next
  const available = { lastTransitionTime, message, reason, status: next.status, type: 'Available' }
  store.replace(APISERVICES, {
    ...object,
    status: {
      ...status,
      conditions: [...conditions.filter((one) => one['type'] !== 'Available'), available],
    },
  })
}
