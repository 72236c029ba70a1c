import type { Clock, Logger } from '../../core/index.ts'
import type { RbacAuthorizer, UserInfo } from '../../kube/index.ts'
import type { Encoded } from './encoded.ts'
import type { KindRegistry } from './kind-registry.ts'
import type { Kind } from './kinds/index.ts'
import type { Representation } from './representation.ts'
import type { ResourceInfo } from './request-info.ts'
import type { Store } from './store.ts'

/** What the verbs work on. */
export interface ApiContext {
  readonly store: Store
  readonly kinds: KindRegistry
  readonly clock: Clock
  readonly log: Logger
  /** Who may grant what; without it nothing of that is asked. */
  readonly authorizer?: RbacAuthorizer
}

/** One request for a resource, after authentication and authorization. */
export interface ResourceRequest {
  readonly info: ResourceInfo
  readonly kind: Kind
  /** The form in which the client wants its answer. */
  readonly form: Representation
  readonly user: UserInfo
  /** The parsed body; undefined when none was sent. */
  readonly body: unknown
  /** Media type of the body, in lower case without parameters. */
  readonly contentType: string
  /** Fields that the body has twice, as paths. */
  readonly duplicates: readonly string[]
  /** The client's own word on what it is: a part of it names who owns the fields that it writes. */
  readonly userAgent: string
  /** What the client is told besides the answer, as `Warning` headers. Verbs add to it. */
  readonly warnings: string[]
}

/** An answer in one piece: JSON text, one object, or a list. */
export type Reply = { readonly code: number } & (
  | { readonly json: string }
  | { readonly object: Encoded }
  | { readonly items: readonly Encoded[]; readonly metadata: Readonly<Record<string, unknown>> }
)

export const reply = (value: unknown, code = 200): Reply => ({ code, json: JSON.stringify(value) })
