import { describeError, type Logger } from '../core/index.ts'

/** Closes things that nobody waits for now, and waits for all of them in the end. */
export interface Closer {
  close(thing: AsyncDisposable): void
  all(): Promise<void>
}

export function createCloser(log: Logger): Closer {
  const closing = new Set<Promise<void>>()
  const dispose = async (thing: AsyncDisposable): Promise<void> => {
    try {
      await thing[Symbol.asyncDispose]()
    } catch (error) {
      log.warn({ error: describeError(error) }, 'closing failed')
    }
  }
  return {
    close(thing) {
      const done = dispose(thing).finally(() => closing.delete(done))
      closing.add(done)
    },
    async all() {
      await Promise.all(closing)
    },
  }
}
