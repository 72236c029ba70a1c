import type { OwnerReference, Pod } from '../kube/index.ts'
import { isRecord } from './pod-fields.ts'

const OWNER_REFERENCES = 'vcluster.loft.sh/owner-references'
const MAX_OWNERS = 8

/**
 * The virtual pod's owners. The syncer keeps them in an annotation, which the tenant can set too: they name things in the
 * tenant's own view and decide nothing, so each is built anew from short texts.
 */
export function virtualOwners({ metadata: { annotations } }: Pod): OwnerReference[] {
  if (!annotations || !Object.hasOwn(annotations, OWNER_REFERENCES)) return []
  let list: unknown
  try {
    list = JSON.parse(annotations[OWNER_REFERENCES] ?? '')
  } catch {
    return []
  }
  return Array.isArray(list) ? list.slice(0, MAX_OWNERS).flatMap(virtualOwner) : []
}

function virtualOwner(value: unknown): OwnerReference[] {
  if (!isRecord(value)) return []
  const { apiVersion, kind, name, uid, controller } = value
  if (!isName(apiVersion) || !isName(kind) || !isName(name) || !isName(uid)) return []
  return [{ apiVersion, kind, name, uid, ...(controller === true ? { controller } : {}) }]
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9./_-]{0,252}$/.test(value)
