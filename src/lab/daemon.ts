import { createStack, createLogger, describeError, SubletError } from '../core/index.ts'
import type { RuntimeWish } from './runtime/index.ts'
import type { LabFacts, StateDir } from './state.ts'
import { claimStateDir, removeStateDir } from './state.ts'
import type { ProgressEvent } from './progress.ts'

/** What the lab process tells the command that started it. */
export type DaemonMessage =
  | { readonly kind: 'progress'; readonly event: ProgressEvent }
  | { readonly kind: 'ready'; readonly facts: LabFacts }
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      readonly hint: string
    }

/**
 * The lab process: starts the lab, tells its parent how far it is, and runs until a signal or the control socket stops
 * it. When the parent goes away before the lab is ready, the start is given up. Resolves when all is cleaned up.
 */
export async function runDaemon(options: {
  dir: StateDir
  vclusters: readonly string[]
  nodes: number
  runtime?: RuntimeWish
  nodeAddress?: string
  syncNodes?: boolean
  sublet: string
}): Promise<void> {
  const log = createLogger('lab', 'info')
  const { stop, stopped, signal } = createStop()
  let ready = false
  let failed = false
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop)
  process.on('disconnect', () => {
    if (!ready) stop()
  })
  const stack = createStack()
  try {
    claimStateDir(options.dir)
    stack.defer(() => removeStateDir(options.dir, { keepLogs: failed }))
    // Loaded here only: the commands that look at a lab or end it need none of it, and start in a fifth of the time.
    const starting = import('./start-lab.ts').then(({ startLab }) =>
      startLab({
        ...options,
        log,
        progress: (event) => tell({ kind: 'progress', event }),
        onStop: stop,
        signal,
      }),
    )
    const lab = await Promise.race([starting, stopped])
    if (lab === undefined) {
      // Told to stop while still starting: waiting ends, and what came up after all is closed as well.
      await starting.then((late) => late[Symbol.asyncDispose]()).catch(() => undefined)
      return
    }
    stack.use(lab)
    ready = true
    tell({ kind: 'ready', facts: lab.facts })
    if (process.connected) process.disconnect()
    await stopped
  } catch (error) {
    failed = true
    log.error({ error: describeError(error) }, 'the lab could not start')
    tell(failureMessage(error))
    process.exitCode = 1
  } finally {
    await stack[Symbol.asyncDispose]()
  }
}

function tell(message: DaemonMessage): void {
  if (process.connected) process.send?.(message)
}

function failureMessage(error: unknown): DaemonMessage {
  const { code, message, hint } =
    error instanceof SubletError ? error : new SubletError('E_LAB_START', describeError(error))
  return { kind: 'failed', code, message, hint }
}

/** `stop` resolves `stopped` and fires `signal`; twice is harmless. */
function createStop(): {
  readonly stop: () => void
  readonly stopped: Promise<void>
  readonly signal: AbortSignal
} {
  const stopping = new AbortController()
  let stop: () => void = () => undefined
  const stopped = new Promise<void>((resolve) => {
    // Not `resolve` itself: a signal's name would become the promise's value.
    stop = () => {
      resolve()
      stopping.abort(new Error('the lab was told to stop'))
    }
  })
  return { stop, stopped, signal: stopping.signal }
}
