import { randomUUID } from 'node:crypto'
import { rfc3339 } from '../../core/index.ts'
import type { Clock } from '../../core/index.ts'
import { apiVersionOf, generateName, type KubeObject } from '../../kube/index.ts'
import { isFields, sameJson, without } from './fields.ts'
import type { Kind } from './kinds/index.ts'
import { refusals } from './refusals.ts'

/** Gives a new object its identity: name, uid, time, first generation. What a client may not choose is overwritten. */
export function initMetadata(
  kind: Kind,
  object: KubeObject,
  namespace: string | undefined,
  clock: Clock,
): void {
  const metadata = object.metadata
  const base = metadata.generateName
  if (!metadata.name && base) metadata.name = generateName(base)
  if (namespace === undefined) delete metadata.namespace
  else metadata.namespace = namespace
  metadata.uid = randomUUID()
  metadata.creationTimestamp = rfc3339(clock.now())
  delete metadata.resourceVersion
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.generation
  delete (metadata as Record<string, unknown>)['managedFields']
  delete (metadata as Record<string, unknown>)['selfLink']
  if (kind.hasGeneration) metadata.generation = 1
}

/** Carries over what an update cannot change. */
export function keepIdentity(object: KubeObject, old: KubeObject): void {
  const { metadata } = object
  const before = old.metadata
  for (const key of ['uid', 'creationTimestamp', 'generation', 'generateName'] as const) {
    carry(metadata, before, key)
  }
  for (const key of ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    carry(metadata, before, key)
  }
}

function carry(to: object, from: object, key: string): void {
  const target = to as Record<string, unknown>
  const value = (from as Record<string, unknown>)[key]
  if (value === undefined) Reflect.deleteProperty(target, key)
  else target[key] = value
}

/** A change of anything but metadata and status raises the generation. */
export function bumpGeneration(kind: Kind, object: KubeObject, old: KubeObject): void {
  if (!kind.hasGeneration) return
  const after = without(object, 'metadata', 'status')
  const before = without(old, 'metadata', 'status')
  if (!sameJson(after, before)) object.metadata.generation = (old.metadata.generation ?? 1) + 1
}

/** The body of a write as an object of this kind: a private copy. Throws BadRequest when it is something else. */
export function objectOf(kind: Kind, body: unknown, namespace: string | undefined): KubeObject {
  const { resource } = kind
  const apiVersion = apiVersionOf(resource)
  if (!isFields(body)) {
    throw refusals.badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): it is no JSON object`,
    )
  }
  if (
    (body['kind'] ?? resource.kind) !== resource.kind ||
    (body['apiVersion'] ?? apiVersion) !== apiVersion
  ) {
    throw refusals.badRequest(
      `${String(body['kind'])} in version "${String(body['apiVersion'])}" cannot be handled as a ${resource.kind}: converting (${apiVersion}.${String(body['kind'])}) to (${apiVersion}.${resource.kind}): unknown conversion`,
    )
  }
  const metadata = body['metadata'] ?? {}
  if (!isFields(metadata)) {
    const what = Array.isArray(metadata) ? 'array' : typeof metadata
    throw refusals.badRequest(
      `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: json: cannot unmarshal ${what} into Go struct field ${resource.kind}.metadata of type v1.ObjectMeta`,
    )
  }
  const object = structuredClone({
    ...body,
    kind: resource.kind,
    apiVersion,
    metadata,
  }) as KubeObject
  const given = object.metadata.namespace
  if (given !== undefined && given !== '' && given !== (namespace ?? '')) {
    throw refusals.badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  return object
}

/** Leaves out what is empty and has no meaning then, as Go's `omitempty` does. */
export function dropEmpty(object: KubeObject): void {
  const { metadata } = object
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    if (isEmpty(metadata[key])) Reflect.deleteProperty(metadata, key)
  }
  if (object.kind !== 'ConfigMap' && object.kind !== 'Secret') return
  for (const key of ['data', 'binaryData']) {
    if (isEmpty(object[key])) Reflect.deleteProperty(object, key)
  }
}

const isEmpty = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0)
