/**
 * Runs the program of a container: its signal fires when this process is told to end, or when the lab that holds its
 * standard input has died. Whatever comes of the work, nothing of this is left afterwards: standard input keeps no
 * process, and a signal ends it as it ends any other.
 */
export async function withProcessSignal<T>(
  env: NodeJS.ProcessEnv,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  const { stdin } = process
  const watchesStdin = env['SUBLET_EXIT_WITH_STDIN'] === '1'
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (watchesStdin) stdin.once('close', stop).resume()
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGTERM', stop)
    process.off('SIGINT', stop)
    if (watchesStdin) stdin.off('close', stop).destroy()
  }
}

/** The work's result; undefined as soon as the signal fires, whatever the work still waits for. */
export async function unlessAborted<T>(
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T | undefined> {
  let onAbort = (): void => undefined
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) resolve(undefined)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
