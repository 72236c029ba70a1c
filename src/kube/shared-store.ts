import { describeError, type Logger } from '../core/index.ts'
import { createObjectStore, type Change, type ObjectStore } from './object-store.ts'
import type { KubeObject } from './objects.ts'
import type { Resource } from './resources.ts'

/** A copy of a collection that tells whoever listens. */
export interface SharedStore<T extends KubeObject> extends ObjectStore<T> {
  /** Calls back after each change, in order; returns what ends that. What is there already is not repeated. */
  onChange(listener: (change: Change<T>) => void): () => void
  forgetListeners(): void
}

/** What one listener throws is logged, and the others hear of the change all the same. */
export function createSharedStore<T extends KubeObject>(
  of: Resource,
  log: Logger | undefined,
): SharedStore<T> {
  const listeners = new Set<(change: Change<T>) => void>()
  const store = createObjectStore<T>((change) => {
    for (const listener of [...listeners]) {
      try {
        listener(change)
      } catch (error) {
        log?.error({ resource: of.plural, error: describeError(error) }, 'a listener failed')
      }
    }
  })
  return {
    ...store,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    forgetListeners: () => listeners.clear(),
  }
}
