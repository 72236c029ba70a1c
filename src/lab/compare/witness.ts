import { existsSync, realpathSync } from 'node:fs'
import { Agent } from 'undici'
import { containerPath } from '../../core/index.ts'
import { keyIdsInFiles } from './find-tokens.ts'
import { foreignBytes } from './foreign-bytes.ts'
import type { ForeignPod } from './ground-truth.ts'
import {
  SERVICE_ACCOUNT_DIR,
  get,
  kubeletOf,
  readIfThere,
  type Answer,
} from './kubelet-endpoint.ts'
import { reachOf } from './reach.ts'

/**
 * The witness runs as a command inside a tenant's agent container, with that container's environment, files and
 * credentials, and reports what can be seen and done from there. It changes nothing.
 */

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

/** Looks around. Never throws for what it meets: a refusal is a finding. */
export async function witness(
  brief: WitnessBrief,
  env: NodeJS.ProcessEnv = process.env,
): Promise<WitnessReport> {
  const kubelet = kubeletOf(env)
  const marks = brief.foreign.flatMap((pod) => pod.marks)
  const answers = new Map<string, Answer>()
  for (const path of AGENT_PATHS) answers.set(path, await kubelet.get(path))
  const docker = await dockerContainers(env)
  const bodies = [...[...answers.values()].map((answer) => answer.body), docker]
  return {
    foreignBytes: bodies.reduce((sum, body) => sum + foreignBytes(body, marks), 0),
    reach: await reachOf(kubelet, answers, brief),
    virtualApi: await virtualApi(env),
    hostCredentialInTenant: keyIdsInFiles(env).some((id) => brief.hostKeyIds.includes(id)),
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
