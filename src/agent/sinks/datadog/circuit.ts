import {
  BACKOFF_BASE_MS,
  BACKOFF_MAX_ERRORS,
  BACKOFF_MAX_MS,
  BACKOFF_RECOVERY,
  RETRY_AFTER_MAX_MS,
} from '../limits.ts'

/** Keeps a failing endpoint from being asked too often. Source: comp/forwarder/defaultforwarder/blocked_endpoints.go */
export interface Circuit {
  succeeded(): void
  /** `retryAfterMs`: what the endpoint itself asked for. */
  failed(retryAfterMs?: number): void
  /** Milliseconds since 1970; in the past: the endpoint may be asked. */
  readonly blockedUntil: number
  /** 0: healthy. More: one request at a time is enough to find out. */
  readonly errors: number
}

export interface CircuitOptions {
  readonly now: () => number
  /** 0 to 1. */
  readonly random?: (() => number) | undefined
  /** 2 s; a test has no time. */
  readonly baseMs?: number | undefined
}

/** Failures block for a random time in [2·2ⁿ/2, 2·2ⁿ] s, 64 s flat from there on; a success takes two from n. */
export function createCircuit(options: CircuitOptions): Circuit {
  const { now, random = Math.random, baseMs = BACKOFF_BASE_MS } = options
  const backoffMs = (errors: number): number => {
    const longest = baseMs * 2 ** errors
    if (longest > BACKOFF_MAX_MS) return BACKOFF_MAX_MS
    return longest / 2 + random() * (longest / 2)
  }
  let errors = 0
  let blockedUntil = 0
  return {
    succeeded() {
      errors = Math.max(0, errors - BACKOFF_RECOVERY)
      blockedUntil = errors === 0 ? 0 : now() + backoffMs(errors)
    },
    failed(retryAfterMs = 0) {
      errors = Math.min(errors + 1, BACKOFF_MAX_ERRORS)
      const asked = Math.min(retryAfterMs, RETRY_AFTER_MAX_MS)
      blockedUntil = now() + Math.max(backoffMs(errors), asked)
    },
    get blockedUntil() {
      return blockedUntil
    },
    get errors() {
      return errors
    },
  }
}
