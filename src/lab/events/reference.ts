import { apiVersionOf, type KubeObject, type Resource } from '../../kube/index.ts'

/** What an event is about (core/v1 ObjectReference). */
export interface EventReference {
  readonly kind: string
  readonly apiVersion: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
  readonly resourceVersion?: string
  /** A part of it: `spec.containers{web}`. */
  readonly fieldPath?: string
}

/** The reference to an object, or to a part of it. */
export function referenceOf(
  of: Resource,
  { metadata }: KubeObject,
  fieldPath?: string,
): EventReference {
  const { namespace, name = '', uid, resourceVersion } = metadata
  return {
    kind: of.kind,
    ...(namespace ? { namespace } : {}),
    name,
    ...(uid ? { uid } : {}),
    apiVersion: apiVersionOf(of),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(fieldPath ? { fieldPath } : {}),
  }
}
