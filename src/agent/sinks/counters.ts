import type { SinkReport } from './sink.ts'

/** The counters that every sink keeps. */
export interface Counters {
  sent(items: number): void
  /** `error`: what happened, in words that hold no secret. */
  failed(items: number, error: string): void
  dropped(items: number, why: string): void
  /** A problem that lost nothing: it will be tried again. */
  trouble(error: string): void
  report(rest: Partial<SinkReport> & { readonly target: string }): SinkReport
}

const MAX_ERROR_LENGTH = 500

/** Counters that start at zero. */
export function createCounters(now: () => number): Counters {
  let [sent, failed, dropped] = [0, 0, 0]
  let lastError = ''
  let [lastErrorAt, lastSentAt] = [0, 0]
  const trouble = (error: string): void => {
    lastError = error.replace(/\s+/g, ' ').slice(0, MAX_ERROR_LENGTH)
    lastErrorAt = now()
  }
  return {
    sent(items) {
      sent += items
      lastSentAt = now()
    },
    failed(items, error) {
      failed += items
      trouble(error)
    },
    dropped(items, why) {
      if (items === 0) return
      dropped += items
      trouble(why)
    },
    trouble,
    report: (rest) => ({
      sent,
      failed,
      dropped,
      queuedItems: 0,
      queueBytes: 0,
      lastError,
      lastErrorAt,
      lastSentAt,
      details: {},
      ...rest,
    }),
  }
}
