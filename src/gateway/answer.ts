import type { ServerResponse } from 'node:http'
import { endWith } from './end-with.ts'

/** What a request is answered with. Bodies are shared between requests: nobody writes into them. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of the body: writes the head and all that comes after it, as it comes. */
  readonly stream?: (response: ServerResponse) => void
}

export const TEXT = 'text/plain; charset=utf-8'
export const JSON_TYPE = 'application/json'
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function text(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return { status, type: TEXT, body: Buffer.from(body), headers }
}

/** Writes an answer; without its body for HEAD. */
export function send(response: ServerResponse, answer: Answer, withBody: boolean): void {
  if (answer.stream !== undefined) {
    answer.stream(response)
    return
  }
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'content-length': answer.body.length,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...answer.headers,
  })
  endWith(response, withBody ? answer.body : undefined)
}

/** True when the client takes gzip. `gzip;q=0` says that it does not. */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '')
    .toLowerCase()
    .split(',')
    .some((part) => /^\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/.test(part))
}
