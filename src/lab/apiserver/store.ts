import type { KubeObject } from '../../kube/index.ts'
import type { Resource } from '../../kube/index.ts'
import { encoded, type Encoded } from './encoded.ts'
import type { Change } from './history.ts'
import { refusals } from './refusals.ts'
import { createTables } from './tables.ts'

/** An object as it was at one revision: frozen, and encoded at most once. */
export interface Stored extends Encoded {
  readonly revision: number
}

export interface Store {
  /** The latest revision: every write raises it by one. */
  revision(): number
  get(of: Resource, namespace: string | undefined, name: string): Stored | undefined
  /** In the order of their keys, `namespace/name`; without a namespace, of all namespaces. */
  list(of: Resource, namespace?: string): Stored[]
  /** The same as it was at a revision. Throws Expired when that is too old. */
  listAt(of: Resource, revision: number, namespace?: string): Stored[]
  /** Forgets the changes of a kind up to now, as of one that has just come to be: older revisions are too old. */
  forget(of: Resource): void
  /** Throws AlreadyExists. */
  insert(of: Resource, object: KubeObject): Stored
  /** Throws NotFound. The caller has compared resource versions; all of this is synchronous. */
  replace(of: Resource, object: KubeObject): Stored
  /** Throws NotFound. `last` is the object as watches shall see it go. */
  remove(of: Resource, namespace: string | undefined, name: string, last?: KubeObject): Stored
  /** The changes since a revision, then every further one. Throws Expired when the revision is too old. */
  follow(
    of: Resource,
    since: number,
    listener: (change: Change) => void,
  ): { readonly backlog: readonly Change[]; readonly stop: () => void }
}

/** Changes per kind that a watch may be behind. */
const HISTORY_LIMIT = 250

/** All objects of one cluster, in memory. One counter numbers every write, as etcd does. */
export function createStore(options: { historyLimit?: number } = {}): Store {
  const tableOf = createTables(options.historyLimit ?? HISTORY_LIMIT)
  let revision = 0

  const find = (of: Resource, namespace: string | undefined, name: string): Stored => {
    const found = tableOf(of).get(namespace, name)
    if (found === undefined) throw refusals.notFound(of, name)
    return found
  }
  const stamp = (object: KubeObject): Stored => {
    revision += 1
    const metadata = { ...object.metadata, resourceVersion: String(revision) }
    return stored({ ...object, metadata }, revision)
  }

  return {
    revision: () => revision,
    get: (of, namespace, name) => tableOf(of).get(namespace, name),
    list: (of, namespace) => tableOf(of).list(namespace),
    listAt: (of, asked, namespace) => tableOf(of).listAt(asked, namespace),
    forget: (of) => tableOf(of).history.forget(revision),
    insert(of, object) {
      const { namespace, name = '' } = object.metadata
      const table = tableOf(of)
      if (table.get(namespace, name)) throw refusals.alreadyExists(of, name)
      const added = stamp(object)
      table.put(added)
      table.publish({ type: 'ADDED', revision, stored: added })
      return added
    },
    replace(of, object) {
      const previous = find(of, object.metadata.namespace, object.metadata.name ?? '')
      const next = stamp(object)
      tableOf(of).put(next)
      tableOf(of).publish({ type: 'MODIFIED', revision, stored: next, previous })
      return next
    },
    remove(of, namespace, name, last) {
      const previous = find(of, namespace, name)
      const gone = stamp(last ?? previous.object)
      tableOf(of).drop(namespace, name)
      tableOf(of).publish({ type: 'DELETED', revision, stored: gone, previous })
      return gone
    },
    follow(of, since, listener) {
      const { history, listeners } = tableOf(of)
      const backlog = history.since(since)
      listeners.add(listener)
      return { backlog, stop: () => void listeners.delete(listener) }
    },
  }
}

function stored(object: KubeObject, revision: number): Stored {
  const made = encoded(object)
  deepFreeze(made.object)
  return { ...made, revision }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
}
