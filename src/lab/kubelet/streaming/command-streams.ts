/** The kubelet's side of a remote command, whatever protocol carries it. */
export interface CommandStreams {
  /** Sends output. False: much is waiting to be sent; hold back until `drained`. */
  send(stream: 'stdout' | 'stderr', chunk: Buffer): boolean
  /** Sends how it ended, and ends the connection. */
  finish(ending: Ending): void
  /** Takes no more input until it is told to go on. */
  holdBack(isHeldBack: boolean): void
  /** Called once, before anything is sent. */
  listen(listener: StreamListener): void
}

export interface StreamListener {
  input(chunk: Buffer): void
  /** The client has closed its side of standard input. */
  inputEnded(): void
  resized(columns: number, rows: number): void
  drained(): void
  /** The connection is gone. */
  closed(): void
}

/** How a command ended. */
export type Ending =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly argv: readonly string[] }
  | { readonly kind: 'failed'; readonly message: string }

/** The `Status` that clients since protocol v4 are told at the end, as the kubelet and containerd write it. */
export function endingStatus(ending: Ending): object {
  if (ending.kind === 'failed') {
    const message = `error executing command in container: ${ending.message}`
    return {
      metadata: {},
      status: 'Failure',
      message: `Internal error occurred: ${message}`,
      reason: 'InternalError',
      details: { causes: [{ message }] },
      code: 500,
    }
  }
  const { exitCode, argv } = ending
  if (exitCode === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: error executing command [${argv.join(' ')}], exit code ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  }
}

/** The size in a message of the resize stream: `{"Width":132,"Height":40}`; undefined for anything else. */
export function terminalSize(text: string): { columns: number; rows: number } | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(text) as Record<string, unknown>
    return isSize(columns) && isSize(rows) ? { columns, rows } : undefined
  } catch {
    return undefined
  }
}

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65536
