import type { ServerResponse } from 'node:http'

/** A request that is not served: this status with this message. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A request that cannot be served as it is: 400 with this message. */
export class BadRequest extends Refusal {
  constructor(message: string) {
    super(400, message)
  }
}

/** Docker ends each JSON answer with a line end. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** Every refusal is `{"message":"…"}`. */
export function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, { message }, status)
}

/** Headers of a stream of JSON lines. */
export function startStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
}
