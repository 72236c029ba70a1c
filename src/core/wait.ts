import { setTimeout as delay } from 'node:timers/promises'
import { SubletError } from './errors.ts'

/** Sleeps; ends at once, without an error, when the signal fires. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
}

/**
 * Asks again and again until `probe` gives something other than undefined.
 * Throws E_TIMEOUT, which names what was waited for and what the last look saw.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  options: { timeoutMs: number; intervalMs?: number; signal?: AbortSignal; last?: () => string },
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs
  for (;;) {
    options.signal?.throwIfAborted()
    const found = await probe()
    if (found !== undefined) return found
    if (Date.now() >= deadline) {
      const seen = options.last ? ` (last seen: ${options.last()})` : ''
      throw new SubletError('E_TIMEOUT', `waited ${options.timeoutMs / 1000} s for ${what}${seen}`)
    }
    await sleep(options.intervalMs ?? 50, options.signal)
  }
}
