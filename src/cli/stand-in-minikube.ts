import { SUBLET_PROGRAM, SubletError } from '../core/index.ts'
import {
  launchLab,
  parseNodeCount,
  readFacts,
  stateDir,
  takeDown,
  type LabFacts,
} from '../lab/index.ts'
import { createProgressPrinter } from './progress-printer.ts'
import { runtimeFromEnvironment } from './runtime-wish.ts'
import { isTrue, refuse, spellBooleans, standInProgram } from './stand-ins.ts'
import { withSignals } from './signals.ts'

const PROFILE = 'minikube'
/** minikube's own: the profile is not there. */
const NOT_FOUND = 85
const KUBERNETES = 'v1.36.2'
const ABOUT = 'minikube for the lab: the host cluster, without vclusters'
const BOOLEANS = ['--all', '--purge', '--force', '--short', '--install-addons']

const say = (line: string): void => void process.stdout.write(`${line}\n`)

interface ProfileFlags {
  readonly profile?: string
}

/** `minikube …` as the lab has it. */
export async function minikube(argv: readonly string[]): Promise<void> {
  const program = standInProgram('minikube', ABOUT).option(
    '-p, --profile <name>',
    'only this one',
    PROFILE,
  )
  program.hook('preAction', () => onlyProfile(program.opts<ProfileFlags>()))
  program
    .command('start')
    .description('start a lab without vclusters; memory and CPUs are those of this machine')
    .option('--memory <size>')
    .option('--cpus <count>')
    .option('--disk-size <size>')
    .option('--driver <name>')
    .option('--vm-driver <name>')
    .option('--container-runtime <name>')
    .option('--kubernetes-version <version>')
    .option('--wait <components>')
    .option('--force [bool]')
    .option('--install-addons [bool]')
    .option('-n, --nodes <count>', 'how many nodes', '1')
    .action(start)
  program
    .command('delete')
    .description('stop the lab and remove all of it')
    .option('--all [bool]')
    .option('--purge [bool]')
    .action(remove)
  program
    .command('stop')
    .description('the same: a lab keeps nothing while it does not run')
    .option('--all [bool]')
    .action(stop)
  program
    .command('status')
    .description('whether the lab runs')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(status)
  program.command('ip').description('the address of a node').option('-n, --node <name>').action(ip)
  program
    .command('version')
    .description('the version that it stands in for')
    .option('--short [bool]')
    .action(version)
  await program.parseAsync(spellBooleans(argv, BOOLEANS), { from: 'user' })
}

interface StartFlags {
  readonly nodes: string
  readonly memory?: string
  readonly cpus?: string
  readonly kubernetesVersion?: string
}

async function start(flags: StartFlags): Promise<void> {
  const dir = stateDir()
  say(`😄  minikube for the Sublet lab on ${process.platform} (${process.arch})`)
  if (runningLab() !== undefined) {
    say(`🏃  Updating the running sublet "${PROFILE}" lab ...`)
    done()
    return
  }
  say('✨  Using the sublet driver: containers are processes of this machine')
  const ignored = [
    ...(flags.memory === undefined ? [] : [`--memory=${flags.memory}`]),
    ...(flags.cpus === undefined ? [] : [`--cpus=${flags.cpus}`]),
    ...(flags.kubernetesVersion === undefined
      ? []
      : [`--kubernetes-version=${flags.kubernetesVersion}`]),
  ]
  if (ignored.length > 0) say(`❗  ${ignored.join(' ')}: the lab takes what it needs`)
  say(`👍  Starting "${PROFILE}" primary control-plane node in "${PROFILE}" cluster`)
  const printer = createProgressPrinter()
  try {
    await withSignals((signal) =>
      launchLab({
        dir,
        runtime: runtimeFromEnvironment(),
        vclusters: [],
        nodes: parseNodeCount(flags.nodes),
        sublet: SUBLET_PROGRAM,
        // Its lines are for those who watch.
        progress: process.stderr.isTTY ? printer.progress : () => undefined,
        signal,
      }),
    )
  } finally {
    printer.close()
  }
  done()
}

function done(): void {
  say(`🔎  Verifying Kubernetes ${KUBERNETES} components...`)
  say(
    `🏄  Done! kubectl is now configured to use "${PROFILE}" cluster and "default" namespace by default`,
  )
}

async function remove(flags: { all?: string }): Promise<void> {
  const { found } = await takeDown(stateDir())
  if (isTrue(flags.all, false)) {
    say('🔥  Successfully deleted all profiles')
    return
  }
  if (found === 'nothing') say(`🙄  "${PROFILE}" profile does not exist, trying anyways.`)
  else say(`🔥  Deleting "${PROFILE}" in sublet ...`)
  say(`💀  Removed all traces of the "${PROFILE}" cluster.`)
}

async function stop(): Promise<void> {
  if (runningLab() === undefined) {
    absent()
    return
  }
  say(`✋  Stopping node "${PROFILE}"  ...`)
  await takeDown(stateDir())
  say('🛑  1 node stopped.')
  say('❗  The lab keeps nothing while it does not run: `minikube start` begins afresh.')
}

function status(flags: { output: string }): void {
  const facts = runningLab()
  if (facts === undefined) {
    absent()
    return
  }
  const state = { Host: 'Running', Kubelet: 'Running', APIServer: 'Running' }
  if (flags.output === 'json') {
    say(JSON.stringify({ Name: PROFILE, ...state, Kubeconfig: 'Configured', Worker: false }))
    return
  }
  const lines = facts.nodes.map(({ name }, at) =>
    at === 0
      ? `${name}\ntype: Control Plane\nhost: Running\nkubelet: Running\napiserver: Running\nkubeconfig: Configured\n`
      : `${name}\ntype: Worker\nhost: Running\nkubelet: Running\n`,
  )
  say(lines.join('\n'))
}

function ip(flags: { node?: string }): void {
  const facts = runningLab()
  if (facts === undefined) {
    absent()
    return
  }
  const wanted = flags.node ?? facts.nodeName
  const node = facts.nodes.find(({ name }) => name === wanted)
  if (node === undefined) {
    const known = facts.nodes.map(({ name }) => name).join(', ')
    throw new SubletError('E_INPUT', `there is no node ${wanted} (there are: ${known})`)
  }
  say(node.address)
}

function version(flags: { short?: string }): void {
  say(isTrue(flags.short, false) ? 'v1.38.0' : 'minikube version: v1.38.0\ncommit: sublet-lab')
}

function absent(): void {
  say(`🤷  Profile "${PROFILE}" not found.\n👉  To start a cluster, run: "minikube start"`)
  process.exitCode = NOT_FOUND
}

function runningLab(): LabFacts | undefined {
  try {
    return readFacts(stateDir())
  } catch (error) {
    if (
      error instanceof SubletError &&
      (error.code === 'E_LAB_NOT_RUNNING' || error.code === 'E_LAB_STALE')
    )
      return undefined
    throw error
  }
}

function onlyProfile({ profile = PROFILE }: ProfileFlags): void {
  if (profile === PROFILE) return
  throw refuse(
    'minikube',
    `a profile ${profile}`,
    'One lab is in each state folder: set SUBLET_STATE_DIR to another one for another lab.',
  )
}
