import type { KubeObject } from '../../kube/index.ts'
import type { Resource } from '../../kube/index.ts'
import { createHistory, type Change, type History } from './history.ts'
import { refusals } from './refusals.ts'

/** An object as it was at one revision: frozen, and encoded at most once. */
export interface Stored {
  readonly object: KubeObject
  readonly revision: number
  /** `{"kind":…,"apiVersion":…,"metadata":…}` */
  json(): string
}

export interface Store {
  /** The latest revision: every write raises it by one. */
  revision(): number
  get(of: Resource, namespace: string | undefined, name: string): Stored | undefined
  /** In the order of namespace and name; without a namespace, of all namespaces. */
  list(of: Resource, namespace?: string): Stored[]
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

interface Table {
  readonly namespaces: Map<string, Map<string, Stored>>
  readonly history: History
  readonly listeners: Set<(change: Change) => void>
}

/** Changes per kind that a watch may be behind. */
const HISTORY_LIMIT = 1000

/** All objects of one cluster, in memory. One counter numbers every write, as etcd does. */
export function createStore(options: { historyLimit?: number } = {}): Store {
  const tables = new Map<string, Table>()
  let revision = 0

  const tableOf = (of: Resource): Table => {
    const id = `${of.group}/${of.plural}`
    let table = tables.get(id)
    if (table === undefined) {
      const history = createHistory(options.historyLimit ?? HISTORY_LIMIT)
      table = { namespaces: new Map(), history, listeners: new Set() }
      tables.set(id, table)
    }
    return table
  }
  const find = (of: Resource, namespace: string | undefined, name: string): Stored | undefined =>
    tableOf(of)
      .namespaces.get(namespace ?? '')
      ?.get(name)
  const publish = (table: Table, change: Change): void => {
    table.history.push(change)
    for (const listener of table.listeners) listener(change)
  }
  const stamp = (object: KubeObject): Stored => {
    revision += 1
    const metadata = { ...object.metadata, resourceVersion: String(revision) }
    return stored({ ...object, metadata }, revision)
  }

  return {
    revision: () => revision,
    get: find,
    list(of, namespace) {
      const { namespaces } = tableOf(of)
      const wanted = namespace === undefined ? [...namespaces.keys()].sort() : [namespace]
      return wanted.flatMap((name) => {
        const objects = namespaces.get(name)
        if (objects === undefined) return []
        return [...objects.keys()].sort().map((key) => objects.get(key) as Stored)
      })
    },
    insert(of, object) {
      const { namespace = '', name = '' } = object.metadata
      if (find(of, namespace, name)) throw refusals.alreadyExists(of, name)
      const table = tableOf(of)
      const added = stamp(object)
      const objects = table.namespaces.get(namespace) ?? new Map<string, Stored>()
      table.namespaces.set(namespace, objects.set(name, added))
      publish(table, { type: 'ADDED', revision, stored: added })
      return added
    },
    replace(of, object) {
      const { namespace = '', name = '' } = object.metadata
      const table = tableOf(of)
      const previous = find(of, namespace, name)
      if (previous === undefined) throw refusals.notFound(of, name)
      const next = stamp(object)
      table.namespaces.get(namespace)?.set(name, next)
      publish(table, { type: 'MODIFIED', revision, stored: next, previous })
      return next
    },
    remove(of, namespace = '', name, last) {
      const table = tableOf(of)
      const previous = find(of, namespace, name)
      if (previous === undefined) throw refusals.notFound(of, name)
      const gone = stamp(last ?? previous.object)
      const objects = table.namespaces.get(namespace)
      objects?.delete(name)
      if (objects?.size === 0) table.namespaces.delete(namespace)
      publish(table, { type: 'DELETED', revision, stored: gone, previous })
      return gone
    },
    follow(of, since, listener) {
      const table = tableOf(of)
      const backlog = table.history.since(since)
      if ('oldest' in backlog) throw refusals.expired(since, backlog.oldest)
      table.listeners.add(listener)
      return { backlog, stop: () => void table.listeners.delete(listener) }
    },
  }
}

function stored(object: KubeObject, revision: number): Stored {
  const { kind, apiVersion, metadata, ...rest } = object
  const ordered = { kind, apiVersion, metadata, ...rest } as KubeObject
  deepFreeze(ordered)
  let json: string | undefined
  return { object: ordered, revision, json: () => (json ??= JSON.stringify(ordered)) }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
}
