import type { KubeObject } from '../../../kube/index.ts'
import type { Resource } from '../../../kube/index.ts'
import type { NameRule } from '../names.ts'
import type { FieldFault } from '../refusals.ts'

/** What the API server knows about one kind beyond what holds for all of them. */
export interface Kind {
  readonly resource: Resource
  readonly nameRule: NameRule
  /** The parts below an object with a path of their own: `status`, `token`, `binding`, `finalize`. */
  readonly subresources: readonly string[]
  /** Status is written through /status only, and a change of spec raises `metadata.generation`. */
  readonly hasStatus: boolean
  readonly hasGeneration: boolean
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted: boolean
  readonly categories?: readonly string[]
  /** Fills in what clients may leave out. The object is a private copy. */
  setDefaults(object: KubeObject): void
  /** Before the first write; may look at nothing but the object. */
  prepareCreate(object: KubeObject): void
  /** Before a write of spec or metadata. */
  prepareUpdate(object: KubeObject, old: KubeObject): void
  validate(object: KubeObject, old?: KubeObject): FieldFault[]
}

/** A kind with no rules of its own, but for those that are given. */
export function kind(resource: Resource, rules: Partial<Omit<Kind, 'resource'>> = {}): Kind {
  const nothing = (): void => undefined
  return {
    nameRule: 'subdomain',
    subresources: [],
    hasStatus: false,
    hasGeneration: false,
    returnsDeleted: false,
    setDefaults: nothing,
    prepareCreate: nothing,
    prepareUpdate: nothing,
    validate: () => [],
    ...rules,
    resource,
  }
}
