import type { Clock, Logger } from '../../core/index.ts'
import type { KubeClient, ObjectKey, ObjectMeta, TokenKey } from '../../kube/index.ts'
import { createEventRecorder, type EventRecorder } from '../events/index.ts'
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
  /** Writes events in a component's name: `replicaset-controller`. */
  recorder(component: string, style?: 'core' | 'series'): EventRecorder
}

/** Registers itself at the informers, then reacts until the context's signal fires. */
export type Controller = (context: ControllerContext) => void

export function createContext(
  facts: Omit<ControllerContext, 'queue' | 'recorder'>,
): ControllerContext {
  const { client, clock, signal, log } = facts
  const recorders = new Map<string, EventRecorder>()
  return {
    ...facts,
    queue: (name, process) => createWorkQueue({ name, process, signal, log }),
    recorder(component, style = 'core') {
      const found =
        recorders.get(component) ??
        createEventRecorder({ client, component, style, clock, signal, log })
      recorders.set(component, found)
      return found
    },
  }
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
