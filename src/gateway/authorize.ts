import type { Clock } from '../core/index.ts'
import { kubeletPath } from '../kubelet/index.ts'
import { Unavailable, type Caller } from './authenticate.ts'
import type { Access } from './gateway-tenant.ts'
import { LIMITS } from './limits.ts'

export type Authorization =
  | { readonly kind: 'allowed'; readonly subresource: string }
  | { readonly kind: 'denied'; readonly subresources: readonly string[] }
  | { readonly kind: 'unavailable'; readonly why: string }

/**
 * Whether the caller may read this path of this node in its own virtual cluster: the subresources that a kubelet would
 * ask for, in its order, asked in the way that the tenant's `access` names. Answers are remembered as a kubelet does,
 * never longer than the token or certificate lives.
 */
export async function authorize(
  caller: Caller,
  path: string,
  options: { nodeName: string; clock: Clock; signal: AbortSignal },
): Promise<Authorization> {
  const subresources = kubeletPath(path)?.subresources ?? []
  try {
    for (const subresource of subresources) {
      const access = await caller.tenant.access.get(`${subresource} ${caller.key}`, () =>
        ask(caller, subresource, options),
      )
      if (access === 'allowed') return { kind: 'allowed', subresource }
    }
  } catch (error) {
    if (error instanceof Unavailable) return { kind: 'unavailable', why: error.message }
    throw error
  }
  return { kind: 'denied', subresources }
}

async function ask(
  caller: Caller,
  subresource: string,
  options: { nodeName: string; clock: Clock; signal: AbortSignal },
): Promise<{ value: Access; expiresAt: number }> {
  const { tenant, expiresAt } = caller
  if (tenant.access.pending > LIMITS.concurrentReviews) throw new Unavailable('too many reviews')
  const node = { name: options.nodeName, subresource }
  const review = await tenant.reviews.mayRead(caller, node, options.signal)
  if (review.kind === 'unavailable') throw new Unavailable(review.why)
  const lifetime = review.kind === 'allowed' ? LIMITS.allowedTtlMs : LIMITS.deniedTtlMs
  return { value: review.kind, expiresAt: Math.min(options.clock.now() + lifetime, expiresAt) }
}
