import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import { containerPath, readAll } from '../../core/index.ts'

export const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'
const MAX_BYTES = 64 * 1024 * 1024
const TIMEOUT_MS = 10_000

/** Status 0: there was no answer. */
export interface Answer {
  readonly status: number
  readonly body: string
}

/** The kubelet endpoint that the agent is configured for, and the credential that the agent has. */
export interface KubeletEndpoint {
  /** `host:port` */
  readonly authority: string
  readonly token: string | undefined
  readonly tls: { readonly rejectUnauthorized: boolean; readonly ca?: string }
  get(path: string): Promise<Answer>
}

export function kubeletOf(env: NodeJS.ProcessEnv): KubeletEndpoint {
  const host = env['DD_KUBERNETES_KUBELET_HOST'] ?? ''
  const authority = `${host}:${env['DD_KUBERNETES_HTTPS_KUBELET_PORT'] ?? '10250'}`
  const ca = readIfThere(env['DD_KUBELET_CLIENT_CA'] ?? `${SERVICE_ACCOUNT_DIR}/ca.crt`, env)
  const rejectUnauthorized = env['DD_KUBELET_TLS_VERIFY'] !== 'false'
  const tls = { rejectUnauthorized, ...(ca === undefined ? {} : { ca }) }
  const tokenPath = env['DD_KUBELET_AUTH_TOKEN_PATH'] ?? env['DD_KUBELET_BEARER_TOKEN_PATH']
  const token = readIfThere(tokenPath ?? `${SERVICE_ACCOUNT_DIR}/token`, env)
  const dispatcher = new Agent({ connect: tls })
  return {
    authority,
    token,
    tls,
    get: (path) => get(`https://${authority}${path}`, dispatcher, token),
  }
}

/** `GET` that reports a failed connection as status 0. */
export async function get(url: string, dispatcher: Agent, token?: string): Promise<Answer> {
  try {
    const answer = await request(url, {
      dispatcher,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return {
      status: answer.statusCode,
      body: (await readAll(answer.body, MAX_BYTES)).toString('utf8'),
    }
  } catch {
    return { status: 0, body: '' }
  }
}

export function readIfThere(path: string, env: NodeJS.ProcessEnv): string | undefined {
  try {
    return readFileSync(containerPath(path, env), 'utf8').trim()
  } catch {
    return undefined
  }
}
