/** Fires when this process is told to end, or when the lab that holds its standard input has died. */
export function processSignal(env: NodeJS.ProcessEnv): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (env['SUBLET_EXIT_WITH_STDIN'] === '1') process.stdin.once('close', stop).resume()
  return controller.signal
}
