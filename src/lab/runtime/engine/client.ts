import { request, type IncomingMessage, type RequestOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { SubletError, describeError, readAll } from '../../../core/index.ts'

/** 1.41 is Docker 20.10's, the oldest engine that this is tried with; newer ones speak it too. */
const API = '/v1.41'
const TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** What an engine refused, with its status and its words. */
export class EngineError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: unknown
  /** Sent as it is, instead of a body. */
  readonly archive?: Buffer
  readonly signal?: AbortSignal
  /** Default 30 s. `Infinity`: the answer may take as long as it likes. */
  readonly timeoutMs?: number
}

/**
 * Docker's Engine API on a unix socket. Node's own HTTP client suffices: the calls are a dozen, and a connection that
 * becomes a stream (`Upgrade: tcp`, with a body) is what neither fetch nor undici opens.
 */
export interface EngineClient {
  readonly socketPath: string
  /** The answer's JSON; undefined for an empty one. Throws EngineError, and E_RUNTIME when nothing answers. */
  ask(path: string, options?: Ask): Promise<unknown>
  /** The answer with its body still to be read. */
  open(path: string, options?: Ask): Promise<IncomingMessage>
  /** A POST whose connection becomes a stream of both directions. */
  hijack(path: string, body?: unknown): Promise<Socket>
}

export function createEngineClient(socketPath: string): EngineClient {
  const options = (path: string, { method = 'GET', signal }: Ask): RequestOptions => ({
    socketPath,
    path: API + path,
    method,
    ...(signal ? { signal } : {}),
    headers: { host: 'docker' },
    agent: false,
  })
  const unreachable = (error: unknown): SubletError =>
    new SubletError(
      'E_RUNTIME',
      `no Docker Engine answers at ${socketPath}: ${describeError(error)}`,
      {
        cause: error,
        hint: 'Start Docker, or say in DOCKER_HOST where it listens (unix:///path).',
      },
    )
  const open = async (path: string, asked: Ask = {}): Promise<IncomingMessage> => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(options(path, asked), resolve)
      outgoing.on('error', (error) => {
        reject(asked.signal?.aborted === true ? error : unreachable(error))
      })
      const wait = asked.timeoutMs ?? TIMEOUT_MS
      if (wait !== Infinity) {
        outgoing.setTimeout(wait, () => outgoing.destroy(new Error(`no answer within ${wait} ms`)))
      }
      send(outgoing, asked)
    })
    if ((answer.statusCode ?? 500) < 400) return answer
    throw await refused(answer)
  }
  return {
    socketPath,
    open,
    async ask(path, asked) {
      const text = String(await readAll(await open(path, asked), MAX_ANSWER_BYTES))
      return text.trim() === '' ? undefined : (JSON.parse(text) as unknown)
    },
    hijack: (path, body = {}) =>
      new Promise<Socket>((resolve, reject) => {
        const outgoing = request(options(path, { method: 'POST' }))
        outgoing.setHeader('connection', 'Upgrade')
        outgoing.setHeader('upgrade', 'tcp')
        outgoing.on('upgrade', (_, socket: Socket, head: Buffer) => {
          if (head.length > 0) socket.unshift(head)
          socket.on('error', () => undefined)
          resolve(socket)
        })
        outgoing.on('response', (answer) => void refused(answer).then(reject, reject))
        outgoing.on('error', (error) => reject(unreachable(error)))
        send(outgoing, { body })
      }),
  }
}

function send(outgoing: ReturnType<typeof request>, { body, archive }: Ask): void {
  const bytes = archive ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)))
  if (bytes === undefined) {
    outgoing.end()
    return
  }
  outgoing.setHeader('content-type', archive ? 'application/x-tar' : 'application/json')
  outgoing.setHeader('content-length', bytes.length)
  outgoing.end(bytes)
}

async function refused(answer: IncomingMessage): Promise<EngineError> {
  const status = answer.statusCode ?? 500
  const text = String(await readAll(answer, MAX_ANSWER_BYTES).catch(() => ''))
  return new EngineError(status, messageOf(text))
}

function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // Not JSON: as it is.
  }
  return text.trim()
}

/** Lines of JSON, as they come. */
export async function* jsonLines(stream: Readable): AsyncGenerator<unknown, void, undefined> {
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as unknown
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as unknown
}

/** Whether an engine refused with this status. */
export const isRefusal = (error: unknown, ...statuses: readonly number[]): boolean =>
  error instanceof EngineError && statuses.includes(error.status)
