import type { Resource } from '../../kube/index.ts'
import { createHistory, type Change, type History } from './history.ts'
import type { Stored } from './store.ts'

/** The objects of one kind, their latest changes, and who wants to know of new ones. */
export interface Table {
  readonly history: History
  readonly listeners: Set<(change: Change) => void>
  get(namespace: string | undefined, name: string): Stored | undefined
  /** In the order of their keys, `namespace/name`. */
  list(namespace: string | undefined): Stored[]
  /** The same as it was at a revision. Throws Expired when that is too old. */
  listAt(revision: number, namespace: string | undefined): Stored[]
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

/** The objects of one namespace. Their order is found when it is asked for, and kept until a name comes or goes. */
interface Shelf {
  readonly objects: Map<string, Stored>
  names: readonly string[] | undefined
}

function createTable(historyLimit: number): Table {
  const shelves = new Map<string, Shelf>()
  const history = createHistory(historyLimit)
  const listeners = new Set<(change: Change) => void>()
  const list = (namespace: string | undefined): Stored[] => {
    const wanted = namespace === undefined ? [...shelves.keys()].sort(byKey) : [namespace]
    const found: Stored[] = []
    for (const one of wanted) {
      const shelf = shelves.get(one)
      if (shelf === undefined) continue
      shelf.names ??= [...shelf.objects.keys()].sort()
      for (const name of shelf.names) {
        const kept = shelf.objects.get(name)
        if (kept) found.push(kept)
      }
    }
    return found
  }
  return {
    history,
    listeners,
    get: (namespace = '', name) => shelves.get(namespace)?.objects.get(name),
    list,
    listAt: (revision, namespace) => undo(list(namespace), history.since(revision), namespace),
    put(stored) {
      const { namespace = '', name = '' } = stored.object.metadata
      const shelf = shelves.get(namespace) ?? { objects: new Map(), names: undefined }
      if (!shelf.objects.has(name)) shelf.names = undefined
      shelf.objects.set(name, stored)
      shelves.set(namespace, shelf)
    },
    drop(namespace = '', name) {
      const shelf = shelves.get(namespace)
      if (shelf === undefined) return
      shelf.objects.delete(name)
      shelf.names = undefined
      if (shelf.objects.size === 0) shelves.delete(namespace)
    },
    publish(change) {
      history.push(change)
      for (const listener of listeners) listener(change)
    },
  }
}

const keyOf = ({ object: { metadata } }: Stored): string =>
  `${metadata.namespace ?? ''}/${metadata.name ?? ''}`

/** What a list was before some changes: of each object that changed, what its first change found. */
function undo(now: Stored[], changes: readonly Change[], namespace: string | undefined): Stored[] {
  const before = new Map<string, Stored | undefined>()
  for (const { stored, previous } of changes) {
    const isWanted = namespace === undefined || stored.object.metadata.namespace === namespace
    if (isWanted && !before.has(keyOf(stored))) before.set(keyOf(stored), previous)
  }
  if (before.size === 0) return now
  const same = now.filter((kept) => !before.has(keyOf(kept)))
  const changed = [...before.values()].filter((kept) => kept !== undefined)
  return [...same, ...changed].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** As keys are ordered: `a-b/…` comes before `a/…`. */
const byKey = (a: string, b: string): number => (`${a}/` < `${b}/` ? -1 : 1)
