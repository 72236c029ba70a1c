import { setTimeout as delay } from 'node:timers/promises'
import { DELIVER_BACKOFF_MAX_MS, DELIVER_BACKOFF_MS, DELIVER_ROOM_MS } from './limits.ts'

/**
 * Waits for room, then offers until it is taken, in ever longer steps. Rejects when the signal fires, also while the sink
 * still has the batch: whether that one arrived is then unknown.
 */
export async function deliverPatiently(
  { hasRoom, signal }: { readonly hasRoom: () => boolean; readonly signal: AbortSignal },
  offer: () => Promise<void>,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    while (!hasRoom()) await delay(DELIVER_ROOM_MS, undefined, { signal })
    signal.throwIfAborted()
    try {
      await untilAborted(offer(), signal)
      return
    } catch {
      signal.throwIfAborted()
    }
    const backoff = Math.min(DELIVER_BACKOFF_MS * 2 ** attempt, DELIVER_BACKOFF_MAX_MS)
    await delay(backoff, undefined, { signal })
  }
}

async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    await Promise.race([work, aborted])
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
  }
}
