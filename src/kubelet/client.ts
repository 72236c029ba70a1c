import { SubletError } from '../core/index.ts'
import { createKubeClient, type Credential } from '../kube/index.ts'
import { KUBELET_ENDPOINTS, TEXT_METRICS, type KubeletEndpoint } from './endpoints.ts'

const NEWLINE = 0x0a

export interface KubeletClientOptions {
  /** `https://host:port` of the kubelet. Requests go there and nowhere else: redirects are not followed. */
  readonly url: string
  /** PEM of the CA that signed its certificate; undefined: the system's roots. */
  readonly ca?: string | undefined
  readonly credential: Credential
  /** Loud on purpose: skips the verification of the kubelet's certificate. */
  readonly insecureSkipTlsVerify?: boolean
  /** Per request, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Larger answers are refused, in bytes. Default 64 MiB. */
  readonly maxBytes?: number
}

/** What a kubelet said, or why it said nothing. `why` may name the kubelet's address: it is for our log only. */
export type KubeletAnswer =
  | { readonly kind: 'ok'; readonly body: Buffer }
  /** 401 or 403: our own credential is not good enough. */
  | { readonly kind: 'refused'; readonly status: number; readonly why: string }
  /** Any other status. */
  | { readonly kind: 'failed'; readonly status: number; readonly why: string }

/** The same of an answer that was handed on as it came. */
export type StreamedAnswer =
  { readonly kind: 'ok'; readonly bytes: number } | Exclude<KubeletAnswer, { kind: 'ok' }>

/** Reads one kubelet. A transport error is E_HTTP, an answer above the limit E_TOO_LARGE. */
export interface KubeletClient extends AsyncDisposable {
  readonly url: string
  get(endpoint: KubeletEndpoint, signal?: AbortSignal): Promise<KubeletAnswer>
  /**
   * Hands the body to `take` piece by piece as it comes; only of an answer that is what was asked for. What `take` was
   * given counts only when this resolves to `ok`: until then the answer may be cut off, or grow above the limit.
   */
  stream(
    endpoint: KubeletEndpoint,
    take: (piece: Buffer) => void,
    signal?: AbortSignal,
  ): Promise<StreamedAnswer>
}

/**
 * Paths are constants, headers are our own: text metrics are asked for by name (a kubelet may prefer protobuf), and
 * nothing compressed, so that a small answer cannot become a large one.
 */
export function createKubeletClient(options: KubeletClientOptions): KubeletClient {
  const { url, maxBytes = 64 * 1024 * 1024 } = options
  const client = createKubeClient({
    server: url,
    ca: options.ca,
    credential: options.credential,
    insecureSkipTlsVerify: options.insecureSkipTlsVerify ?? false,
    timeoutMs: options.timeoutMs ?? 10_000,
    userAgent: 'sublet-gateway',
  })
  const stream: KubeletClient['stream'] = async (endpoint, take, signal) => {
    const { path, accept } = KUBELET_ENDPOINTS[endpoint]
    const reading: Reading = { status: 0, why: undefined, bytes: 0, last: NEWLINE, said: '' }
    await client.receive(path, {
      headers: { accept, 'accept-encoding': 'identity' },
      ...(signal ? { signal } : {}),
      open(status, headers) {
        reading.status = status
        reading.why = status === 200 ? faultOf(accept, headers) : undefined
        const isWanted = status === 200 && reading.why === undefined
        return (piece) => {
          note(reading, piece, maxBytes)
          if (isWanted) take(piece)
        }
      },
    })
    return answerOf(reading, accept)
  }
  return {
    url,
    async get(endpoint, signal) {
      const pieces: Buffer[] = []
      const answer = await stream(endpoint, (piece) => pieces.push(piece), signal)
      return answer.kind === 'ok' ? { kind: 'ok', body: Buffer.concat(pieces) } : answer
    },
    stream,
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/** What is known of an answer while it comes. */
interface Reading {
  status: number
  /** Why its head is not what was asked for. */
  why: string | undefined
  bytes: number
  /** Its last byte. */
  last: number
  /** How the body begins. */
  said: string
}

const SAID_BYTES = 300

function note(reading: Reading, piece: Buffer, maxBytes: number): void {
  reading.bytes += piece.length
  if (reading.bytes > maxBytes) {
    throw new SubletError('E_TOO_LARGE', `more than ${maxBytes} bytes were sent`)
  }
  reading.last = piece.at(-1) ?? reading.last
  if (reading.status === 200 || reading.said.length >= SAID_BYTES) return
  reading.said += piece.toString('utf8', 0, SAID_BYTES - reading.said.length)
}

function answerOf({ status, why, bytes, last, said }: Reading, accept: string): StreamedAnswer {
  if (status === 401 || status === 403) return { kind: 'refused', status, why: said }
  if (status !== 200) return { kind: 'failed', status, why: said }
  if (why !== undefined) return { kind: 'failed', status, why }
  if (accept === TEXT_METRICS && last !== NEWLINE) {
    return { kind: 'failed', status, why: 'the answer was cut off' }
  }
  return { kind: 'ok', bytes }
}

/** Why the head of an answer with status 200 is not what was asked for; undefined: it is. */
function faultOf(
  accept: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return 'the answer is compressed, although it was not asked for'
  const [wanted] = accept.split(';')
  const [type = ''] = headers['content-type']?.toString().split(';') ?? []
  // An answer that does not say what it is will be read as what was asked for.
  if (type !== '' && type.trim().toLowerCase() !== wanted) {
    return `the answer is ${JSON.stringify(type.slice(0, 100))} where ${wanted} was asked for`
  }
  return undefined
}
