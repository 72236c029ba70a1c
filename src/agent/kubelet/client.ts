import type { BodyBuffer, HttpGetter } from '../http-get.ts'
import type { Secret } from '../../core/secret.ts'

/** One request as `inventories` reports it: never a token, never a body. `status` is 0 when there was no answer. */
export interface RequestRecord {
  readonly url: string
  readonly status: number
  readonly bytes: number
}

export interface KubeletAnswer {
  readonly url: string
  readonly status: number
  readonly body: string
  /** The same as bytes, where the client has them: large texts are not made strings. */
  readonly raw?: Buffer
}

export interface KubeletGetOptions {
  readonly into?: BodyBuffer
  /** The check instance's `timeout`. */
  readonly timeoutMs?: number
}

/** GET requests to one kubelet. Throws a GetError when there is no answer; every status is an answer. */
export interface KubeletClient {
  /** Scheme, host and port that are used: `https://10.0.0.5:10250`. */
  readonly base: string
  /** `into`: memory for the answer's bytes that may be used again. */
  get(path: string, signal: AbortSignal, options?: KubeletGetOptions): Promise<KubeletAnswer>
}

export function kubeletClient(
  base: string,
  http: HttpGetter,
  token: () => Secret | undefined,
): KubeletClient {
  return {
    base,
    async get(path, signal, options = {}) {
      const bearer = base.startsWith('https:') ? token() : undefined
      const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer.reveal()}` }
      const url = base + path
      const answer = await http.get(url, { ...options, headers, signal })
      const { status, raw } = answer
      return {
        url,
        status,
        raw,
        get body() {
          return answer.body
        },
      }
    },
  }
}

/** The same client, with each request written down. */
export function recorded(client: KubeletClient, requests: RequestRecord[]): KubeletClient {
  return {
    base: client.base,
    async get(path, signal, options) {
      const url = client.base + path
      try {
        const answer = await client.get(path, signal, options)
        requests.push({
          url,
          status: answer.status,
          bytes: answer.raw?.length ?? Buffer.byteLength(answer.body),
        })
        return answer
      } catch (error) {
        requests.push({ url, status: 0, bytes: 0 })
        throw error
      }
    },
  }
}

/** An answer that must be a 200, in the Agent's own words when it is not (pkg/util/kubernetes/kubelet). */
export async function getChecked(
  client: KubeletClient,
  path: string,
  what: 'podlist' | 'statssummary',
  signal: AbortSignal,
  options?: KubeletGetOptions,
): Promise<Buffer> {
  let answer: KubeletAnswer
  try {
    answer = await client.get(path, signal, options)
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    const text = `couldn't fetch "${what}": error performing kubelet query ${client.base}${path}: ${why}`
    throw new Error(text, { cause: error })
  }
  if (answer.status !== 200) {
    throw new Error(
      `couldn't fetch "${what}": unexpected status code ${answer.status} on ${answer.url}: ${answer.body}`,
    )
  }
  return bytesOf(answer)
}

export const bytesOf = (answer: KubeletAnswer): Buffer => answer.raw ?? Buffer.from(answer.body)
