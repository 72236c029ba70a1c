import { describeError, type Logger } from '../core/index.ts'
import {
  createKubeClient,
  inClusterOptions,
  loadKubeconfig,
  PODS,
  type KubeClient,
  type Pod,
} from '../kube/index.ts'
import {
  createKubeletClient,
  parsePodList,
  type KubeletAnswer,
  type KubeletEndpoint,
} from '../kubelet/index.ts'
import type { GatewayConfig } from './config.ts'
import { readPem } from './gateway-tenant.ts'
import { LIMITS } from './limits.ts'

/** The node could not be read. The message is for our log; callers are told nothing of it. */
export class UpstreamError extends Error {}

type Refused = Exclude<KubeletAnswer, { kind: 'ok' }>

/** The node's kubelet, read with the gateway's own credential. */
export interface Upstream extends AsyncDisposable {
  /** The whole answer. Throws UpstreamError. */
  read(endpoint: KubeletEndpoint, signal: AbortSignal): Promise<Buffer>
  /** The same, handed to `take` as it comes; it counts only when this resolves, to how many bytes it was. */
  stream(
    endpoint: KubeletEndpoint,
    take: (piece: Buffer) => void,
    signal: AbortSignal,
  ): Promise<number>
  /**
   * The pods of the node: from the kubelet, or from the host's API where an old kubelet refuses them. The same list
   * again as long as the kubelet answers the same bytes.
   */
  pods(signal: AbortSignal): Promise<readonly Pod[]>
}

export function createUpstream(config: GatewayConfig, log: Logger): Upstream {
  const { kubelet } = config
  if (kubelet.insecureSkipTlsVerify) {
    log.warn('kubelet.insecureSkipTlsVerify: the kubelet’s certificate is NOT verified')
  }
  const client = createKubeletClient({
    url: kubelet.url,
    ca: kubelet.caFile === undefined ? undefined : readPem(kubelet.caFile),
    credential: { kind: 'token-file', path: kubelet.tokenFile },
    insecureSkipTlsVerify: kubelet.insecureSkipTlsVerify,
    timeoutMs: LIMITS.upstreamTimeoutMs,
    maxBytes: LIMITS.upstreamBytes,
  })
  const hostApi = lazy(() => hostApiClient(config))
  const refusal = (endpoint: KubeletEndpoint, { status, why }: Refused): UpstreamError =>
    new UpstreamError(`the kubelet answered ${status} to ${endpoint}: ${why}`)
  let last: { readonly body: Buffer; readonly list: readonly Pod[] } | undefined

  return {
    async read(endpoint, signal) {
      const answer = await client.get(endpoint, signal).catch(rethrow)
      if (answer.kind === 'ok') return answer.body
      throw refusal(endpoint, answer)
    },
    async stream(endpoint, take, signal) {
      const answer = await client.stream(endpoint, take, signal).catch(rethrow)
      if (answer.kind === 'ok') return answer.bytes
      throw refusal(endpoint, answer)
    },
    async pods(signal) {
      const answer = await client.get('pods', signal).catch(rethrow)
      if (answer.kind === 'ok') {
        const { body } = answer
        if (last?.body.equals(body) !== true) last = { body, list: parseOrFail(body) }
        return last.list
      }
      const error = refusal('pods', answer)
      if (answer.kind !== 'refused' || answer.status !== 403) throw error
      // A kubelet without fine-grained authorization wants nodes/proxy for its pods, which the gateway must not have.
      const api = await hostApi.get().catch((why: unknown) => {
        throw new UpstreamError(`${error.message}; and no host API instead: ${describeError(why)}`)
      })
      const fieldSelector = `spec.nodeName=${kubelet.nodeName}`
      const list = await api.list<Pod>(PODS, { fieldSelector, signal }).catch(rethrow)
      return list.items.filter(({ spec }) => spec.nodeName === kubelet.nodeName)
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await (await hostApi.made()?.catch(() => undefined))?.[Symbol.asyncDispose]()
    },
  }
}

/** A client of the host's API server. Throws E_CONFIG, or what the kubeconfig's reader throws. */
export async function hostApiClient({ hostApi }: GatewayConfig): Promise<KubeClient> {
  const target =
    hostApi.kubeconfig === undefined
      ? await inClusterOptions()
      : await loadKubeconfig(hostApi.kubeconfig)
  return createKubeClient({ ...target.options, timeoutMs: LIMITS.upstreamTimeoutMs })
}

function parseOrFail(body: Buffer): readonly Pod[] {
  try {
    return parsePodList(body)
  } catch (error) {
    throw new UpstreamError(describeError(error))
  }
}

function rethrow(error: unknown): never {
  throw new UpstreamError(describeError(error))
}

/** Made when it is first wanted; a failure is not kept. */
function lazy<T>(make: () => Promise<T>): {
  get(): Promise<T>
  made(): Promise<T> | undefined
} {
  let made: Promise<T> | undefined
  return {
    made: () => made,
    get() {
      made ??= make().catch((error: unknown) => {
        made = undefined
        throw error
      })
      return made
    },
  }
}
