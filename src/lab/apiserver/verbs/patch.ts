import { applyPatch, type Operation } from 'rfc6902'
import type { KubeObject } from '../../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { isFields } from '../fields.ts'
import { mergePatch } from '../merge-patch.ts'
import { objectOf } from '../metadata.ts'
import { refusals } from '../refusals.ts'
import { write } from './write.ts'

const JSON_PATCH = 'application/json-patch+json'
const MERGE_PATCH = 'application/merge-patch+json'
/** As many operations as a kube-apiserver takes. */
const MAX_OPERATIONS = 10_000

/** PATCH with a JSON patch (RFC 6902) or a merge patch (RFC 7386); other kinds are refused with 415. */
export function patch(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const namespace = kind.resource.namespaced ? info.namespace : undefined
  if (request.contentType !== JSON_PATCH && request.contentType !== MERGE_PATCH) {
    throw refusals.unsupportedMediaType([JSON_PATCH, MERGE_PATCH])
  }
  const old = context.store.get(kind.resource, namespace, info.name)
  if (old === undefined) throw refusals.notFound(kind.resource, info.name)
  const patched =
    request.contentType === JSON_PATCH
      ? applyOperations(old.object, request.body)
      : mergePatch(old.object, request.body)
  const next = objectOf(kind, patched, namespace)
  if (next.metadata.name !== info.name) {
    throw refusals.badRequest('the name of the object may not be changed')
  }
  // The version was copied from the object itself: only one that the patch set is a precondition.
  return write(context, request, old, next)
}

function applyOperations(object: KubeObject, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    throw refusals.badRequest('a JSON patch must be an array of operations')
  }
  if (operations.length > MAX_OPERATIONS) {
    throw refusals.badRequest(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    )
  }
  const copy = structuredClone(object)
  const safe = (one: unknown): boolean =>
    isFields(one) && isSafePointer(one['path']) && isSafePointer(one['from'] ?? '')
  if (!operations.every(safe)) {
    throw refusals.badRequest('a JSON patch operation has no valid path')
  }
  const failed = applyPatch(copy, operations as Operation[]).find((result) => result !== null)
  if (failed) {
    throw refusals.unprocessable(failed.message)
  }
  return copy
}

/** Names that lead out of an object, into what all objects share. */
const SHARED = ['__proto__', 'constructor', 'prototype']

const isSafePointer = (pointer: unknown): boolean =>
  typeof pointer === 'string' && !pointer.split('/').some((token) => SHARED.includes(token))
