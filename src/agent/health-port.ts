import { createServer } from 'node:http'
import { containerAddress } from '../core/container-address.ts'
import { closeServer, listen } from '../core/listen.ts'
import type { Env } from './config.ts'
import { messageOf } from './go-errors.ts'
import type { ComponentHealth } from './health.ts'
import type { AgentLog } from './log.ts'
import { healthJson } from './read-health.ts'

const WHERE = 'agent/health-port'

/**
 * `/live`, `/ready` and `/startup` for the kubelet's probes on `DD_HEALTH_PORT` (`health_port`; 0 or not set: none), on every
 * address of the pod: 200 or 500, and the names of the components. A port that cannot be had costs the probes only.
 * Source: cmd/agent/common/healthprobe
 */
export async function serveHealth(
  env: Env,
  components: () => readonly ComponentHealth[],
  log: AgentLog,
): Promise<AsyncDisposable | undefined> {
  // Checked with the other keys.
  const port = Number(env['DD_HEALTH_PORT'] ?? 0)
  if (!(port > 0)) return undefined
  const server = createServer((request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const isKnown = isRead && ['/live', '/ready', '/startup'].includes(request.url ?? '')
    const wanted = components().filter(({ kind }) => request.url === '/ready' || kind === 'live')
    const isWell = wanted.every(({ why }) => why === undefined)
    response.writeHead(!isKnown ? 404 : isWell ? 200 : 500, {
      'content-type': 'application/json',
      connection: 'close',
    })
    response.end(isKnown ? healthJson(wanted) : '{}')
  })
  try {
    await listen(server, { address: containerAddress('0.0.0.0', env), port }, 'the agent')
  } catch (error) {
    log.warn(WHERE, `no probe is answered: ${messageOf(error)}`)
    return undefined
  }
  return { [Symbol.asyncDispose]: () => closeServer(server) }
}
