import { Command, Option } from 'commander'
import { addHiddenLabCommands } from './lab-hidden.ts'
import { RUNTIME_VARIABLE, RUNTIME_WISHES } from './runtime-wish.ts'

const stateDirOption = (): Option =>
  new Option(
    '--state-dir <dir>',
    'where the lab keeps its state (default: $SUBLET_STATE_DIR, else ~/.sublet)',
  )
const jsonOption = (): Option => new Option('--json', 'print JSON for machines')

interface LabFlags {
  stateDir?: string
  json?: true
}

/** `sublet lab …` */
export function labCommand(): Command {
  const lab = new Command('lab').description(
    'the whole situation on this machine: host cluster, node, vclusters, agents',
  )
  lab.addHelpText('after', '\nExample: sublet lab up && sublet lab compare && sublet lab down')
  addUp(lab)
  addStatus(lab)
  addEnv(lab)
  addCompare(lab)
  addReplay(lab)
  addDown(lab)
  addHiddenLabCommands(lab)
  return lab
}

const runtimeOption = (): Option =>
  new Option(
    '--runtime <kind>',
    'how containers run; process: as child processes, namespaces: with a root and processes of their own, docker: in a Docker Engine of this machine',
  )
    .choices(RUNTIME_WISHES)
    .env(RUNTIME_VARIABLE)

const startOptions = (command: Command): Command =>
  command
    .addOption(runtimeOption().default('auto'))
    .option('--vclusters <names>', 'names of the vclusters, with commas between them', 'k8s1,k8s2')
    .option(
      '--nodes <count>',
      'how many nodes, 1 to 10, each with its own kubelet and runtime',
      '1',
    )
    .option(
      '--node-address <address>',
      "the first node's loopback address (default: a free one, 127.x.0.1)",
    )
    .option(
      '--sync-nodes',
      "the vclusters' nodes are copies of the host's, not made up (sync.fromHost.nodes.enabled)",
    )
    .addOption(stateDirOption())
    .addOption(jsonOption())

function addUp(lab: Command): void {
  startOptions(lab.command('up').description('start the lab; it keeps running in the background'))
    .addHelpText('after', '\nExample: sublet lab up --vclusters blue,green,red')
    .action(async (flags: import('./lab-run.ts').StartFlags) => {
      await (await import('./lab-run.ts')).up(flags)
    })
}

function addCompare(lab: Command): void {
  startOptions(
    lab
      .command('compare')
      .description('apply each remedy to an agent, measure it live, and show before and after')
      .option('--remedies <ids>', 'ids of the remedies, with commas between them (default: all)')
      .option('--keep', 'leave a lab that this command has started running'),
  )
    .addHelpText(
      'after',
      '\nUses the running lab, or starts one and takes it down again.\nExample: sublet lab compare --remedies none,gateway --json',
    )
    .action(async (flags: import('./lab-run.ts').CompareFlags) => {
      await (await import('./lab-run.ts')).compare(flags)
    })
}

function addStatus(lab: Command): void {
  lab
    .command('status')
    .description('what runs in the lab')
    .addOption(stateDirOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample: sublet lab status --json\nExit codes: 0 all is ready, 1 something is not, or no lab runs.',
    )
    .action(async (flags: LabFlags) => {
      await (await import('./lab-look.ts')).status(flags)
    })
}

function addEnv(lab: Command): void {
  lab
    .command('env')
    .description(
      'print shell lines that point kubectl, docker, minikube, vcluster and helm at the lab',
    )
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      '\nThe lab need not run yet; minikube, vcluster and helm are stand-ins that know what runbooks need.\n' +
        'Example: eval "$(sublet lab env)" && minikube start && vcluster create k8s1',
    )
    .action(async (flags: LabFlags) => {
      await (await import('./lab-look.ts')).env(flags)
    })
}

function addReplay(lab: Command): void {
  lab
    .command('replay')
    .description('run the bash blocks of a Markdown runbook, in order, against the lab')
    .argument('<file>', 'the runbook')
    .option('--from <step>', 'begin with this step; the files of earlier ones are written', '1')
    .option('--timeout <seconds>', 'how long one command may take', '300')
    .option('--keep', 'leave the working folder, and a lab that the runbook has started')
    .addOption(runtimeOption())
    .addOption(stateDirOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nCommands run in one bash, in an empty folder, until one fails. What downloads or installs tools is skipped,\n' +
        'and addresses of other nodes (172.17.0.2:10250) become the lab’s; both are said each time.\n' +
        'A lab that the runbook starts (minikube start, sublet lab up) has the --runtime; one that runs already keeps its own.\n' +
        'Examples: sublet lab replay docs/runbooks/nil-stats.md\n' +
        '          sublet lab replay docs/runbooks/nil-stats.md --runtime process',
    )
    .action(async (file: string, flags: import('./lab-replay.ts').ReplayFlags) => {
      await (await import('./lab-replay.ts')).replayRunbook(file, flags)
    })
}

function addDown(lab: Command): void {
  lab
    .command('down')
    .description('stop the lab and remove all of it, also after a crash')
    .addOption(stateDirOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample: sublet lab down --state-dir /tmp/lab')
    .action(async (flags: LabFlags) => {
      await (await import('./lab-look.ts')).down(flags)
    })
}
