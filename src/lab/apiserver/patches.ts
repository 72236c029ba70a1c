import { applyPatch, type Operation } from 'rfc6902'
import type { KubeObject } from '../../kube/index.ts'
import { isFields } from './fields.ts'
import { mergePatch } from './merge-patch.ts'
import { refusals } from './refusals.ts'
import { StrategicPatchError, strategicMerge } from './strategic-merge.ts'

/** As many operations as a kube-apiserver takes. */
const MAX_OPERATIONS = 10_000

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply'

/** The media types of patches, in the order in which a kube-apiserver lists them. */
export const PATCH_TYPES: Readonly<Record<string, PatchKind>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

/** What a patch makes of an object, which stays as it is. `type` is its schema, for a strategic merge patch. */
export function patched(
  kind: Exclude<PatchKind, 'apply'>,
  object: KubeObject,
  body: unknown,
  type: string,
): unknown {
  if (kind === 'json') return applyOperations(object, body)
  if (kind === 'merge') return mergePatch(object, body)
  if (!isFields(body)) {
    const what = Array.isArray(body) ? 'array' : typeof body
    throw refusals.badRequest(
      `json: cannot unmarshal ${what} into Go value of type map[string]interface {}`,
    )
  }
  try {
    return strategicMerge(object, body, type)
  } catch (error) {
    if (error instanceof StrategicPatchError) {
      throw error.code === 400 ? refusals.badRequest(error.message) : refusals.plain(error.message)
    }
    throw error
  }
}

function applyOperations(object: KubeObject, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    const what = isFields(operations) ? 'object' : typeof operations
    throw refusals.badRequest(
      `json: cannot unmarshal ${what} into Go value of type jsonpatch.Patch`,
    )
  }
  if (operations.length > MAX_OPERATIONS) {
    throw refusals.tooManyOperations(MAX_OPERATIONS, operations.length)
  }
  const copy = structuredClone(object)
  const safe = (one: unknown): boolean =>
    isFields(one) && isSafePointer(one['path']) && isSafePointer(one['from'] ?? '')
  if (!operations.every(safe)) {
    throw refusals.badRequest('a JSON patch operation has no valid path')
  }
  const results = applyPatch(copy, operations as Operation[])
  if (results.some((result) => result !== null)) throw refusals.unprocessable()
  return copy
}

/** Names that lead out of an object, into what all objects share. */
const SHARED = ['__proto__', 'constructor', 'prototype']

const isSafePointer = (pointer: unknown): boolean =>
  typeof pointer === 'string' && !pointer.split('/').some((token) => SHARED.includes(token))
