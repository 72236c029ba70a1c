import { chmodSync, rmSync, statSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { createConnection, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  SubletError,
  closeServer,
  describeError,
  listen,
  type Logger,
} from '../../../core/index.ts'
import type { ContainerRuntime } from '../types.ts'
import { Refusal, sendError } from './answers.ts'
import { statsSource } from './container-stats.ts'
import { createEventLog } from './event-log.ts'
import { createExecs } from './execs.ts'
import { plainCall, upgradeCall, type Call } from './hijack.ts'
import { API_VERSION, ENGINE_VERSION, MAX_SOCKET_PATH_BYTES } from './limits.ts'
import { route } from './route.ts'

export interface DockerApiOptions {
  readonly runtime: ContainerRuntime
  readonly socketPath: string
  /** What `GET /info` calls the machine. */
  readonly nodeName: string
  readonly log: Logger
}

export interface DockerApi extends AsyncDisposable {
  readonly socketPath: string
}

/**
 * Serves Docker's Engine API (1.24 to 1.48), but for what would change a container's life, on a unix socket with mode 0660. A socket that a dead
 * process left behind is replaced. Throws E_PORT_IN_USE when a living one listens there, E_CONFIG when the path is too long.
 */
export async function startDockerApi(options: DockerApiOptions): Promise<DockerApi> {
  const { runtime, socketPath, nodeName, log } = options
  await clearStaleSocket(socketPath)
  const events = createEventLog(runtime)
  const execs = createExecs(runtime, events)
  const context = { runtime, nodeName, stats: statsSource(runtime), events, execs }
  const serve = (call: Call): void => {
    setHeaders(call.response)
    route(context, call).catch((error: unknown) => fail(call.response, error, log))
  }
  const server = createServer((request, response) => serve(plainCall(request, response)))
  const streams = new Set<Duplex>()
  server.on('upgrade', (request, socket, head: Buffer) => {
    streams.add(socket)
    socket.once('close', () => streams.delete(socket))
    serve(upgradeCall(request, socket as Socket, head))
  })
  server.requestTimeout = 10_000
  await listen(server, { path: socketPath }, "the node's Docker API")
  chmodSync(socketPath, 0o660)
  return {
    socketPath,
    async [Symbol.asyncDispose]() {
      for (const socket of streams) socket.destroy()
      await closeServer(server)
      context.stats.close()
      events[Symbol.dispose]()
      rmSync(socketPath, { force: true })
    },
  }
}

/** The CLI takes the API version and the platform from these, on every answer. */
function setHeaders(response: ServerResponse): void {
  response.setHeader('Api-Version', API_VERSION)
  response.setHeader('Docker-Experimental', 'false')
  response.setHeader('Ostype', 'linux')
  response.setHeader('Server', `Docker/${ENGINE_VERSION} (linux)`)
}

function fail(response: ServerResponse, error: unknown, log: Logger): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (error instanceof Refusal) {
    sendError(response, error.status, error.message)
    return
  }
  log.error({ why: describeError(error) }, 'a Docker API request failed')
  sendError(response, 500, describeError(error))
}

async function clearStaleSocket(path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new SubletError(
      'E_CONFIG',
      `a unix socket's path has at most ${MAX_SOCKET_PATH_BYTES} bytes: ${path}`,
      { hint: 'Choose a shorter --state-dir.' },
    )
  }
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (!found.isSocket() || (await answersAt(path))) {
    throw new SubletError('E_PORT_IN_USE', `the node's Docker API cannot listen on ${path}`)
  }
  rmSync(path, { force: true })
}

function answersAt(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
