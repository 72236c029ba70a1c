import type { AgentConfig } from '../config.ts'
import { messageOf } from '../go-errors.ts'
import { createHttpGetter, type HttpGetter } from '../http-get.ts'
import { isFresh } from '../is-fresh.ts'
import { CONNECT_BACKOFF_MAX_MS, CONNECT_BACKOFF_MS } from '../limits.ts'
import type { AgentLog } from '../log.ts'
import { nodeProxyBase, podsFromApiServer } from './api-server-detour.ts'
import { authenticated } from './authenticated.ts'
import { kubeletCandidates, type Candidate, type Lookups } from './candidates.ts'
import { kubeletClient, type KubeletClient } from './client.ts'
import { kubeletTls, kubeletToken } from './credentials.ts'
import type { TokenSource } from './token-source.ts'

const WHERE = 'agent/kubelet/connection'

export interface KubeletConnection extends Disposable {
  /** The client; connects when it is first asked, and after a failure again when the back-off has elapsed. */
  client(signal: AbortSignal): Promise<KubeletClient>
}

export interface ConnectionOptions {
  readonly config: AgentConfig
  readonly lookups: () => Lookups
  readonly log: AgentLog
  readonly now: () => number
}

/** Finds the kubelet once and keeps it for the life of the process. Source: pkg/util/kubernetes/kubelet, pkg/util/retry */
export function createKubeletConnection(options: ConnectionOptions): KubeletConnection {
  let connected: Promise<KubeletClient> | undefined
  let failure: Error | undefined
  let failures = 0
  let failedAt = 0
  let backoff = 0
  let getters: readonly HttpGetter[] = []
  const closeAll = (): void => {
    for (const getter of getters) getter.close()
    getters = []
  }

  const attempt = async (signal: AbortSignal): Promise<KubeletClient> => {
    try {
      const door = openDoor(options)
      getters = door.getters
      return await connect(options, door, signal)
    } catch (error) {
      closeAll()
      signal.throwIfAborted()
      backoff = Math.min(CONNECT_BACKOFF_MS * 2 ** failures, CONNECT_BACKOFF_MAX_MS)
      failedAt = options.now()
      failures += 1
      failure = new Error(`temporary failure in kubeutil, will retry later: ${messageOf(error)}`)
      throw failure
    }
  }
  return {
    client(signal) {
      if (connected) return connected
      if (failure && isFresh(failedAt, options.now(), backoff)) return Promise.reject(failure)
      const current = attempt(signal)
      connected = current
      current.catch(() => (connected = undefined))
      return current
    },
    [Symbol.dispose]: closeAll,
  }
}

/** What all candidates of one search are asked with. */
interface Door {
  readonly tokens: TokenSource
  /** With the token; undefined: `fault` says why there is no TLS. */
  readonly https: HttpGetter | undefined
  readonly fault: string | undefined
  readonly http: HttpGetter
  readonly getters: readonly HttpGetter[]
}

/** Throws when the configured token cannot be read, before any attempt. */
function openDoor({ config, now }: ConnectionOptions): Door {
  const { httpsPort, httpPort, nodeProxy } = config.kubelet
  if (httpsPort <= 0 && httpPort <= 0 && !nodeProxy) {
    throw new Error('Invalid Kubelet configuration: both HTTPS and HTTP ports are disabled')
  }
  const tokens = kubeletToken(config, now)
  const tls = kubeletTls(config)
  const http = createHttpGetter()
  const https = tls.http && authenticated(tls.http, tokens)
  return { tokens, https, fault: tls.fault, http, getters: https ? [https, http] : [http] }
}

/**
 * Tries the candidates in order with `GET /spec`. Any answer but 401 makes one ours: a current kubelet has no `/spec` and
 * answers 404 without asking who we are. A 401 is second best: such a kubelet is used when there is no other, so that
 * the check stays up and says what each of its requests was answered (as observed of 7.74).
 */
async function connect(
  options: ConnectionOptions,
  door: Door,
  signal: AbortSignal,
): Promise<KubeletClient> {
  const { config, log } = options
  const { kubelet } = config
  let refused: KubeletClient | undefined
  let last = ''
  for await (const candidate of candidatesOf(options)) {
    const client = clientOf(candidate, door)
    const answer = client ? await probe(client, signal) : { error: door.fault ?? '' }
    if (client === undefined || answer.status === undefined) last = answer.error ?? ''
    else if (answer.status === 401) {
      const used = candidate.scheme === 'https' && door.tokens.current() !== undefined
      last = `unauthorized to request test kubelet endpoint (/spec) - token used: ${used}`
      refused ??= client
    } else {
      if (candidate.scheme === 'http' && kubelet.httpsPort > 0) log.warn(WHERE, httpInstead(last))
      log.debug(WHERE, `kubelet found at ${client.base}`)
      return detoured(client, config, door, signal)
    }
    log.debug(WHERE, `${candidate.base}: ${last}`)
  }
  if (refused) return detoured(refused, config, door, signal)
  throw new Error(notFound(kubelet))
}

async function* candidatesOf({
  config,
  lookups,
}: ConnectionOptions): AsyncGenerator<Candidate, void, undefined> {
  if (config.kubelet.nodeProxy) yield { scheme: 'https', base: nodeProxyBase(config) }
  else yield* kubeletCandidates(config.kubelet, lookups())
}

async function detoured(
  client: KubeletClient,
  config: AgentConfig,
  door: Door,
  signal: AbortSignal,
): Promise<KubeletClient> {
  if (!config.kubelet.useApiServer || !door.https) return client
  return podsFromApiServer(client, config, door.https, signal)
}

const httpInstead = (why: string): string =>
  `cannot use HTTPS to reach the kubelet (${why}); HTTP is used instead. Check whether your setup requires kubelet_tls_verify = false`

const notFound = ({ host, httpPort, nodeProxy }: AgentConfig['kubelet']): string =>
  httpPort <= 0 || nodeProxy ? 'Kubelet connection check failed' : impossible(host)

const impossible = (host: string): string =>
  `impossible to reach Kubelet with host: ${host}. Please check if your setup requires kubelet_tls_verify = false. Activate debug logs to see all attempts made`

/** undefined: HTTPS, and no TLS to speak it with. */
function clientOf({ base, scheme }: Candidate, door: Door): KubeletClient | undefined {
  const getter = scheme === 'https' ? door.https : door.http
  // The token is the getter's business, which can read it again.
  return getter && kubeletClient(base, getter, () => undefined)
}

async function probe(
  client: KubeletClient,
  signal: AbortSignal,
): Promise<{ status: number; error?: never } | { status?: never; error: string }> {
  try {
    return { status: (await client.get('/spec', signal)).status }
  } catch (error) {
    signal.throwIfAborted()
    return { error: messageOf(error) }
  }
}
