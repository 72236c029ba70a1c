import { secret, systemClock, type Clock, type Secret } from '../../src/core/index.ts'
import {
  boundClaims,
  createTokenKey,
  jwksOf,
  signToken,
  userOf,
  verifyToken,
  type TokenClaims,
  type TokenKey,
} from '../../src/kube/index.ts'
import { startScriptedServer, type Behaviour, type ScriptedServer } from './scripted-server.ts'

/** A tenant's API server as far as the gateway asks it: reviews of its own tokens, and its keys. */
export interface ScriptedTenant extends AsyncDisposable {
  readonly name: string
  readonly server: ScriptedServer
  /** What it signs with and accepts; replace it to rotate. */
  key: TokenKey
  /** A token of an account in namespace `datadog`. */
  token(account: string, options?: { clock?: Clock; lifetimeMs?: number }): Promise<Secret>
  /** How many reviews it was asked for. */
  reviews(): number
}

/** Every vcluster says the same. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local'

export function claimsOf(account: string, clock: Clock, lifetimeMs = 3_600_000): TokenClaims {
  return boundClaims({
    issuer: ISSUER,
    audiences: [ISSUER],
    namespace: 'datadog',
    serviceAccount: { name: account, uid: `uid-of-${account}` },
    lifetimeMs,
    clock,
  })
}

/** `allow`: what an access review says of a user; default: yes. */
export async function startScriptedTenant(
  name: string,
  tls: { certPem: string; keyPem: string },
  allow: (username: string, subresource: string) => boolean = () => true,
): Promise<ScriptedTenant> {
  const honest: Behaviour = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      void answer(request.url ?? '', request.headers.authorization, Buffer.concat(chunks)).then(
        ([status, body]) => {
          response.writeHead(status, { 'content-type': 'application/json' })
          response.end(JSON.stringify(body))
        },
      )
    })
  }
  const answer = async (
    path: string,
    authorization: string | undefined,
    body: Buffer,
  ): Promise<[status: number, body: unknown]> => {
    if (path === '/openid/v1/jwks') return [200, jwksOf([tenant.key])]
    const token = secret(authorization?.replace(/^Bearer /, '') ?? '')
    // Its own clock is the system's: tests that move time move the gateway's.
    const verdict = await verifyToken(token, [tenant.key], { leewayMs: 1e12 })
    const user = verdict.ok ? userOf(verdict.claims) : undefined
    if (user === undefined) return [401, { kind: 'Status', status: 'Failure', code: 401 }]
    if (path.endsWith('/selfsubjectreviews')) return [201, { status: { userInfo: user } }]
    const { spec } = JSON.parse(body.toString()) as {
      spec: { resourceAttributes?: { subresource?: string } }
    }
    const subresource = spec.resourceAttributes?.subresource ?? ''
    return [201, { status: { allowed: allow(user.username, subresource) } }]
  }
  const server = await startScriptedServer(tls, honest)
  const tenant: ScriptedTenant = {
    name,
    server,
    key: await createTokenKey(),
    token: (account, { clock = systemClock, lifetimeMs } = {}) =>
      signToken(tenant.key, claimsOf(account, clock, lifetimeMs)),
    reviews: () => server.requests.filter(({ path }) => path.includes('review')).length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
  return tenant
}
