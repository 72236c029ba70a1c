/** Read less than `cacheMs` ago. Of a time in the future the clock was set back: not fresh. */
export const isFresh = (readAt: number | undefined, now: number, cacheMs: number): boolean =>
  readAt !== undefined && now >= readAt && now - readAt < cacheMs
