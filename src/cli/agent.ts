import { Command, InvalidArgumentError, Option } from 'commander'
import { withSignals, Interrupted } from './signals.ts'

interface CheckFlags {
  readonly json?: true
  readonly checkTimes: number
  readonly checkRate?: true
  readonly pause: number
}

interface ConfigCheckFlags {
  readonly json?: true
  readonly verbose?: true
}

/** `sublet agent run | check NAME | status | configcheck` */
export function agentCommand(): Command {
  const agent = new Command('agent').description(
    'a node agent: kubelet check, container check, status',
  )
  agent.option(
    '-c, --cfgpath <path>',
    'the folder of datadog.yaml and conf.d, or the file (/etc/datadog-agent)',
  )
  agent.addHelpText('after', '\nExample: sublet agent check kubelet --json')
  const configPath: ConfigPath = () => agent.opts<{ cfgpath?: string }>().cfgpath
  addRun(agent, configPath)
  addCheck(agent, configPath)
  addStatus(agent, configPath)
  addConfigCheck(agent, configPath)
  return agent
}

/** `--cfgpath`, once the command line is read. */
type ConfigPath = () => string | undefined

function addRun(agent: Command, configPath: ConfigPath): void {
  agent
    .command('run')
    .description('run the checks on their schedule until stopped')
    .action(async () => {
      const { runAgent } = await import('../agent/index.ts')
      await withSignals((signal) =>
        runAgent({ env: process.env, configPath: configPath(), signal }),
      ).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error
      })
      process.exit()
    })
}

function addCheck(agent: Command, configPath: ConfigPath): void {
  agent
    .command('check')
    .description('run one check now and print what it sends')
    .argument('<name>', 'kubelet or container')
    .addOption(new Option('--json', 'print JSON for machines'))
    .addOption(
      new Option('-t, --check-times <n>', 'how often to run it').default(1).argParser(wholeNumber),
    )
    .addOption(new Option('-r, --check-rate', 'run it twice, a second apart: shows rates'))
    .addOption(
      new Option('--pause <ms>', 'milliseconds between runs').default(0).argParser(wholeNumber),
    )
    .action(async (name: string, flags: CheckFlags) => {
      const { runCheck } = await import('../agent/index.ts')
      const result = await withSignals((signal) =>
        runCheck(name, {
          env: process.env,
          configPath: configPath(),
          json: flags.json === true,
          times: flags.checkTimes,
          pauseMs: flags.pause,
          checkRate: flags.checkRate === true,
          signal,
        }),
      )
      print(result)
    })
}

function addStatus(agent: Command, configPath: ConfigPath): void {
  agent
    .command('status')
    .description('what the running agent does')
    .argument('[section]', 'only this section: agent, collector or sinks')
    .addOption(new Option('-j, --json', 'print JSON for machines'))
    .action(async (section: string | undefined, flags: { json?: true }) => {
      const { readStatus } = await import('../agent/index.ts')
      const result = await readStatus({
        env: process.env,
        configPath: configPath(),
        json: flags.json === true,
        ...(section === undefined ? {} : { section }),
      })
      print(result)
    })
}

function addConfigCheck(agent: Command, configPath: ConfigPath): void {
  agent
    .command('configcheck')
    .description('the configuration of the checks, and what is wrong with it')
    .argument('[check]', 'only this check: kubelet or container')
    .addOption(new Option('--json', 'print JSON for machines'))
    .addOption(new Option('-v, --verbose', 'also what is set, where, and what has no effect'))
    .action(async (check: string | undefined, flags: ConfigCheckFlags) => {
      const { configCheck } = await import('../agent/index.ts')
      const result = await configCheck({
        env: process.env,
        configPath: configPath(),
        check,
        json: flags.json === true,
        verbose: flags.verbose === true,
      })
      print(result)
    })
}

function wholeNumber(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(value)
}

/** Results go to standard output, errors to standard error; the exit code is the real agent's (255). */
function print(result: { readonly text: string; readonly exitCode: number }): void {
  const stream = result.exitCode !== 255 ? process.stdout : process.stderr
  stream.write(result.text)
  process.exitCode = result.exitCode
}
