import { chmodSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SubletError, closeServer, describeError, listen, readAll } from '../core/index.ts'
import type { ContainerInfo, ContainerRuntime, ExecResult } from './runtime/index.ts'

/**
 * The lab's control socket: how commands ask the lab process for what no Kubernetes API of it offers yet, above all a
 * command in a container. A unix socket that only the lab's user may open.
 */

const MAX_BYTES = 64 * 1024 * 1024

/** A command for a running container, found by its pod and name. */
export interface ControlExec {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly argv: readonly string[]
  readonly stdin?: string
}

interface ExecAnswer {
  readonly exitCode: number
  /** base64 */
  readonly stdout: string
  readonly stderr: string
}

/** What the socket gives access to: the runtimes of all nodes, and the lab's end. */
export interface ControlledLab {
  readonly runtimes: readonly ContainerRuntime[]
  readonly stop: () => void
}

/** Serves `POST /exec` and `POST /stop` on the socket. */
export async function serveControl(
  socketPath: string,
  lab: ControlledLab,
): Promise<AsyncDisposable> {
  const server = createServer((incoming, answer) => {
    handle(incoming, answer, lab).catch((error: unknown) => {
      if (!answer.headersSent) answer.writeHead(500, { 'Content-Type': 'application/json' })
      answer.end(JSON.stringify({ message: describeError(error) }))
    })
  })
  await listen(server, { path: socketPath }, 'the lab’s control socket')
  chmodSync(socketPath, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      await closeServer(server)
    },
  }
}

async function handle(
  incoming: IncomingMessage,
  answer: ServerResponse,
  lab: ControlledLab,
): Promise<void> {
  const body = await readAll(incoming, MAX_BYTES)
  if (incoming.method === 'POST' && incoming.url === '/stop') {
    answer.end('{}')
    lab.stop()
    return
  }
  if (incoming.method !== 'POST' || incoming.url !== '/exec') {
    answer.writeHead(404).end('{"message":"no such control"}')
    return
  }
  const wanted = JSON.parse(body.toString('utf8')) as ControlExec
  const found = lab.runtimes
    .flatMap((runtime) => runtime.list().map((container) => ({ runtime, container })))
    .find(({ container }) => isWanted(container, wanted))
  if (found === undefined) {
    answer.writeHead(404).end(
      JSON.stringify({
        message: `no running container ${wanted.container} in ${wanted.namespace}/${wanted.pod}`,
      }),
    )
    return
  }
  const result = await found.runtime.exec(found.container.id, wanted.argv, {
    maxBytes: MAX_BYTES,
    ...(wanted.stdin === undefined ? {} : { stdin: wanted.stdin }),
  })
  const told: ExecAnswer = {
    exitCode: result.exitCode,
    stdout: result.stdout.toString('base64'),
    stderr: result.stderr.toString('base64'),
  }
  answer.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(told))
}

const isWanted = (container: ContainerInfo, wanted: ControlExec): boolean =>
  container.kind === 'container' &&
  container.phase === 'running' &&
  container.name === wanted.container &&
  container.sandbox.podName === wanted.pod &&
  container.sandbox.podNamespace === wanted.namespace

/** Runs a command in a container of the running lab. */
export async function controlExec(
  socketPath: string,
  wanted: ControlExec,
  signal?: AbortSignal,
): Promise<ExecResult> {
  const answer = (await post(socketPath, '/exec', wanted, signal)) as ExecAnswer
  return {
    exitCode: answer.exitCode,
    stdout: Buffer.from(answer.stdout, 'base64'),
    stderr: Buffer.from(answer.stderr, 'base64'),
  }
}

/** Asks the lab process to stop; returns as soon as it has heard. */
export async function controlStop(socketPath: string): Promise<void> {
  await post(socketPath, '/stop', {})
}

async function post(
  socketPath: string,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(
      { socketPath, path, method: 'POST', ...(signal ? { signal } : {}) },
      resolve,
    )
    outgoing.on('error', (error) => {
      reject(
        new SubletError('E_LAB_NOT_RUNNING', `the lab does not answer on ${socketPath}`, {
          cause: error,
        }),
      )
    })
    outgoing.end(JSON.stringify(body))
  })
  const text = (await readAll(answer, 2 * MAX_BYTES)).toString('utf8')
  const parsed = JSON.parse(text) as { message?: string }
  if (answer.statusCode !== 200) throw new SubletError('E_RUNTIME', parsed.message ?? text)
  return parsed
}
