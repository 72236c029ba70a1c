import {
  createSharedStore,
  type KubeObject,
  type Reflector,
  type Resource,
} from '../../kube/index.ts'
import type { ApiContext } from './context.ts'
import type { Change } from './history.ts'
import { viewOf } from './store-view.ts'

/**
 * A copy of a collection, as `createReflector` makes over the wire, for who runs in the server's own process: without a
 * connection, and without JSON. Changes are told in their order and after the write that they come from has ended; what
 * is there already is told first. The objects are frozen.
 */
export function reflectStore<T extends KubeObject>(
  { store, kinds, log }: Pick<ApiContext, 'store' | 'kinds' | 'log'>,
  of: Resource,
): Reflector<T> {
  const kind = kinds.find(of.group, of.version, of.plural)
  const view = kind === undefined ? store : viewOf(store, kind)
  const copy = createSharedStore<T>(of, log)
  let due: Change[] = []
  let turn: NodeJS.Immediate | undefined
  const take = (): void => {
    turn = undefined
    const writes = due
    due = []
    for (const { type, stored } of writes) {
      if (type === 'DELETED') copy.remove(stored.object as T)
      else copy.put(stored.object as T)
    }
  }
  const { stop } = view.follow(of, store.revision(), (write) => {
    due.push(write)
    turn ??= setImmediate(take)
  })
  const there = view.list(of).map(({ object }) => object as T)
  const ready = new Promise<void>((resolve) => {
    setImmediate(() => {
      copy.replace(there)
      resolve()
    })
  })
  return {
    ready,
    get: (key) => copy.get(key),
    list: () => copy.list(),
    onChange: (listener) => copy.onChange(listener),
    [Symbol.asyncDispose]() {
      stop()
      clearImmediate(turn)
      copy.forgetListeners()
      return Promise.resolve()
    },
  }
}
