import { refusals } from './refusals.ts'
import type { Stored } from './store.ts'

/** One write, as watches see it. `previous` is what was there before a MODIFIED or DELETED. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: number
  readonly stored: Stored
  readonly previous?: Stored
}

/** The latest changes of one kind. Older ones are forgotten: who asks for them is told that they are gone. */
export interface History {
  push(change: Change): void
  /** The changes after a revision. Throws Expired when some of them are forgotten. */
  since(revision: number): readonly Change[]
  /** Forgets all changes up to a revision. */
  forget(upTo: number): void
}

export function createHistory(limit: number): History {
  const changes: Change[] = []
  let forgottenUpTo = 0
  return {
    push(change) {
      changes.push(change)
      // Forget in batches, so that a push costs nothing on average.
      if (changes.length < limit * 2) return
      const dropped = changes.splice(0, changes.length - limit)
      forgottenUpTo = dropped.at(-1)?.revision ?? forgottenUpTo
    },
    since(revision) {
      if (revision < forgottenUpTo) {
        throw refusals.expired(revision, changes[0]?.revision ?? forgottenUpTo)
      }
      let first = changes.length
      while (first > 0 && (changes[first - 1]?.revision ?? 0) > revision) first -= 1
      return changes.slice(first)
    },
    forget(upTo) {
      changes.length = 0
      forgottenUpTo = upTo
    },
  }
}
