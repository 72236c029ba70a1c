import { createKubeClient, type Container, type Pod } from '../kube/index.ts'
import type { Caller } from './authenticate.ts'
import { readPem } from './gateway-tenant.ts'
import { LIMITS } from './limits.ts'

export type VirtualPod =
  | { readonly kind: 'pod'; readonly uid: string; readonly containers: ReadonlySet<string> }
  | { readonly kind: 'absent' }
  | { readonly kind: 'denied'; readonly why: string }
  | { readonly kind: 'unavailable'; readonly why: string }

/**
 * The pod as the tenant itself has asked for it, read with the caller's own token at the caller's own API server: only
 * there it is known which containers are the tenant's, and which ones somebody on the host has added.
 */
export async function virtualPod(
  caller: Caller,
  pod: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<VirtualPod> {
  const { token, tenant } = caller
  const { url, ca, caFile } = tenant.config.api
  if (token === undefined) return { kind: 'denied', why: 'there is no token to ask with' }
  if (url === undefined) return { kind: 'denied', why: 'the tenant’s API server is not known' }
  try {
    await using client = createKubeClient({
      server: url,
      ca: ca ?? (caFile === undefined ? undefined : readPem(caFile)),
      credential: { kind: 'none' },
      timeoutMs: LIMITS.reviewTimeoutMs,
      userAgent: 'sublet-gateway',
    })
    const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`
    const headers = { authorization: `Bearer ${token.reveal()}` }
    const answer = await client.raw('GET', path, { headers, signal, maxBytes: LIMITS.podBytes })
    if (answer.status === 404) return { kind: 'absent' }
    if (answer.status === 401 || answer.status === 403) {
      return { kind: 'denied', why: `get pods answered with ${answer.status}` }
    }
    if (answer.status !== 200) {
      return { kind: 'unavailable', why: `get pods answered with ${answer.status}` }
    }
    return podOf(JSON.parse(answer.body.toString('utf8')) as Partial<Pod>)
  } catch {
    return { kind: 'unavailable', why: 'the tenant’s API server does not answer' }
  }
}

function podOf({ metadata, spec }: Partial<Pod>): VirtualPod {
  const { uid } = metadata ?? {}
  if (uid === undefined) return { kind: 'unavailable', why: 'the answer is no pod' }
  return { kind: 'pod', uid, containers: containerNames(spec) }
}

/** All containers of a pod's spec. */
export function containerNames(spec: Pod['spec'] | undefined): ReadonlySet<string> {
  const { containers = [], initContainers = [] } = spec ?? {}
  const ephemeral = (spec as { ephemeralContainers?: Container[] } | undefined)?.ephemeralContainers
  return new Set([...containers, ...initContainers, ...(ephemeral ?? [])].map(({ name }) => name))
}
