import type { Clock, Logger } from '../../core/index.ts'
import type { KubeClient, ObjectKey, ObjectMeta, TokenKey } from '../../kube/index.ts'
import type { Informers } from './informers.ts'
import { createWorkQueue, type WorkQueue } from './work-queue.ts'

/** What controllers work with. */
export interface ControllerContext {
  readonly client: KubeClient
  readonly informers: Informers
  /** Signs the tokens of `kubernetes.io/service-account-token` Secrets. */
  readonly tokenKey: TokenKey
  /** Published to every namespace as `kube-root-ca.crt`. */
  readonly rootCaPem: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Logger
  /** A work queue of this context. */
  queue(name: string, process: (key: string) => Promise<void>): WorkQueue
}

/** Registers itself at the informers, then reacts until the context's signal fires. */
export type Controller = (context: ControllerContext) => void

export function createContext(facts: Omit<ControllerContext, 'queue'>): ControllerContext {
  const { signal, log } = facts
  return { ...facts, queue: (name, process) => createWorkQueue({ name, process, signal, log }) }
}

/** `namespace/name`, or the name alone. */
export const keyOf = ({ namespace, name = '' }: ObjectMeta): string =>
  namespace ? `${namespace}/${name}` : name

export function parseKey(key: string): ObjectKey & { readonly namespace?: string } {
  const slash = key.indexOf('/')
  return slash === -1
    ? { name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
