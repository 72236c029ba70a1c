import { CANCEL, FIN, RST_STREAM, controlFrame, dataFrame, words } from './spdy-frames.ts'

/** One stream of a session, for those who use it. */
export interface SpdyStream {
  readonly id: number
  readonly headers: ReadonlyMap<string, string>
  /** False: much is waiting to be sent; `onDrain` of the session tells when to go on. */
  write(chunk: Buffer): boolean
  /** Says that no more data comes from here. */
  end(): void
  /** Ends both directions at once. */
  reset(): void
  onData(listener: (chunk: Buffer) => void): void
  /** No more data comes from the client. Called at once when that is known already. */
  onEnd(listener: () => void): void
}

/** The same stream, with what the session needs: it hands over what the client sends. */
export interface SpdyStreamEnd extends SpdyStream {
  take(chunk: Buffer): void
  takeEnd(): void
}

export function createSpdyStream(
  id: number,
  headers: ReadonlyMap<string, string>,
  session: { write(frame: Buffer): boolean; forget(): void },
): SpdyStreamEnd {
  /** What came before somebody listened. */
  let early: Buffer[] = []
  let data = (chunk: Buffer): void => void early.push(chunk)
  let ended = (): void => undefined
  let [isEnded, isFinished] = [false, false]
  const settle = (): void => {
    if (isEnded && isFinished) session.forget()
  }
  return {
    id,
    headers,
    write: (chunk) => isFinished || session.write(dataFrame(id, 0, chunk)),
    end() {
      if (isFinished) return
      isFinished = true
      session.write(dataFrame(id, FIN, Buffer.alloc(0)))
      settle()
    },
    reset() {
      isFinished = true
      session.write(controlFrame(RST_STREAM, 0, words(id, CANCEL)))
      session.forget()
    },
    onData(listener) {
      for (const chunk of early) listener(chunk)
      early = []
      data = listener
    },
    onEnd(listener) {
      if (isEnded) listener()
      else ended = listener
    },
    take: (chunk) => data(chunk),
    takeEnd() {
      if (isEnded) return
      isEnded = true
      ended()
      settle()
    },
  }
}
