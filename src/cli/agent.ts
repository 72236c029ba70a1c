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

const EXAMPLES = `
Examples:
  sublet agent check kubelet --json      run a check now and print what it sends
  sublet agent status collector          what the running agent's checks sent last
  sublet agent health                    its components; exit code 1 when one is not healthy
  sublet agent diagnose                  what can be reached from here, and why not
  kubectl exec -n datadog POD -c agent -- agent status | grep -A 15 "kubelet$"

Exit codes: 0 fine, 1 found a problem, 2 wrong usage, 255 no agent answers or there is no such check.`

/** `sublet agent run | check NAME | status | health | diagnose | configcheck | version` */
export function agentCommand(): Command {
  const agent = new Command('agent').description(
    'a node agent: kubelet check, container check, status, health, diagnose',
  )
  agent.option(
    '-c, --cfgpath <path>',
    'the folder of datadog.yaml and conf.d, or the file (/etc/datadog-agent)',
  )
  agent.addHelpText('after', EXAMPLES)
  const configPath: ConfigPath = () => agent.opts<{ cfgpath?: string }>().cfgpath
  addRun(agent, configPath)
  addCheck(agent, configPath)
  addStatus(agent, configPath)
  addHealth(agent, configPath)
  addDiagnose(agent, configPath)
  addConfigCheck(agent, configPath)
  addVersion(agent)
  return agent
}

/** `--cfgpath`, once the command line is read. */
type ConfigPath = () => string | undefined

function addRun(agent: Command, configPath: ConfigPath): void {
  agent
    .command('run')
    .description('run the checks on their schedule until stopped')
    .addHelpText('after', '\nExample: DD_KUBERNETES_KUBELET_HOST=10.0.0.7 sublet agent run')
    .action(async () => {
      const { staySmall } = await import('../core/index.ts')
      staySmall()
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
    .addHelpText(
      'after',
      '\nExamples:\n  sublet agent check kubelet --check-rate\n  sublet agent check container --json --check-times 3 --pause 1000\nExit codes: 0 also when the check failed (its block says so), 255 there is no such check.',
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
    .argument('[section]', 'only this section: agent, collector, containers, logs or sinks')
    .addOption(new Option('-j, --json', 'print JSON for machines'))
    .addHelpText(
      'after',
      '\nExample: sublet agent status collector\nExit codes: 0, or 255 when no agent answers.',
    )
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

function addHealth(agent: Command, configPath: ConfigPath): void {
  agent
    .command('health')
    .description('whether the running agent is well, part by part')
    .addOption(new Option('-j, --json', 'print JSON for machines'))
    .addHelpText(
      'after',
      '\nExample: sublet agent health\nExit codes: 0 all are healthy, 1 one is not, 255 no agent answers.',
    )
    .action(async (flags: { json?: true }) => {
      const { readHealth } = await import('../agent/index.ts')
      const json = flags.json === true
      print(await readHealth({ env: process.env, configPath: configPath(), json }))
    })
}

interface DiagnoseFlags {
  readonly json?: true
  readonly verbose?: true
  readonly list?: true
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

function addDiagnose(agent: Command, configPath: ConfigPath): void {
  const gather = (value: string, before: readonly string[]): readonly string[] => [...before, value]
  const many = (flags: string, about: string): Option =>
    new Option(flags, about).default([] as readonly string[], 'none').argParser(gather)
  agent
    .command('diagnose')
    .description('ask everything that the agent asks, and say what came of it')
    .addOption(new Option('-v, --verbose', 'also what is fine, and what is not configured'))
    .addOption(new Option('-j, --json', 'print JSON for machines'))
    .addOption(new Option('-l, --list', 'only the names of the suites'))
    .addOption(many('-i, --include <regex>', 'only suites whose name matches; may be repeated'))
    .addOption(many('-e, --exclude <regex>', 'not these suites; may be repeated'))
    .addHelpText(
      'after',
      '\nExample: sublet agent diagnose --include kubelet --verbose\nExit codes: 0 nothing fails (there may be warnings), 1 something does, 255 there is no such suite.',
    )
    .action(async (flags: DiagnoseFlags) => {
      const { diagnose } = await import('../agent/index.ts')
      const result = await withSignals((signal) =>
        diagnose({
          env: process.env,
          configPath: configPath(),
          json: flags.json === true,
          verbose: flags.verbose === true,
          list: flags.list === true,
          include: flags.include,
          exclude: flags.exclude,
          signal,
        }),
      )
      print(result)
    })
}

function addVersion(agent: Command): void {
  agent
    .command('version')
    .description('the version of this agent, and of the Agent that it follows')
    .addOption(new Option('-j, --json', 'print JSON for machines'))
    .addHelpText('after', '\nExample: sublet agent version --json')
    .action(async (flags: { json?: true }) => {
      const { agentVersion } = await import('../agent/index.ts')
      print(agentVersion({ json: flags.json === true }))
    })
}

function addConfigCheck(agent: Command, configPath: ConfigPath): void {
  agent
    .command('configcheck')
    .description('the configuration of the checks, and what is wrong with it')
    .argument('[check]', 'only this check: kubelet or container')
    .addOption(new Option('--json', 'print JSON for machines'))
    .addOption(new Option('-v, --verbose', 'also what is set, where, and what has no effect'))
    .addHelpText('after', '\nExample: sublet agent -c ./datadog.yaml configcheck kubelet --verbose')
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
