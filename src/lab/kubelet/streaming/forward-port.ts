import { connect } from 'node:net'

/** One forwarded connection, as the client has it. */
export interface ForwardedConnection {
  /** False: much is waiting to be sent; hold back until `drained`. */
  write(chunk: Buffer): boolean
  /** Nothing more comes from the pod. */
  end(): void
  holdBack(isHeldBack: boolean): void
  /** Says why there is no connection, or no more. */
  fail(message: string): void
}

/** What the client does with it. */
export interface ForwardedEvents {
  data(chunk: Buffer): void
  ended(): void
  drained(): void
  closed(): void
}

/** Where a pod can be reached: in the lab every pod has an address of its own on this machine. */
export interface ForwardTarget {
  readonly address: string
  /** The sandbox, for the texts of failures. */
  readonly sandboxId: string
}

/** Connects to a port of the pod and copies both ways. */
export function forwardPort(
  { address, sandboxId }: ForwardTarget,
  port: number,
  client: ForwardedConnection,
): ForwardedEvents {
  const socket = connect({ host: address, port, allowHalfOpen: true })
  socket.on('data', (chunk) => {
    if (!client.write(chunk)) socket.pause()
  })
  socket.on('end', () => client.end())
  socket.on('drain', () => client.holdBack(false))
  socket.on('error', (error) => {
    const why = `dial tcp4 ${address}:${port}: connect: ${wordsOf(error)}`
    // In the words of containerd's runtime, without its network namespace.
    client.fail(
      `error forwarding port ${port} to pod ${sandboxId}, uid : failed to execute portforward: ${why}`,
    )
    client.end()
  })
  return {
    data(chunk) {
      if (!socket.write(chunk)) client.holdBack(true)
    },
    ended: () => void socket.end(),
    drained: () => void socket.resume(),
    closed: () => void socket.destroy(),
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  ETIMEDOUT: 'connection timed out',
}

function wordsOf(error: Error & { code?: string }): string {
  return WORDS[error.code ?? ''] ?? error.message
}

/** The port in a text; undefined when it is none. */
export function portOf(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0
  return port > 0 && port < 65536 ? port : undefined
}
