import { Command } from 'commander'
import { withSignals, Interrupted } from './signals.ts'

const EXAMPLES = `
Examples:
  sublet gateway check-config --config gateway.yaml    find every fault, before it is rolled out
  sublet gateway --config /etc/sublet/gateway.yaml     serve; one JSON line per request on standard error
  curl -s http://127.0.0.1:11251/readyz                what is missing, if anything
  curl -s http://127.0.0.1:11251/metrics               the gateway's own metrics
  kill -HUP PID                                        read the configuration and its files again
  kill -TERM PID                                       finish the requests under way, then end

Every key of the configuration, every metric and the manifests: docs/gateway.md and deploy/.`

const CONFIG = [
  '--config <file>',
  'its configuration (YAML; every key is in docs/gateway.md)',
] as const

/** `sublet gateway --config FILE` and `sublet gateway check-config --config FILE` */
export function gatewayCommand(): Command {
  return new Command('gateway')
    .description(
      'serve a kubelet-compatible endpoint that takes virtual tokens and answers with that tenant’s pods only',
    )
    .option(...CONFIG)
    .addHelpText('after', EXAMPLES)
    .addCommand(checkConfigCommand())
    .action(async (flags: { config?: string }, command: Command) => {
      if (flags.config === undefined) missingConfig(command)
      await serve(flags.config)
    })
}

function missingConfig(command: Command): never {
  command.error("error: required option '--config <file>' not specified")
}

async function serve(configFile: string): Promise<void> {
  const { collectOften, createLogger } = await import('../core/index.ts')
  collectOften()
  const { loadGatewayConfig, startGateway } = await import('../gateway/index.ts')
  const log = createLogger('gateway', 'info')
  await withSignals(
    async (signal) => {
      await using gateway = await startGateway(loadGatewayConfig(configFile), { log, configFile })
      const reload = (): void => void gateway.reload('SIGHUP')
      process.on('SIGHUP', reload)
      log.info({ url: gateway.url, admin: gateway.adminUrl }, 'the gateway answers')
      await stopRequested(signal)
      log.info('draining: what is under way is answered, nothing new is accepted')
      await gateway.drain()
      // The logger writes at once: no line is left behind when the process ends.
      log.info('stopped')
    },
    ['SIGINT', 'SIGTERM'],
  ).catch((error: unknown) => {
    // A gateway that was told to stop has done what it was told.
    if (!(error instanceof Interrupted)) throw error
  })
  process.exit()
}

/** Waits for a signal or, in the lab, for the end of standard input: the lab process is gone then. */
async function stopRequested(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (process.env['SUBLET_EXIT_WITH_STDIN'] === '1') process.stdin.on('close', resolve).resume()
  })
}

interface CheckFlags {
  readonly config?: string
  readonly json?: boolean
  readonly files: boolean
}

function checkConfigCommand(): Command {
  return new Command('check-config')
    .description('find every fault of a configuration, and of the files that it names')
    .option(...CONFIG)
    .option('--no-files', 'look at the configuration only, not at the files that it names')
    .option('--json', 'for machines: {"file","ok","tenants","faults":[{"line","message"}]}')
    .addHelpText(
      'after',
      `
Exit codes: 0 no fault, 1 faults were found, 2 the file cannot be read.

Examples:
  sublet gateway check-config --config /etc/sublet/gateway.yaml
  sublet gateway check-config --config gateway.yaml --no-files --json | jq '.faults[].message'`,
    )
    .action(async (_: unknown, command: Command) => {
      // `gateway` has the option of the same name, and takes it first.
      const flags = command.optsWithGlobals<CheckFlags>()
      if (flags.config === undefined) missingConfig(command)
      const { checkConfig } = await import('../gateway/index.ts')
      const check = checkConfig(flags.config, { files: flags.files })
      if (flags.json === true) process.stdout.write(`${JSON.stringify(check)}\n`)
      else if (check.ok)
        process.stdout.write(`${check.file}: ok, ${check.tenants} tenant(s) listed\n`)
      else {
        const lines = check.faults.map(({ message }) => `  ${message}\n`)
        process.stdout.write(`${check.file}: ${lines.length} fault(s)\n${lines.join('')}`)
      }
      process.exitCode = check.ok ? 0 : 1
    })
}
