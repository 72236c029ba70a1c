import { SubletError, sleep, type Clock } from '../../core/index.ts'

/** How many requests a client may send: a bucket that holds `burst` of them and is refilled `perSecond` times a second. */
export interface RequestBudget {
  /**
   * Waits until the next request may be sent; all that wait stand in one line. Throws E_TIMEOUT at once, and takes nothing,
   * when that would take longer than `withinMs`; what the signal says when it fires, and gives the place back. Gives the
   * milliseconds that it waited.
   */
  take(options?: { readonly withinMs?: number; readonly signal?: AbortSignal }): Promise<number>
}

/**
 * kubeAPIQPS, kubeAPIBurst, eventRecordQPS and eventBurst of a kubelet's default configuration since 1.27; before, it was 5
 * requests a second, and ten at once.
 */
export const KUBE_API_QPS = 50
export const KUBE_API_BURST = 100

/** As golang.org/x/time/rate, through which client-go sends. */
export function createRequestBudget(options: {
  readonly perSecond: number
  readonly burst: number
  readonly clock: Clock
}): RequestBudget {
  const { perSecond, burst, clock } = options
  /** Below zero by the number of those that wait. */
  let tokens = burst
  let filledAt = clock.now()
  const fill = (more: number): void => void (tokens = Math.min(burst, tokens + more))
  const refill = (): void => {
    const now = clock.now()
    fill((Math.max(0, now - filledAt) / 1000) * perSecond)
    filledAt = now
  }
  return {
    async take({ withinMs = Infinity, signal } = {}) {
      signal?.throwIfAborted()
      refill()
      const waitMs = Math.max(0, ((1 - tokens) / perSecond) * 1000)
      if (waitMs > withinMs) {
        const why = `the kubelet's budget of ${perSecond} requests a second is used up for ${Math.ceil(waitMs / 1000)} s`
        throw new SubletError('E_TIMEOUT', why)
      }
      tokens -= 1
      if (waitMs === 0) return 0
      await sleep(waitMs, signal)
      if (signal?.aborted) {
        fill(1)
        signal.throwIfAborted()
      }
      return waitMs
    },
  }
}
