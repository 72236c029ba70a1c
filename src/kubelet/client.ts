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

/** Reads one kubelet. A transport error is E_HTTP, an answer above the limit E_TOO_LARGE. */
export interface KubeletClient extends AsyncDisposable {
  readonly url: string
  get(endpoint: KubeletEndpoint, signal?: AbortSignal): Promise<KubeletAnswer>
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
  return {
    url,
    async get(endpoint, signal) {
      const { path, accept } = KUBELET_ENDPOINTS[endpoint]
      const { status, body, headers } = await client.raw('GET', path, {
        headers: { accept, 'accept-encoding': 'identity' },
        maxBytes,
        ...(signal ? { signal } : {}),
      })
      if (status === 200) {
        const why = faultOf(accept, headers, body)
        return why === undefined ? { kind: 'ok', body } : { kind: 'failed', status, why }
      }
      const why = body.toString('utf8', 0, 300)
      return { kind: status === 401 || status === 403 ? 'refused' : 'failed', status, why }
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/** Why an answer with status 200 is not what was asked for; undefined: it is. */
function faultOf(
  accept: string,
  headers: Record<string, string | string[] | undefined>,
  body: Buffer,
): string | undefined {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return 'the answer is compressed, although it was not asked for'
  const [wanted] = accept.split(';')
  const [type = ''] = headers['content-type']?.toString().split(';') ?? []
  // An answer that does not say what it is will be read as what was asked for.
  if (type !== '' && type.trim().toLowerCase() !== wanted) {
    return `the answer is ${JSON.stringify(type.slice(0, 100))} where ${wanted} was asked for`
  }
  const isMetrics = accept === TEXT_METRICS
  if (isMetrics && body.length > 0 && body.at(-1) !== NEWLINE) return 'the answer was cut off'
  return undefined
}
