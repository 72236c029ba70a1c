import { readFileSync } from 'node:fs'
import type { AgentConfig } from '../config.ts'
import { describe, messageOf } from '../go-errors.ts'
import { createHttpGetter, type GetterOptions, type HttpGetter } from '../http-get.ts'
import { isFresh } from '../is-fresh.ts'
import { CONNECT_BACKOFF_MAX_MS, CONNECT_BACKOFF_MS } from '../limits.ts'
import type { AgentLog } from '../log.ts'
import { kubeletCandidates, type Candidate, type Lookups } from './candidates.ts'
import { kubeletClient, type KubeletClient } from './client.ts'
import { tokenSource } from './token-source.ts'

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
  const getters: HttpGetter[] = []

  const attempt = async (signal: AbortSignal): Promise<KubeletClient> => {
    try {
      return await connect(options, getters, signal)
    } catch (error) {
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
    [Symbol.dispose]() {
      for (const getter of getters) getter.close()
    },
  }
}

/**
 * Tries the candidates in order with `GET /spec`. Any answer but 401 makes one ours: a current kubelet has no `/spec` and
 * answers 404 without asking who we are. A 401 is second best: such a kubelet is used when there is no other, so that
 * the check stays up and says what each of its requests was answered (as observed of 7.74).
 */
async function connect(
  options: ConnectionOptions,
  getters: HttpGetter[],
  signal: AbortSignal,
): Promise<KubeletClient> {
  const { config, log } = options
  const { kubelet } = config
  if (kubelet.httpsPort <= 0 && kubelet.httpPort <= 0) {
    throw new Error('Invalid Kubelet configuration: both HTTPS and HTTP ports are disabled')
  }
  const token = readToken(config, options.now)
  const http = createHttpGetter(tlsOptions(config))
  getters.push(http)
  let refused: KubeletClient | undefined
  let last = ''
  for await (const candidate of kubeletCandidates(kubelet, options.lookups())) {
    const client = clientOf(candidate, http, token)
    const answer = await probe(client, signal)
    if (answer.status === 401) {
      const used = candidate.scheme === 'https' && token() !== undefined
      last = `unauthorized to request test kubelet endpoint (/spec) - token used: ${used}`
      refused ??= client
    } else if (answer.status !== undefined) {
      if (candidate.scheme === 'http' && kubelet.httpsPort > 0) log.warn(WHERE, httpInstead(last))
      log.debug(WHERE, `kubelet found at ${client.base}`)
      return client
    } else last = answer.error
    log.debug(WHERE, `${client.base}: ${last}`)
  }
  if (refused) return refused
  throw new Error(
    kubelet.httpPort <= 0 ? 'Kubelet connection check failed' : impossible(kubelet.host),
  )
}

const httpInstead = (why: string): string =>
  `cannot use HTTPS to reach the kubelet (${why}); HTTP is used instead. Check whether your setup requires kubelet_tls_verify = false`

const impossible = (host: string): string =>
  `impossible to reach Kubelet with host: ${host}. Please check if your setup requires kubelet_tls_verify = false. Activate debug logs to see all attempts made`

function clientOf(
  candidate: Candidate,
  http: HttpGetter,
  token: ReturnType<typeof tokenSource>,
): KubeletClient {
  return kubeletClient(candidate.base, http, candidate.scheme === 'https' ? token : () => undefined)
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

function readToken(config: AgentConfig, now: () => number): ReturnType<typeof tokenSource> {
  const path = config.kubelet.tokenPath
  if (path === undefined) return () => undefined
  try {
    return tokenSource(config.real(path), now)
  } catch (error) {
    throw new Error(
      `kubelet token defined (${path}) but unable to read, err: ${describe(error, path)}`,
      {
        cause: error,
      },
    )
  }
}

function tlsOptions(config: AgentConfig): GetterOptions {
  const { caPath, clientCertPath, clientKeyPath, tlsVerify } = config.kubelet
  const both = clientCertPath !== undefined && clientKeyPath !== undefined
  return {
    verify: tlsVerify,
    ca: caPath === undefined ? undefined : readPem(config, caPath, !tlsVerify),
    ...(both
      ? { cert: readPem(config, clientCertPath, false), key: readPem(config, clientKeyPath, false) }
      : {}),
  }
}

function readPem(config: AgentConfig, path: string, optional: boolean): string | undefined {
  try {
    return readFileSync(config.real(path), 'utf8')
  } catch (error) {
    if (optional) return undefined
    throw new Error(describe(error, path), { cause: error })
  }
}
