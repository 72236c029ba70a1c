import type { KubeObject } from '../../../kube/index.ts'
import type { Resource } from '../../../kube/index.ts'
import type { Fields } from '../fields.ts'
import type { NameRule } from '../names.ts'
import type { FieldFault } from '../refusals.ts'

/** How a second form of a kind is kept: as objects of another resource, in the same place. */
export interface StoredAs {
  readonly resource: Resource
  readonly toStored: (object: KubeObject) => KubeObject
  readonly fromStored: (object: KubeObject) => KubeObject
}

/** What a CustomResourceDefinition says about its kind. */
export interface CustomFacts {
  /** `additionalPrinterColumns` */
  readonly columns: readonly Fields[]
  readonly schema: Fields
  /** `subresources.scale`: the paths of the three fields. */
  readonly scale?: Fields
}

/** How a part of an object is written through a path of its own. Both objects are private copies. */
export interface PartRules {
  /** Puts back all that does not belong to the part. */
  keepRest(next: KubeObject, old: KubeObject): void
  validate(next: KubeObject, old: KubeObject): FieldFault[]
}

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
  /** Set for a form that is not the one that is stored. */
  readonly storedAs?: StoredAs
  readonly custom?: CustomFacts
  /** What whoever uses a deprecated kind is warned of. */
  readonly deprecation?: string
  /** Parts that are neither status nor scale, by subresource. */
  readonly parts?: Readonly<Record<string, PartRules>>
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
