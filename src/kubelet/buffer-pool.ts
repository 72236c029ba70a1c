/**
 * Large buffers that are used again: a node's metrics are divided into tens of megabytes every few seconds, and memory
 * that is new each time costs page faults and garbage collections, which are about as much work as the division itself.
 */
export interface BufferPool {
  /** A buffer of at least so many bytes, with anything in it. */
  take(bytes: number): Buffer
  /** Gives back a buffer that was taken. Nobody else may still see it: it will be written into. */
  give(buffer: Buffer): void
  /** From now on no more than so many bytes are kept while they are not in use. */
  keepUpTo(bytes: number): void
}

const FIRST_SPARE_BYTES = 1024 * 1024
const MIN_BYTES = 16 * 1024

export function createBufferPool(): BufferPool {
  const spare: Buffer[] = []
  let bytes = 0
  let most = FIRST_SPARE_BYTES
  /** The oldest go first: they have been of no use for longest. */
  const trim = (): void => {
    while (bytes > most) bytes -= spare.shift()?.length ?? 0
  }
  return {
    take(wanted) {
      let best = -1
      for (let i = 0; i < spare.length; i++) {
        const { length } = spare[i] as Buffer
        const fits = length >= wanted && length <= Math.max(wanted * 2, MIN_BYTES)
        if (fits && (best < 0 || length < (spare[best] as Buffer).length)) best = i
      }
      const [found] = best < 0 ? [] : spare.splice(best, 1)
      if (found === undefined) return Buffer.allocUnsafeSlow(Math.max(MIN_BYTES, wanted))
      bytes -= found.length
      return found
    },
    give(buffer) {
      spare.push(buffer)
      bytes += buffer.length
      trim()
    },
    keepUpTo(limit) {
      most = limit
      trim()
    },
  }
}
