import { describeError, sleep, type Logger } from '../../core/index.ts'
import { isConflict } from '../../kube/index.ts'

/** Keys to work on, each at most once in line. */
export interface WorkQueue {
  add(key: string): void
  /** Adds it in so many milliseconds, or earlier when it is expected earlier already. */
  addAfter(key: string, ms: number): void
  /** Resolves when nothing is in line or in work (retries that wait are not counted). */
  idle(): Promise<void>
}

const FIRST_RETRY_MS = 20
const LONGEST_RETRY_MS = 5_000
/** A write that lost a race has lost nothing: the next look has the newer object. */
const CONFLICT_RETRY_MS = 5
/** Node's timers end there; who waits for longer is looked at in between. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Works on one key at a time. A key that is added while it is in work is worked on again. One that fails comes back
 * after a pause that doubles.
 */
export function createWorkQueue(options: {
  readonly name: string
  readonly process: (key: string) => Promise<void>
  readonly signal: AbortSignal
  readonly log: Logger
}): WorkQueue {
  const { name, process, signal, log } = options
  const line = new Set<string>()
  const failures = new Map<string, number>()
  let running = false
  let current: Promise<void> = Promise.resolve()

  const add = (key: string): void => {
    if (signal.aborted) return
    line.add(key)
    if (running) return
    running = true
    current = work()
  }
  const retry = async (key: string, error: unknown): Promise<void> => {
    const count = (failures.get(key) ?? 0) + 1
    failures.set(key, count)
    const conflict = isConflict(error) && count < 5
    if (!conflict) log.debug({ queue: name, key, error: describeError(error) }, 'will try again')
    const pause = Math.min(FIRST_RETRY_MS * 2 ** (count - 1), LONGEST_RETRY_MS)
    await sleep(conflict ? CONFLICT_RETRY_MS : pause, signal)
    add(key)
  }
  const work = async (): Promise<void> => {
    // Let the event that brought the first key finish: what comes with it is worked on once.
    await Promise.resolve()
    for (const key of line) {
      line.delete(key)
      if (signal.aborted) return
      try {
        await process(key)
        failures.delete(key)
      } catch (error) {
        void retry(key, error)
      }
    }
    running = false
  }
  const delays = createDelays(add, signal)
  return {
    add,
    addAfter: delays.set,
    async idle() {
      for (let seen; seen !== current;) {
        seen = current
        await seen
      }
    },
  }
}

/** Calls `due` for a key after a while; of two times for one key, the earlier counts. */
function createDelays(
  due: (key: string) => void,
  signal: AbortSignal,
): { readonly set: (key: string, ms: number) => void } {
  const timers = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>()
  const forget = (): void => timers.forEach(({ timer }) => clearTimeout(timer))
  signal.addEventListener('abort', forget, { once: true })
  return {
    set(key, ms) {
      if (signal.aborted) return
      const at = performance.now() + ms
      const before = timers.get(key)
      if (before !== undefined && before.at <= at) return
      clearTimeout(before?.timer)
      const fire = (): void => {
        timers.delete(key)
        due(key)
      }
      const timer = setTimeout(fire, Math.min(Math.max(0, ms), LONGEST_TIMER_MS))
      timer.unref()
      timers.set(key, { at, timer })
    },
  }
}
