import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { secret, type Clock, type Logger } from '../../core/index.ts'
import { reviewToken, type KubeClient, type UserInfo } from '../../kube/index.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import { createSingleFlight, createTtlCache } from './ttl-cache.ts'

/** Who a request comes from; undefined is the kubelet's 401. */
export type Authenticate = (request: IncomingMessage) => Promise<UserInfo | undefined>

/** authentication.webhook.cacheTTL of a kubelet's default configuration. */
const GOOD_TOKEN_MS = 120_000
/** client-go's sharedLookupTimeout. */
export const TOKEN_REVIEW_MS = 30_000
const MAX_TOKENS = 4096

/**
 * A client certificate of the cluster's CA, else a bearer token by TokenReview. Good tokens are remembered for two
 * minutes under a keyed hash, refused ones never (both as seen on real kubelets); requests at the same time with the
 * same token share a review, which nobody who goes away ends. What is not known within half a minute is a refusal: also
 * at once, when so many questions wait for the client's budget that it would take longer.
 */
export function createAuthenticator(options: {
  readonly client: KubeClient
  readonly clock: Clock
  readonly metrics: KubeletMetrics
  readonly log: Logger
}): Authenticate {
  const { client, clock, metrics, log } = options
  const hashKey = randomBytes(32)
  const good = createTtlCache<UserInfo>({ maxEntries: MAX_TOKENS, clock })
  const once = createSingleFlight<UserInfo | undefined>()

  const review = async (token: string): Promise<UserInfo | undefined> => {
    const signal = AbortSignal.timeout(TOKEN_REVIEW_MS)
    const result = await reviewToken(client, secret(token), { signal })
    metrics.authnRequests.inc({ code: result.kind === 'unavailable' ? '<error>' : '201' })
    if (result.kind === 'unavailable')
      log.warn({ why: result.why }, 'a token could not be reviewed')
    return result.kind === 'authenticated' ? result.user : undefined
  }
  return async (request) => {
    const holder = certificateUser(request)
    if (holder) {
      metrics.certificateExpiration.observe((holder.expiresAt - clock.now()) / 1000)
      return holder.user
    }
    const token = bearerToken(request.headers.authorization)
    if (token === undefined) return undefined
    const key = createHmac('sha256', hashKey).update(token).digest('base64')
    const known = good.get(key)
    if (known) return known
    return await once(key, async () => {
      const user = await review(token)
      if (user) good.set(key, user, GOOD_TOKEN_MS)
      return user
    })
  }
}

/** As Go's bearertoken.Authenticator reads the header. */
export function bearerToken(header: string | undefined): string | undefined {
  const [scheme, token] = (header ?? '').trim().split(' ')
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined
}

function certificateUser(
  request: IncomingMessage,
): { user: UserInfo; expiresAt: number } | undefined {
  const { socket } = request
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  const certificate = socket.getPeerCertificate()
  const subject = certificate.subject as
    { CN?: string | string[]; O?: string | string[] } | undefined
  const name = [subject?.CN ?? []].flat()[0]
  if (name === undefined) return undefined
  const user = { username: name, groups: [...[subject?.O ?? []].flat(), 'system:authenticated'] }
  return { user, expiresAt: Date.parse(certificate.valid_to) }
}
