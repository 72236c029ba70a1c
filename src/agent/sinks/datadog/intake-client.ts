import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { FORWARDER_PARALLEL, FORWARDER_TIMEOUT_MS } from '../limits.ts'
import type { ApiKey } from './api-key.ts'
import { exchange, type Exchange, type IntakeAnswer } from './exchange.ts'
import type { Payload } from './payload.ts'

/** POSTs bodies and asks about the key. No redirect is followed: the key goes to the configured host only. */
export interface IntakeClient {
  /** Throws when there is no complete answer: no connection, no trust, no time, cut off. Its message holds no key. */
  post(url: string, payload: Payload, signal: AbortSignal): Promise<IntakeAnswer>
  get(url: string, timeoutMs: number, signal: AbortSignal): Promise<IntakeAnswer>
  /** Ends idle connections. */
  close(): void
}

export interface IntakeClientOptions {
  readonly apiKey: ApiKey
  readonly version: string
  /** PEM of the authorities to trust in place of Node's. */
  readonly ca: string | undefined
  /** false: any certificate is accepted (`skip_ssl_validation`). */
  readonly verify: boolean
  readonly timeoutMs?: number
  readonly now: () => number
}

export function createIntakeClient(options: IntakeClientOptions): IntakeClient {
  const { apiKey, version, ca, now, timeoutMs = FORWARDER_TIMEOUT_MS } = options
  const pool = { keepAlive: true, maxSockets: FORWARDER_PARALLEL }
  const plain = new HttpAgent(pool)
  const trust = ca === undefined ? {} : { ca }
  const tls = new HttpsAgent({
    ...pool,
    ...trust,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: options.verify,
  })
  const send = async (
    what: Omit<Exchange, 'agent'>,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<IntakeAnswer> => {
    const deadline = AbortSignal.timeout(limitMs)
    const agent = what.url.startsWith('https:') ? tls : plain
    const headers = {
      'DD-API-KEY': apiKey.current().reveal(),
      'DD-Agent-Version': version,
      'User-Agent': `sublet-agent/${version}`,
      ...what.headers,
    }
    const both = AbortSignal.any([signal, deadline])
    try {
      return await exchange({ ...what, agent, headers, signal: both }, now)
    } catch (error) {
      signal.throwIfAborted()
      throw deadline.aborted ? new Error(`no answer within ${limitMs} ms`) : error
    }
  }
  return {
    post(url, { encoding, body }, signal) {
      const headers = {
        'Content-Type': 'application/json',
        'Content-Length': body.length,
        ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
      }
      return send({ url, method: 'POST', headers, body, signal }, timeoutMs, signal)
    },
    get: (url, limitMs, signal) =>
      send({ url, method: 'GET', headers: {}, signal }, limitMs, signal),
    close() {
      plain.destroy()
      tls.destroy()
    },
  }
}
