import type { Resource } from '../../kube/index.ts'
import { createHistory, type Change, type History } from './history.ts'
import type { Stored } from './store.ts'

/** The objects of one kind, their latest changes, and who wants to know of new ones. */
export interface Table {
  readonly history: History
  readonly listeners: Set<(change: Change) => void>
  get(namespace: string | undefined, name: string): Stored | undefined
  /** In the order of namespace and name. */
  list(namespace: string | undefined): Stored[]
  put(stored: Stored): void
  drop(namespace: string | undefined, name: string): void
  publish(change: Change): void
}

/** Gives the table of a kind; makes it when it is first asked for. */
export function createTables(historyLimit: number): (of: Resource) => Table {
  const tables = new Map<string, Table>()
  return (of) => {
    const id = `${of.group}/${of.plural}`
    let table = tables.get(id)
    if (table === undefined) tables.set(id, (table = createTable(historyLimit)))
    return table
  }
}

function createTable(historyLimit: number): Table {
  const namespaces = new Map<string, Map<string, Stored>>()
  const history = createHistory(historyLimit)
  const listeners = new Set<(change: Change) => void>()
  return {
    history,
    listeners,
    get: (namespace = '', name) => namespaces.get(namespace)?.get(name),
    list(namespace) {
      const wanted = namespace === undefined ? [...namespaces.keys()].sort() : [namespace]
      return wanted.flatMap((one) =>
        [...(namespaces.get(one) ?? [])]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, kept]) => kept),
      )
    },
    put(stored) {
      const { namespace = '', name = '' } = stored.object.metadata
      const objects = namespaces.get(namespace) ?? new Map<string, Stored>()
      namespaces.set(namespace, objects.set(name, stored))
    },
    drop(namespace = '', name) {
      const objects = namespaces.get(namespace)
      objects?.delete(name)
      if (objects?.size === 0) namespaces.delete(namespace)
    },
    publish(change) {
      history.push(change)
      for (const listener of listeners) listener(change)
    },
  }
}
