import type { AgentConfig } from '../config.ts'
import { createDockerClient } from '../docker/client.ts'
import { messageOf } from '../go-errors.ts'
import { createHttpGetter, type HttpGetter } from '../http-get.ts'
import { nodeProxyBase } from '../kubelet/api-server-detour.ts'
import { authenticated } from '../kubelet/authenticated.ts'
import { kubeletCandidates, systemLookups, type Candidate } from '../kubelet/candidates.ts'
import { kubeletTls, kubeletToken } from '../kubelet/credentials.ts'
import { DIAGNOSE_REQUEST_MS } from '../limits.ts'

/** What came of one request: a status and the beginning of the body, or why there was no answer. */
export type KubeletReply =
  | { readonly status: number; readonly body: string; readonly error?: never }
  | { readonly status?: never; readonly body?: never; readonly error: string }

/** Asks with one configuration, and forgets its connections. */
export interface KubeletAsker extends Disposable {
  get(url: string, signal: AbortSignal): Promise<KubeletReply>
}

/** The token goes over HTTPS only, as always. A credential that cannot be read is the reply to each question. */
export function kubeletAsker(config: AgentConfig, now: () => number): KubeletAsker {
  let https: HttpGetter | undefined
  let fault: string | undefined
  try {
    const tls = kubeletTls(config)
    fault = tls.fault
    https = tls.http && authenticated(tls.http, kubeletToken(config, now))
  } catch (error) {
    fault = messageOf(error)
  }
  const http = createHttpGetter()
  return {
    async get(url, signal) {
      const getter = url.startsWith('https:') ? https : http
      if (!getter) return { error: fault ?? 'no TLS' }
      try {
        const answer = await getter.get(url, { signal, timeoutMs: DIAGNOSE_REQUEST_MS })
        return { status: answer.status, body: answer.raw.toString('utf8', 0, 300).trim() }
      } catch (error) {
        signal.throwIfAborted()
        return { error: messageOf(error) }
      }
    },
    [Symbol.dispose]() {
      https?.close()
      http.close()
    },
  }
}

/** Where the agent would look for the kubelet, in its order. Throws when the node proxy lacks something. */
export async function kubeletPlaces(config: AgentConfig): Promise<readonly Candidate[]> {
  if (config.kubelet.nodeProxy) return [{ scheme: 'https', base: nodeProxyBase(config) }]
  const docker = config.docker && createDockerClient(config.docker)
  try {
    const lookups = systemLookups(
      async () => (await docker?.info(AbortSignal.timeout(DIAGNOSE_REQUEST_MS)))?.Name,
    )
    const places: Candidate[] = []
    for await (const place of kubeletCandidates(config.kubelet, lookups)) places.push(place)
    return places
  } finally {
    docker?.[Symbol.dispose]()
  }
}
