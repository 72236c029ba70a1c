import { onAbort } from '../core/index.ts'

export interface Deadline {
  readonly signal: AbortSignal
  /** Whether the time ran out (and not the caller's patience). */
  readonly late: () => boolean
  readonly stopClock: () => void
  readonly done: () => void
}

/** A signal that fires with the caller's, or when the time is up. `done` leaves no timer and no listener behind. */
export function deadline(ms: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  let late = false
  const timer = setTimeout(() => {
    late = true
    controller.abort(new Error(`no answer within ${ms / 1000} s`))
  }, ms)
  const leave = outer && onAbort(outer, () => controller.abort(outer.reason))
  return {
    signal: controller.signal,
    late: () => late,
    stopClock: () => clearTimeout(timer),
    done: () => {
      clearTimeout(timer)
      leave?.()
    },
  }
}
