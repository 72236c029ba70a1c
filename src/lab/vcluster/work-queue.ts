/** Keys to look at again: each at most once at a time, again when it was added meanwhile, later when it failed. */
export interface WorkQueue extends AsyncDisposable {
  add(key: string): void
}

const FIRST_RETRY_MS = 20
const LAST_RETRY_MS = 5_000

/**
 * Calls `work` for every added key; different keys side by side, one key never twice at once. A failure is told to
 * `onError` and tried again after a pause that doubles. Closing waits for the work that runs.
 */
export function createWorkQueue(
  work: (key: string) => Promise<void>,
  onError: (key: string, error: unknown, attempt: number) => void,
): WorkQueue {
  const running = new Map<string, Promise<void>>()
  const again = new Set<string>()
  const attempts = new Map<string, number>()
  const timers = new Map<string, NodeJS.Timeout>()
  let closed = false

  const retryLater = (key: string, error: unknown): void => {
    const attempt = (attempts.get(key) ?? 0) + 1
    attempts.set(key, attempt)
    onError(key, error, attempt)
    const pause = Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), LAST_RETRY_MS)
    clearTimeout(timers.get(key))
    timers.set(
      key,
      setTimeout(() => add(key), pause),
    )
  }
  const run = async (key: string): Promise<void> => {
    try {
      await work(key)
      attempts.delete(key)
    } catch (error) {
      if (!closed) retryLater(key, error)
    }
    running.delete(key)
    if (again.delete(key)) add(key)
  }
  const add = (key: string): void => {
    if (closed) return
    clearTimeout(timers.get(key))
    timers.delete(key)
    if (running.has(key)) again.add(key)
    // In a later turn, so that what `work` adds at once already sees that it runs.
    else
      running.set(
        key,
        Promise.resolve().then(() => run(key)),
      )
  }
  return {
    add,
    async [Symbol.asyncDispose]() {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
      await Promise.all(running.values())
    },
  }
}
