import { Command, Option } from 'commander'
import { withSignals, Interrupted } from './signals.ts'

interface CheckFlags {
  readonly json?: true
  readonly checkTimes?: string
}

/** `sublet agent run | check NAME | status` */
export function agentCommand(): Command {
  const agent = new Command('agent').description(
    'a node agent: kubelet check, container check, status',
  )
  agent.addHelpText('after', '\nExample: sublet agent check kubelet --json')
  agent
    .command('run')
    .description('run the checks on their schedule until stopped')
    .action(async () => {
      const { runAgent } = await import('../agent/index.ts')
      await withSignals((signal) => runAgent({ env: process.env, signal })).catch(
        (error: unknown) => {
          if (!(error instanceof Interrupted)) throw error
        },
      )
      process.exit()
    })
  agent
    .command('check')
    .description('run one check now and print what it sends')
    .argument('<name>', 'kubelet or container')
    .addOption(new Option('--json', 'print JSON for machines'))
    .addOption(new Option('-t, --check-times <n>', 'how often to run it'))
    .action(async (name: string, flags: CheckFlags) => {
      const { runCheck } = await import('../agent/index.ts')
      const result = await withSignals((signal) =>
        runCheck(name, {
          env: process.env,
          json: flags.json === true,
          times: Number(flags.checkTimes ?? 1),
          signal,
        }),
      )
      print(result)
    })
  agent
    .command('status')
    .description('what the running agent does')
    .argument('[section]', 'only this section: agent, collector or sinks')
    .addOption(new Option('-j, --json', 'print JSON for machines'))
    .action(async (section: string | undefined, flags: { json?: true }) => {
      const { readStatus } = await import('../agent/index.ts')
      const result = await readStatus({
        env: process.env,
        json: flags.json === true,
        ...(section === undefined ? {} : { section }),
      })
      print(result)
    })
  return agent
}

/** Results go to standard output, errors to standard error; the exit code is the real agent's (255). */
function print(result: { readonly text: string; readonly exitCode: number }): void {
  const stream = result.exitCode === 0 ? process.stdout : process.stderr
  stream.write(result.text)
  process.exitCode = result.exitCode
}
