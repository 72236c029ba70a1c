import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { describeError, type Logger } from '../../../core/index.ts'
import type { ContainerInfo, ContainerRuntime } from '../../runtime/types.ts'
import { plainError, type Answer } from '../answer.ts'

/** What is known of a pod on this node. */
export interface StreamablePod {
  readonly uid: string
  readonly sandbox: ContainerInfo | undefined
  container(name: string): ContainerInfo | undefined
}

export interface StreamingOptions {
  readonly runtime: Pick<ContainerRuntime, 'stream' | 'attach'>
  pod(namespace: string, name: string): StreamablePod | undefined
  readonly log: Logger
}

/** Errors that come from go-restful: the text, without a line end. */
export const restfulError = (status: number, body: string): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body,
})

/** Takes the connection over. */
export function switching(
  log: Logger,
  take: (socket: Duplex, head: Buffer) => Promise<void> | void,
): Answer {
  return {
    status: 101,
    headers: {},
    body: '',
    upgrade(socket, head) {
      Promise.resolve(take(socket, head)).catch((error: unknown) => {
        log.debug({ why: describeError(error) }, 'streams were not opened')
        socket.destroy()
      })
    },
  }
}

/** None of the protocols that the client offers is served. */
export function noProtocol(request: IncomingMessage): Answer {
  const offered =
    request.headers['sec-websocket-protocol'] ?? request.headers['x-stream-protocol-version']
  return plainError(
    403,
    `unable to upgrade: unable to negotiate protocol: client supports [${offered?.toString() ?? ''}]\n`,
  )
}

/** The parts of a path after its first, decoded where they can be. */
export const partsOf = (url: URL): string[] => url.pathname.split('/').slice(2).map(decode)

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
