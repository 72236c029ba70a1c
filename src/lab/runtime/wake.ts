/** One sleeper that events wake: a ring during work is kept, so that nothing is missed. */
export interface Bell {
  ring(): void
  /** Resolves at the next ring, at once if one was kept, or after `ms`. */
  wait(ms: number): Promise<void>
}

/** setTimeout takes no more than 2^31 - 1 milliseconds. */
const LONGEST_MS = 2 ** 31 - 1

export function createBell(): Bell {
  let rung = false
  let wake: (() => void) | undefined
  return {
    ring() {
      rung = true
      wake?.()
    },
    async wait(ms) {
      if (!rung && ms > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(ms, LONGEST_MS))
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        wake = undefined
      }
      rung = false
    },
  }
}
