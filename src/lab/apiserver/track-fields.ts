import { rfc3339 } from '../../core/index.ts'
import { apiVersionOf, type KubeObject } from '../../kube/index.ts'
import type { ApiContext, ResourceRequest } from './context.ts'
import { isFields, type Fields } from './fields.ts'
import { schemaOf } from './field-validation.ts'
import type { Kind } from './kinds/index.ts'
import {
  customRootOf,
  managersAfterUpdate,
  managersOf,
  readManagers,
  rootOf,
  setManagers,
  zeroObject,
  type Manager,
  type ManagerId,
  type Typed,
} from './managed-fields/index.ts'
import { refusals } from './refusals.ts'

const MAX_MANAGER_NAME = 128

/** Whether the fields of a kind's objects have owners: not in a second form, whose objects are kept as another kind. */
export const isTracked = ({ storedAs, resource }: Kind): boolean =>
  storedAs === undefined && resource.kind !== 'Scale'

/** How a kind's fields merge. */
export const typedOf = (kind: Kind): Typed =>
  kind.custom === undefined ? rootOf(schemaOf(kind)) : customRootOf(kind.custom.schema)

/** Who writes: `fieldManager`, else the first part of the user agent. */
export function writerOf(request: ResourceRequest, operation: 'Apply' | 'Update'): ManagerId {
  const asked = request.info.query.get('fieldManager') ?? ''
  if (asked.length > MAX_MANAGER_NAME) {
    const { verb } = request.info
    const options = { create: 'CreateOptions', update: 'UpdateOptions' }[verb as string]
    throw refusals.invalidOptions(options ?? 'PatchOptions', {
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${MAX_MANAGER_NAME} bytes`,
      field: 'fieldManager',
    })
  }
  const [agent = ''] = request.userAgent.split('/')
  const printable = agent.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_MANAGER_NAME)
  return {
    name: asked === '' ? printable : asked,
    operation,
    apiVersion: apiVersionOf(request.kind.resource),
    subresource: request.info.subresource,
  }
}

/**
 * Writes down that the client owns what it changed (`metadata.managedFields`). `before` is undefined for a new object.
 * What an object of the client says of its managers counts, an empty entry forgets them all; an object without any
 * stays without, until it is applied.
 */
export function trackFields(
  { clock }: ApiContext,
  request: ResourceRequest,
  before: KubeObject | undefined,
  after: KubeObject,
): void {
  const { kind } = request
  const known = before === undefined ? [] : managersOf(before)
  if (!isTracked(kind)) {
    carryManagedFields(before, after)
    return
  }
  const given = managersGiven(after)
  const managers = given ?? known
  if (before !== undefined && managers.length === 0) {
    setManagers(after, [])
    return
  }
  const old = before ?? zeroObject(kind.resource)
  const writer = writerOf(request, 'Update')
  const time = rfc3339(clock.now())
  setManagers(after, managersAfterUpdate(old, after, typedOf(kind), managers, writer, time))
}

/** The managers that a client's object names; undefined when it names none or cannot be read. */
function managersGiven(object: KubeObject): Manager[] | undefined {
  const entries = (object.metadata as Fields)['managedFields']
  if (!Array.isArray(entries) || entries.length === 0) return undefined
  const [first] = entries as unknown[]
  if (entries.length === 1 && isFields(first) && Object.keys(first).length === 0) return []
  try {
    return readManagers(entries)
  } catch {
    return undefined
  }
}

function carryManagedFields(before: KubeObject | undefined, after: KubeObject): void {
  const kept = before && (before.metadata as Fields)['managedFields']
  if (kept === undefined) delete (after.metadata as Fields)['managedFields']
  else (after.metadata as Fields)['managedFields'] = kept
}
