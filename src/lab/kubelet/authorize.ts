import { createHash } from 'node:crypto'
import { SubletError, type Clock } from '../../core/index.ts'
import { reviewAccess, type KubeClient, type UserInfo } from '../../kube/index.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import { createSingleFlight, createTtlCache } from './ttl-cache.ts'

/** May this user use the verb on any of the node's subresources? They are asked for in order. Throws when that cannot be known. */
export type Authorize = (
  user: UserInfo,
  verb: string,
  subresources: readonly string[],
) => Promise<boolean>

/** authorization.webhook.cacheAuthorizedTTL and cacheUnauthorizedTTL of a kubelet's default configuration. */
const ALLOWED_MS = 300_000
const DENIED_MS = 30_000
const MAX_DECISIONS = 8192

export function createAuthorizer(options: {
  readonly client: KubeClient
  readonly nodeName: string
  readonly clock: Clock
  readonly metrics: KubeletMetrics
}): Authorize {
  const { client, nodeName, clock, metrics } = options
  const decisions = createTtlCache<boolean>({ maxEntries: MAX_DECISIONS, clock })
  const once = createSingleFlight<boolean>()

  const review = async (user: UserInfo, verb: string, subresource: string): Promise<boolean> => {
    const resource = { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName }
    const result = await reviewAccess(client, user, { kind: 'resource', ...resource })
    metrics.authzRequests.inc({ code: result.kind === 'unavailable' ? '<error>' : '201' })
    if (result.kind === 'unavailable') throw new SubletError('E_HTTP', result.why)
    return result.kind === 'allowed'
  }
  const decide = async (user: UserInfo, verb: string, subresource: string): Promise<boolean> => {
    const key = createHash('sha256')
      .update(JSON.stringify([user, verb, subresource]))
      .digest('base64')
    const known = decisions.get(key)
    if (known !== undefined) return known
    return await once(key, async () => {
      const allowed = await review(user, verb, subresource)
      decisions.set(key, allowed, allowed ? ALLOWED_MS : DENIED_MS)
      return allowed
    })
  }
  return async (user, verb, subresources) => {
    for (const subresource of subresources) if (await decide(user, verb, subresource)) return true
    return false
  }
}
