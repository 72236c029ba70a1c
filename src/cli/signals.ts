import { constants } from 'node:os'

/** A command that was ended by Ctrl-C or a signal, after it has cleaned up. */
export class Interrupted extends Error {
  readonly signalName: NodeJS.Signals
  constructor(signalName: NodeJS.Signals) {
    super(`interrupted by ${signalName}`)
    this.name = 'Interrupted'
    this.signalName = signalName
  }

  /** What shells expect: 128 plus the signal's number. */
  get exitCode(): number {
    return 128 + constants.signals[this.signalName]
  }
}

/**
 * Runs work that can be interrupted: its signal fires on SIGINT, SIGTERM or SIGHUP (or the named ones), once; a second
 * one ends the process.
 */
export async function withSignals<T>(
  work: (signal: AbortSignal) => Promise<T>,
  names: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'],
): Promise<T> {
  const controller = new AbortController()
  const listeners = names.map((name) => {
    const listener = (): void => controller.abort(new Interrupted(name))
    process.once(name, listener)
    return [name, listener] as const
  })
  try {
    const result = await work(controller.signal)
    if (controller.signal.aborted) throw controller.signal.reason
    return result
  } catch (error) {
    // Whatever the interruption broke, the reason is the interruption.
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    for (const [name, listener] of listeners) process.off(name, listener)
  }
}
