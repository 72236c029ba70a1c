import type { Readable } from 'node:stream'
import type { Secret as Hidden } from '../core/index.ts'
import type { KubeList, KubeObject } from './objects.ts'
import type { Resource } from './resources.ts'
import type { UpgradeAnswer, UpgradeRequest } from './upgrade.ts'

/** How a client proves who it is. A token file is re-read when it changes, so that rotation just works. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: Hidden }
  | { readonly kind: 'token-file'; readonly path: string }
  | { readonly kind: 'certificate'; readonly cert: string; readonly key: string }

export interface KubeClientOptions {
  /** `https://host:port` */
  readonly server: string
  /** PEM of the CA that signed the server's certificate; undefined: the system's roots. */
  readonly ca?: string | undefined
  readonly credential: Credential
  /** Loud on purpose: skips the verification of the server's certificate. */
  readonly insecureSkipTlsVerify?: boolean
  /** Per request, in milliseconds; watches are exempt. Default 10,000. */
  readonly timeoutMs?: number
  readonly userAgent?: string
}

export interface ObjectKey {
  readonly namespace?: string | undefined
  readonly name: string
}

export interface ListOptions {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: KubeObject }

/** An answer whose body is read as it comes, and ends with the request's signal. */
export interface StreamedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readable
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** A small typed client of one API server. Every refusal is a KubeStatusError; transport errors are E_HTTP. */
export interface KubeClient extends AsyncDisposable {
  readonly server: string
  get<T extends KubeObject>(of: Resource, key: ObjectKey, signal?: AbortSignal): Promise<T>
  list<T extends KubeObject>(of: Resource, options?: ListOptions): Promise<KubeList<T>>
  create<T extends KubeObject>(
    of: Resource,
    object: T,
    options?: { namespace?: string; subresource?: string; name?: string; signal?: AbortSignal },
  ): Promise<T>
  /** PUT of the whole object; `subresource: 'status'` writes the status only. */
  update<T extends KubeObject>(
    of: Resource,
    object: T,
    options?: { subresource?: 'status'; signal?: AbortSignal },
  ): Promise<T>
  patch<T extends KubeObject>(
    of: Resource,
    key: ObjectKey,
    patch: unknown,
    type: 'json' | 'merge',
    options?: { subresource?: string; signal?: AbortSignal },
  ): Promise<T>
  delete(
    of: Resource,
    key: ObjectKey,
    options?: {
      gracePeriodSeconds?: number
      propagationPolicy?: string
      uid?: string
      signal?: AbortSignal
    },
  ): Promise<void>
  /** Streams events from `resourceVersion` until the signal fires or the server ends it. A gone version throws (isGone). */
  watch<T extends KubeObject>(
    of: Resource,
    options: ListOptions & { resourceVersion: string },
  ): AsyncIterable<WatchEvent<T>>
  /** A GET whose answer is handed on piece by piece as it comes, within the time limit; what `open` throws ends it. */
  receive(
    path: string,
    options: {
      headers?: Record<string, string>
      signal?: AbortSignal
      /** Looks at the head, and says where the pieces of the body go. */
      open: (status: number, headers: RawAnswer['headers']) => (piece: Buffer) => void
    },
  ): Promise<void>
  /** Any request, any answer: for reviews with other tokens, raw paths and probes. */
  raw(
    method: string,
    path: string,
    options?: {
      body?: unknown
      headers?: Record<string, string>
      signal?: AbortSignal
      maxBytes?: number
    },
  ): Promise<RawAnswer>
  /** GET of any path, answered as soon as the head is there (within the time limit): the body may take for ever. */
  stream(
    path: string,
    options?: { headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<StreamedAnswer>
  /** Asks to speak another protocol, on a connection of its own; what the server refuses is an answer. */
  upgrade(request: UpgradeRequest): Promise<UpgradeAnswer>
}
