import { Command } from 'commander'
import { withSignals, Interrupted } from './signals.ts'

/** `sublet gateway --config FILE` */
export function gatewayCommand(): Command {
  return new Command('gateway')
    .description(
      'serve a kubelet-compatible endpoint that takes virtual tokens and answers with that tenant’s pods only',
    )
    .requiredOption('--config <file>', 'its configuration (YAML; every key is in docs/gateway.md)')
    .addHelpText('after', '\nExample: sublet gateway --config /etc/sublet/gateway.yaml')
    .action(async (flags: { config: string }) => {
      const [{ loadGatewayConfig, startGateway }, { createLogger }] = await Promise.all([
        import('../gateway/index.ts'),
        import('../core/index.ts'),
      ])
      const log = createLogger('gateway', 'info')
      await withSignals(async (signal) => {
        await using gateway = await startGateway(loadGatewayConfig(flags.config), { log, signal })
        log.info({ url: gateway.url }, 'the gateway answers')
        await stopRequested(signal)
      }).catch((error: unknown) => {
        // A gateway that was told to stop has done what it was told.
        if (!(error instanceof Interrupted)) throw error
      })
      process.exit()
    })
}

/** Waits for a signal or, in the lab, for the end of standard input: the lab process is gone then. */
async function stopRequested(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (process.env['SUBLET_EXIT_WITH_STDIN'] === '1') process.stdin.on('close', resolve).resume()
  })
}
