import type { ServerResponse } from 'node:http'

/** A larger body is handed to the connection in pieces of this many bytes, as fast as the client takes them. */
export const PIECE_BYTES: number = 128 * 1024

/**
 * Ends an answer with its body. TLS makes a copy of whatever it is given: of a body that many clients read slowly, each has
 * one piece in memory, not all of it, and no answer takes the event loop for longer than a piece.
 */
export function endWith(response: ServerResponse, body: Buffer | undefined): void {
  if (body === undefined || body.length <= PIECE_BYTES) {
    response.end(body)
    return
  }
  let at = 0
  const more = (): void => {
    for (;;) {
      const piece = body.subarray(at, at + PIECE_BYTES)
      at += piece.length
      if (at === body.length) {
        response.end(piece)
        return
      }
      if (!response.write(piece)) {
        response.once('drain', more)
        return
      }
    }
  }
  more()
}
