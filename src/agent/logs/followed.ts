import { createContainerLog, type ContainerLog } from './container-log.ts'
import { FORGET_POD_MS } from './limits.ts'
import type { OpenFiles } from './open-files.ts'
import type { FileState, Registry } from './registry.ts'
import type { LogTarget } from './targets.ts'

/** A container whose log is followed. */
export interface Followed {
  target: LogTarget
  readonly log: ContainerLog
  lines: number
  /** Milliseconds since 1970: when its pod was last in the list. */
  seenAt: number
  lookedAt: number
}

/** All logs that are followed, and what is remembered of those that are not. */
export interface FollowedSet {
  /** Every log, also of pods that went a moment ago. */
  readonly all: readonly Followed[]
  /** The containers that are wanted now. A pod that left the list is read to its end, a container not wanted any more is not. */
  want(targets: readonly LogTarget[], isListed: (key: string) => boolean): Promise<void>
  /** For the disk: what is followed, and what is known from before. */
  registry(): Registry
}

export function createFollowedSet(options: {
  readonly registry: Registry
  readonly files: OpenFiles
  readonly now: () => number
}): FollowedSet {
  const { files, now } = options
  const remembered = new Map<string, readonly FileState[]>(options.registry)
  const followed = new Map<string, Followed>()
  let isFirst = true

  const letGo = async (key: string, one: Followed): Promise<void> => {
    remembered.set(key, one.log.states())
    followed.delete(key)
    await one.log.close()
  }
  return {
    get all() {
      return [...followed.values()]
    },
    async want(targets, isListed) {
      const at = now()
      for (const target of targets) {
        const known = followed.get(target.key)
        if (known) Object.assign(known, { target, seenAt: at })
        else {
          const states = remembered.get(target.key) ?? []
          const log = createContainerLog({ states, files, now, skipOld: isFirst })
          followed.set(target.key, { target, log, lines: 0, seenAt: at, lookedAt: 0 })
        }
      }
      if (targets.length > 0) isFirst = false
      for (const [key, one] of followed) {
        if (one.seenAt === at) continue
        if (isListed(key) || (at - one.seenAt > FORGET_POD_MS && one.log.unreadBytes === 0)) {
          await letGo(key, one)
        }
      }
    },
    registry() {
      for (const [key, { log }] of followed) {
        const states = log.states()
        if (states.length > 0) remembered.set(key, states)
      }
      return remembered
    },
  }
}
