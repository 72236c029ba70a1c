import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { secret } from '../../core/index.ts'
import {
  CONFIGMAPS,
  reviewToken,
  type ConfigMap,
  type KubeClient,
  type UserInfo,
} from '../../kube/index.ts'

/** Whose word about a user counts (ConfigMap kube-system/extension-apiserver-authentication). */
export interface FrontProxy {
  readonly caPem: string
  /** Common names of the aggregator's certificate; empty: any. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraPrefixes: readonly string[]
}

/** Reads it as every extension API server does, with the Role `extension-apiserver-authentication-reader`. */
export async function readFrontProxy(client: KubeClient, signal: AbortSignal): Promise<FrontProxy> {
  const key = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
  const { data = {} } = await client.get<ConfigMap>(CONFIGMAPS, key, signal)
  const list = (name: string): string[] => {
    const value: unknown = JSON.parse(data[name] ?? '[]')
    if (!Array.isArray(value)) return []
    return value.filter((one): one is string => typeof one === 'string')
  }
  const lower = (name: string): string[] => list(name).map((one) => one.toLowerCase())
  return {
    caPem: data['requestheader-client-ca-file'] ?? '',
    allowedNames: list('requestheader-allowed-names'),
    usernameHeaders: lower('requestheader-username-headers'),
    groupHeaders: lower('requestheader-group-headers'),
    extraPrefixes: lower('requestheader-extra-headers-prefix'),
  }
}

/**
 * Who asks: the aggregator's headers are believed when its client certificate is of the front proxy's CA and has an
 * allowed name; else a bearer token is reviewed. undefined: a bad credential.
 */
export async function userOf(
  request: IncomingMessage,
  proxy: FrontProxy,
  client: KubeClient,
): Promise<UserInfo | undefined> {
  if (isFrontProxy(request, proxy)) {
    const user = userOfHeaders(request, proxy)
    if (user !== undefined) return user
  }
  const header = request.headers.authorization ?? ''
  if (!/^bearer /i.test(header)) {
    return { username: 'system:anonymous', groups: ['system:unauthenticated'] }
  }
  const review = await reviewToken(client, secret(header.slice('bearer '.length).trim()))
  return review.kind === 'authenticated' ? review.user : undefined
}

function isFrontProxy({ socket }: IncomingMessage, { caPem, allowedNames }: FrontProxy): boolean {
  if (!(socket instanceof TLSSocket) || caPem === '') return false
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined || !socket.authorized) return false
  const isOurs = certificate.verify(new X509Certificate(caPem).publicKey)
  const name = /(?:^|\n)CN=(.*)/.exec(certificate.subject)?.[1] ?? ''
  return isOurs && (allowedNames.length === 0 || allowedNames.includes(name))
}

function userOfHeaders({ rawHeaders }: IncomingMessage, proxy: FrontProxy): UserInfo | undefined {
  const { usernameHeaders, groupHeaders, extraPrefixes } = proxy
  const all = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
  )
  const username = all.find(([name]) => usernameHeaders.includes(name))?.[1] ?? ''
  if (username === '') return undefined
  const groups = all.filter(([name]) => groupHeaders.includes(name)).map(([, value]) => value)
  const extra: Record<string, string[]> = {}
  for (const [name, value] of all) {
    const prefix = extraPrefixes.find((one) => name.startsWith(one))
    if (prefix === undefined) continue
    const key = decodeURIComponent(name.slice(prefix.length))
    extra[key] = [...(extra[key] ?? []), value]
  }
  return { username, groups, extra }
}
