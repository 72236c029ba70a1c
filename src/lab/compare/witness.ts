import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { Agent, request } from 'undici'
import { containerPath, readAll } from '../../core/index.ts'
import { keyIdsInFiles } from './find-tokens.ts'
import { foreignBytes } from './foreign-bytes.ts'
import type { ForeignPod } from './ground-truth.ts'
import { useForeignToken } from './use-foreign-token.ts'

/**
 * The witness runs as a command inside a tenant's agent container, with that container's environment, files and
 * credentials, and reports what can be seen and done from there. It changes nothing.
 */

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'
const MAX_BYTES = 64 * 1024 * 1024
const TIMEOUT_MS = 10_000

/** What the witness is told: it cannot know by itself what is foreign, nor which keys are the host's. */
export interface WitnessBrief {
  readonly foreign: readonly ForeignPod[]
  /** Key ids of the host API server's token keys. */
  readonly hostKeyIds: readonly string[]
}

export interface WitnessReport {
  readonly foreignBytes: number
  readonly reach: readonly string[]
  readonly virtualApi: 'ok' | 'broken'
  readonly hostCredentialInTenant: boolean
}

/** What the agent asks of a kubelet. */
const AGENT_PATHS = [
  '/healthz?verbose',
  '/pods',
  '/stats/summary',
  '/metrics/cadvisor',
  '/metrics',
  '/metrics/probes',
  '/metrics/slis',
]

/** What each path proves when it is answered: the subresource that no other grant opens. */
const PROOFS: readonly (readonly [string, string])[] = [
  ['/stats/summary', 'nodes/stats'],
  ['/metrics/cadvisor', 'nodes/metrics'],
  ['/pods', 'nodes/pods'],
  ['/configz', 'nodes/configz'],
]

interface Answer {
  readonly status: number
  readonly body: string
}

/** Looks around. Never throws for what it meets: a refusal is a finding. */
export async function witness(
  brief: WitnessBrief,
  env: NodeJS.ProcessEnv = process.env,
): Promise<WitnessReport> {
  const kubelet = kubeletOf(env)
  const marks = brief.foreign.flatMap((pod) => pod.marks)
  const answers = new Map<string, Answer>()
  for (const path of AGENT_PATHS) answers.set(path, await kubelet(path))
  const docker = await dockerContainers(env)
  const bodies = [...[...answers.values()].map((answer) => answer.body), docker]
  return {
    foreignBytes: bodies.reduce((sum, body) => sum + foreignBytes(body, marks), 0),
    reach: await reachOf(kubelet, answers, brief),
    virtualApi: await virtualApi(env),
    hostCredentialInTenant: keyIdsInFiles(env).some((id) => brief.hostKeyIds.includes(id)),
  }
}

async function reachOf(
  kubelet: (path: string) => Promise<Answer>,
  answers: ReadonlyMap<string, Answer>,
  brief: WitnessBrief,
): Promise<string[]> {
  const reach: string[] = []
  for (const [path, grant] of PROOFS) {
    const { status } = answers.get(path) ?? (await kubelet(path))
    if (status === 200) reach.push(grant)
  }
  reach.push(...(await logReach(kubelet, answers, brief)))
  reach.push(...(await useForeignToken(answers.get('/pods')?.body ?? '', brief.foreign)))
  return reach
}

/** Only nodes/proxy opens a container's log at the kubelet: another tenant's is tried. */
async function logReach(
  kubelet: (path: string) => Promise<Answer>,
  answers: ReadonlyMap<string, Answer>,
  brief: WitnessBrief,
): Promise<string[]> {
  const victim = brief.foreign.find((pod) => pod.tenant !== null)
  if (victim?.tenant === undefined) return []
  const [namespace = '', name = ''] = victim.pod.split('/')
  const container = firstContainer(answers.get('/pods')?.body ?? '', namespace, name)
  if (container === undefined) return []
  const log = await kubelet(`/containerLogs/${namespace}/${name}/${container}`)
  return log.status === 200
    ? ['nodes/proxy', `read the logs of ${victim.tenant ?? ''}’s containers`]
    : []
}

function firstContainer(pods: string, namespace: string, name: string): string | undefined {
  try {
    const list = JSON.parse(pods) as {
      items: {
        metadata: { namespace: string; name: string }
        spec: { containers: { name: string }[] }
      }[]
    }
    return list.items.find(
      (pod) => pod.metadata.namespace === namespace && pod.metadata.name === name,
    )?.spec.containers[0]?.name
  } catch {
    return undefined
  }
}

/** Asks the kubelet endpoint that the agent is configured for, with the credential that the agent has. */
function kubeletOf(env: NodeJS.ProcessEnv): (path: string) => Promise<Answer> {
  const host = env['DD_KUBERNETES_KUBELET_HOST'] ?? ''
  const port = env['DD_KUBERNETES_HTTPS_KUBELET_PORT'] ?? '10250'
  const caFile = env['DD_KUBELET_CLIENT_CA'] ?? `${SERVICE_ACCOUNT_DIR}/ca.crt`
  const verify = env['DD_KUBELET_TLS_VERIFY'] !== 'false'
  const tokenFile = env['DD_KUBELET_AUTH_TOKEN_PATH'] ?? `${SERVICE_ACCOUNT_DIR}/token`
  const ca = readIfThere(caFile, env)
  const dispatcher = new Agent({
    connect: { rejectUnauthorized: verify, ...(ca === undefined ? {} : { ca }) },
  })
  return (path) => get(`https://${host}:${port}${path}`, dispatcher, readIfThere(tokenFile, env))
}

/** `GET` that reports a failed connection as status 0. */
async function get(url: string, dispatcher: Agent, token?: string): Promise<Answer> {
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

/** The list of containers that the node's runtime gives, if its socket is in the container. */
async function dockerContainers(env: NodeJS.ProcessEnv): Promise<string> {
  const wished = env['DOCKER_HOST']?.replace(/^unix:\/\//, '')
  const places =
    wished === undefined ? ['/var/run/docker.sock', '/host/var/run/docker.sock'] : [wished]
  const socket = places.map((place) => containerPath(place, env)).find((place) => existsSync(place))
  if (socket === undefined) return ''
  const dispatcher = new Agent({ connect: { socketPath: realpathSync(socket) } })
  return (await get('http://docker/containers/json', dispatcher)).body
}

/** Whether the agent's own API server still takes the agent's own credential. */
async function virtualApi(env: NodeJS.ProcessEnv): Promise<'ok' | 'broken'> {
  const ca = readIfThere(`${SERVICE_ACCOUNT_DIR}/ca.crt`, env)
  const token = readIfThere(`${SERVICE_ACCOUNT_DIR}/token`, env)
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443'
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } })
  const { status } = await get(`https://${host}:${port}/api/v1/pods?limit=1`, dispatcher, token)
  return status === 200 ? 'ok' : 'broken'
}

function readIfThere(path: string, env: NodeJS.ProcessEnv): string | undefined {
  try {
    return readFileSync(containerPath(path, env), 'utf8').trim()
  } catch {
    return undefined
  }
}
