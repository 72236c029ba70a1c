import type { KubeObject, Resource } from '../../kube/index.ts'
import { encoded } from './encoded.ts'
import type { Change } from './history.ts'
import type { Kind } from './kinds/index.ts'
import { refusals } from './refusals.ts'
import type { Store, Stored } from './store.ts'

/** How objects of one resource are shown as another, and what a write of the shown form means. */
export interface Lens {
  /** As requests name it. */
  readonly shown: Resource
  readonly stored: Resource
  show(object: KubeObject): KubeObject
  /** What is kept of a shown object. */
  keep(object: KubeObject): KubeObject
}

/** The store through a lens: requests for `shown` read and write `stored`; all others go straight through. */
export function viewThrough(store: Store, lens: Lens): Store {
  const isShown = (of: Resource): boolean =>
    of.group === lens.shown.group && of.plural === lens.shown.plural && of.kind === lens.shown.kind
  const through = (of: Resource): Resource => (isShown(of) ? lens.stored : of)
  const show = (of: Resource, kept: Stored): Stored => (isShown(of) ? shownOf(lens, kept) : kept)
  const keep = (of: Resource, object: KubeObject): KubeObject =>
    isShown(of) ? lens.keep(object) : object
  const find = (of: Resource, namespace: string | undefined, name: string): Stored | undefined => {
    const found = store.get(through(of), namespace, name)
    return found && show(of, found)
  }
  const showChange = (of: Resource, change: Change): Change => ({
    ...change,
    stored: show(of, change.stored),
    ...(change.previous ? { previous: show(of, change.previous) } : {}),
  })
  return {
    ...store,
    get: find,
    list: (of, namespace) => store.list(through(of), namespace).map((kept) => show(of, kept)),
    listAt: (of, revision, namespace) =>
      store.listAt(through(of), revision, namespace).map((kept) => show(of, kept)),
    forget: (of) => store.forget(through(of)),
    insert(of, object) {
      const { namespace, name = '' } = object.metadata
      if (find(of, namespace, name)) throw refusals.alreadyExists(of, name)
      return show(of, store.insert(through(of), keep(of, object)))
    },
    replace: (of, object) => show(of, store.replace(through(of), keep(of, object))),
    remove: (of, namespace, name, last) =>
      show(of, store.remove(through(of), namespace, name, last && keep(of, last))),
    follow(of, since, listener) {
      const { backlog, stop } = store.follow(through(of), since, (change) => {
        listener(showChange(of, change))
      })
      return { backlog: backlog.map((change) => showChange(of, change)), stop }
    },
  }
}

const shownOf = (lens: Lens, kept: Stored): Stored => ({
  ...encoded(lens.show(kept.object)),
  revision: kept.revision,
})

/** The store as a kind sees it that is kept in the form of another. */
export function viewOf(store: Store, kind: Kind): Store {
  const { storedAs, resource } = kind
  if (storedAs === undefined) return store
  const { toStored, fromStored } = storedAs
  return viewThrough(store, {
    shown: resource,
    stored: storedAs.resource,
    show: fromStored,
    keep: toStored,
  })
}
