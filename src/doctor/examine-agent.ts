import { describeError, secret, sleep, type Secret as Hidden } from '../core/index.ts'
import {
  PODS,
  SECRETS,
  SERVICEACCOUNTS,
  createKubeClient,
  isNotFound,
  reviewToken,
  type KubeClient,
  type Pod,
  type Secret,
  type TokenRequest,
} from '../kube/index.ts'
import type { Agent } from './find-agents.ts'
import type { Finding } from './finding.ts'
import { nodesWithHostAgent } from './host-agent.ts'
import { judgePods, type Look } from './judge-pods.ts'
import { whatSwitchesOff } from './kubelet-check.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024 * 1024
/** The shortest life that the API server gives a token. */
const TOKEN_SECONDS = 600

/** Both sides, with an administrator's rights. */
export interface Clients {
  readonly host: KubeClient
  readonly virtual: KubeClient
}

/**
 * Asks the agent's kubelet endpoint what the agent would ask, with the credential that the agent has: the host token that
 * lies in its Secrets, else a short-lived one of its ServiceAccount. Reads only; no token is printed or kept.
 */
export async function examineAgent(
  clients: Clients,
  agent: Agent,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { ref } = agent
  const findings: Finding[] = agent.runtimeSockets.map(({ volume, path }) => ({
    kind: 'runtime-socket-in-tenant',
    agent: ref,
    volume,
    path,
  }))
  const hostToken = await findHostToken(clients, agent, signal)
  if (hostToken !== undefined) {
    const { name, user } = hostToken
    findings.push({ kind: 'host-token-in-tenant', agent: ref, secret: name, user })
  }
  const { pod } = agent
  if (pod?.status?.hostIP === undefined) {
    const nodes = await nodesWithHostAgent(clients.host, ref.vcluster)
    // Nothing of its specification is in the tenant as long as no pod runs.
    if (nodes > 0) return [{ kind: 'agent-on-the-host', agent: ref, nodes }]
    return [...findings, { kind: 'agent-not-running', agent: ref }]
  }
  const off = await whatSwitchesOff(clients.virtual, ref.namespace, agent.checkFiles, signal)
  if (off !== undefined) {
    const { configMap, path } = off
    return [...findings, { kind: 'kubelet-check-off', agent: ref, configMap, path }]
  }
  const token = hostToken?.token ?? (await mintToken(clients.virtual, agent))
  const url = `https://${pod.status.hostIP}:${agent.port}`
  return [...findings, await askKubelet(clients, agent, url, token, signal)]
}

/** A token in the Secrets of the agent's pod that the host's API server accepts. */
async function findHostToken(
  { host, virtual }: Clients,
  agent: Agent,
  signal: AbortSignal,
): Promise<{ name: string; user: string; token: Hidden } | undefined> {
  for (const name of agent.secrets) {
    const found = await virtual
      .get<Secret>(SECRETS, { namespace: agent.ref.namespace, name }, signal)
      .catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
    const text = Buffer.from(found?.data?.['token'] ?? '', 'base64')
      .toString('utf8')
      .trim()
    if (text === '') continue
    const token = secret(text)
    const review = await reviewToken(host, token, { signal })
    if (review.kind === 'authenticated') return { name, user: review.user.username, token }
  }
  return undefined
}

async function mintToken(virtual: KubeClient, agent: Agent): Promise<Hidden> {
  const { namespace } = agent.ref
  const request = await virtual.create<TokenRequest>(
    SERVICEACCOUNTS,
    {
      metadata: {},
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    },
    { namespace, name: agent.serviceAccount, subresource: 'token' },
  )
  return secret(request.status?.token ?? '')
}

async function askKubelet(
  clients: Clients,
  agent: Agent,
  url: string,
  token: Hidden,
  signal: AbortSignal,
): Promise<Finding> {
  const kubelet = createKubeClient({
    server: url,
    credential: { kind: 'token', token },
    // As agents do: the kubelet's certificate is not one that a tenant could verify.
    insecureSkipTlsVerify: true,
    timeoutMs: TIMEOUT_MS,
  })
  const base = { agent: agent.ref, url: `${url}/stats/summary` }
  const look = async (): Promise<Look | Finding> => {
    signal.throwIfAborted()
    const answer = await kubelet.raw('GET', '/stats/summary', { signal, maxBytes: MAX_BYTES })
    const body = answer.body.toString('utf8')
    if (answer.status === 401) {
      const review = await reviewToken(clients.host, token, { signal })
      const hostSays = review.kind === 'authenticated' ? 'authenticated' : review.why
      return { kind: 'token-unknown-to-host', ...base, hostSays }
    }
    if (answer.status === 403) return { kind: 'kubelet-forbids', ...base, body: body.trim() }
    if (answer.status !== 200) return { kind: 'kubelet-odd-answer', ...base, status: answer.status }
    const uids = podUids(body)
    // After the answer: what was shown and is in neither list has gone, or is nobody's that may be seen.
    const { items: virtualPods } = await clients.virtual.list<Pod>(PODS, { signal })
    return { kind: 'shown', uids, virtualPods, hostPods: () => podsOfHost(clients.host, signal) }
  }
  try {
    return await judgePods(base, look, (ms) => sleep(ms, signal))
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'kubelet-unreachable', ...base, why: describeError(error) }
  } finally {
    await kubelet[Symbol.asyncDispose]()
  }
}

/** undefined: who asks may not list them, or they cannot be read. */
async function podsOfHost(
  host: KubeClient,
  signal: AbortSignal,
): Promise<readonly Pod[] | undefined> {
  return host.list<Pod>(PODS, { signal }).then(
    ({ items }) => items,
    () => undefined,
  )
}

/** The uids of the pods in a Summary. */
function podUids(body: string): string[] {
  const { pods } = JSON.parse(body) as { pods?: { podRef?: { uid?: string } }[] }
  return (pods ?? []).flatMap((pod) => pod.podRef?.uid ?? [])
}
