import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { SubletError } from '../core/errors.ts'
import { closeServer, listen } from '../core/listen.ts'
import type { AgentStatus } from './agent-status.ts'
import type { AgentConfig } from './config.ts'
import { messageOf } from './go-errors.ts'
import { createHttpGetter } from './http-get.ts'
import { socketAddress } from './unix-socket-path.ts'

const SOCKET_NAME = 'agent.sock'
const STATUS_URL = 'http://localhost/status'

const socketPath = (config: AgentConfig): string => config.real(join(config.runPath, SOCKET_NAME))

/**
 * Serves the status on a unix socket (mode 0600) in the run directory. Throws E_PORT_IN_USE when an agent runs there
 * already, E_NO_PERMISSION when the directory cannot be written.
 */
export async function serveStatus(
  config: AgentConfig,
  status: () => AgentStatus,
): Promise<AsyncDisposable> {
  const path = socketPath(config)
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  } catch (cause) {
    const text = `the agent cannot make its run directory ${config.runPath}: ${messageOf(cause)}`
    throw new SubletError('E_NO_PERMISSION', text, {
      cause,
      hint: 'Set DD_RUN_PATH to a directory that you may write to.',
    })
  }
  if ((await askStatus(config, AbortSignal.timeout(1_000))) !== undefined) {
    throw new SubletError('E_PORT_IN_USE', `an agent runs already with ${config.runPath}`, {
      hint: 'Stop it, or set DD_RUN_PATH to another directory.',
    })
  }
  rmSync(path, { force: true })
  const address = socketAddress(path)
  const server = createServer((request, response) => {
    const found = request.method === 'GET' && request.url === '/status'
    response.writeHead(found ? 200 : 404, {
      'content-type': 'application/json',
      connection: 'close',
    })
    response.end(found ? JSON.stringify(status()) : '{}')
  })
  const umask = process.umask(0o177)
  try {
    await listen(server, { path: address.path }, 'the agent')
  } finally {
    process.umask(umask)
  }
  chmodSync(path, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      await closeServer(server)
      rmSync(path, { force: true })
      address.close()
    },
  }
}

/** The status of the agent that runs in the same container; undefined when none answers. */
export async function askStatus(
  config: AgentConfig,
  signal: AbortSignal,
): Promise<AgentStatus | undefined> {
  let address: ReturnType<typeof socketAddress> | undefined
  let http: ReturnType<typeof createHttpGetter> | undefined
  try {
    address = socketAddress(socketPath(config))
    http = createHttpGetter({ socketPath: address.path })
    const answer = await http.get(STATUS_URL, { signal })
    return answer.status === 200 ? (JSON.parse(answer.body) as AgentStatus) : undefined
  } catch {
    return undefined
  } finally {
    http?.close()
    address?.close()
  }
}
