import type { Agent as HttpAgent, IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { ANSWER_MAX_BYTES } from '../limits.ts'
import { retryAfterMs } from './verdict.ts'

export interface IntakeAnswer {
  readonly status: number
  /** What the intake asked for; undefined: nothing. */
  readonly retryAfterMs: number | undefined
  /** The first errors of its body, for people. */
  readonly text: string
}

export interface Exchange {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string | number>>
  readonly body?: Buffer
  readonly agent: HttpAgent
  readonly signal: AbortSignal
}

/** One request and its whole answer. Throws when the answer is not complete. */
export async function exchange(what: Exchange, now: () => number): Promise<IntakeAnswer> {
  try {
    return await exchangeOnce(what, now)
  } catch (error) {
    // A connection that the other side closed while it was idle says nothing about the intake: once more on a new one.
    if (!(error instanceof StaleConnection) || what.signal.aborted) throw error
    return exchangeOnce(what, now)
  }
}

class StaleConnection extends Error {}

function exchangeOnce(what: Exchange, now: () => number): Promise<IntakeAnswer> {
  const { url, body, ...options } = what
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options)
    request.once('response', (response) => {
      // An answer before the body is out (a 413, a 403) may be followed by a cut: the answer counts.
      request.removeAllListeners('error').on('error', () => undefined)
      readAnswer(response, now).then(resolve, reject)
    })
    request.once('error', (error) => {
      reject(request.reusedSocket ? new StaleConnection(error.message, { cause: error }) : error)
    })
    request.end(body)
  })
}

/** The whole answer must come, but only its beginning is kept. A cut half way is an error: it may not be the intake's. */
async function readAnswer(response: IncomingMessage, now: () => number): Promise<IntakeAnswer> {
  const kept: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (size < ANSWER_MAX_BYTES) kept.push(chunk)
    size += chunk.length
    // Nobody sends that much; `break` ends the connection.
    if (size > 64 * ANSWER_MAX_BYTES) break
  }
  const body = Buffer.concat(kept).subarray(0, ANSWER_MAX_BYTES).toString('utf8')
  return {
    status: response.statusCode ?? 0,
    retryAfterMs: retryAfterMs(response.headers, now()),
    text: errorsIn(body),
  }
}

/** `{"errors":["…"]}` as one line; other bodies as they are, shortened. */
function errorsIn(body: string): string {
  let text = body
  try {
    const parsed = JSON.parse(body) as { errors?: unknown } | null
    if (Array.isArray(parsed?.errors)) text = parsed.errors.map(String).join('; ')
  } catch {
    // A proxy's page, perhaps.
  }
  return text.replace(/\s+/g, ' ').trim().slice(0, 200)
}
