import { Command, CommanderError } from 'commander'
import { SubletError, describeError, readVersion } from '../core/index.ts'
import { Interrupted } from './signals.ts'

const ABOUT = 'Gives every virtual cluster (vcluster) its own slice of the host kubelet.'

const EXAMPLES = `
Examples:
  sublet lab compare               see the 401, the known workaround and the fix, measured live
  sublet lab up                    start the lab and keep it; then: eval "$(sublet lab env)"
  sublet doctor                    find out why an agent has no metrics
  sublet gateway --config FILE     run the gateway on a node
  sublet slice --endpoint cadvisor --tenant k8s1 --pods pods.json < cadvisor.txt

Exit codes: 0 fine, 1 found a problem, 2 wrong usage.`

/** Builds the program. Commands load their rooms when they run, so that `--help` and the stand-ins start quickly. */
async function createProgram(): Promise<Command> {
  const program = new Command('sublet')
    .description(ABOUT)
    .version(readVersion(), '-V, --version')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(see sublet --help)')
    .exitOverride()
  const commands = await Promise.all([
    import('./lab.ts').then((file) => file.labCommand()),
    import('./doctor.ts').then((file) => file.doctorCommand()),
    import('./gateway.ts').then((file) => file.gatewayCommand()),
    import('./agent.ts').then((file) => file.agentCommand()),
    import('./manifests.ts').then((file) => file.manifestsCommand()),
    import('./slice.ts').then((file) => file.sliceCommand()),
  ])
  for (const command of commands) program.addCommand(inheritSettings(command))
  return program
}

/** Commander does not hand `exitOverride` down to commands that are added ready-made. */
function inheritSettings(command: Command, parent = 'sublet'): Command {
  const name = `${parent} ${command.name()}`
  command.exitOverride().showHelpAfterError(`(see ${name} --help)`)
  for (const child of command.commands) inheritSettings(child, name)
  return command
}

/** Runs a command line; sets the process's exit code and never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that goes away (`| head`) is no error of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit()
    })
  }
  try {
    // The lab's minikube, vcluster and helm: nothing else of the program is needed, and each has options of its own.
    if (argv[2] === 'stand-in') {
      await (await import('./run-stand-in.ts')).runStandIn(argv[3], argv.slice(4))
      return
    }
    const program = await createProgram()
    await program.parseAsync(argv)
  } catch (error) {
    process.exitCode = report(error)
  }
}

/** Says on standard error what happened, why, and what to do next; gives the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Interrupted) {
    process.stderr.write(`sublet: interrupted (${error.signalName}); cleaned up.\n`)
    return error.exitCode
  }
  if (error instanceof SubletError) {
    const cause = error.cause instanceof Error ? `\nWhy: ${describeError(error.cause)}` : ''
    process.stderr.write(`sublet: ${error.message}${cause}\nNext: ${error.hint} (${error.code})\n`)
    return error.exitCode
  }
  process.stderr.write(
    `sublet: an unexpected error, please report it:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return 1
}
