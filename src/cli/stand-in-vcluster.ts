import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Command } from 'commander'
import { SubletError } from '../core/index.ts'
import type { KubeClient } from '../kube/index.ts'
import { readFacts, stateDir, type StateDir } from '../lab/index.ts'
import type { ListedVcluster } from '../lab/tools/index.ts'
import { isTrue, refuse, spellBooleans, standInProgram } from './stand-ins.ts'
import { withSignals } from './signals.ts'

const ABOUT = 'vcluster for the lab: virtual clusters in the running host cluster'
const HOST = 'minikube'
const VERSION = '0.34.0'
const BOOLEANS = [
  '--connect',
  '--upgrade',
  '--update-current',
  '--background-proxy',
  '--keep-pvc',
  '--delete-namespace',
  '--auto-delete-namespace',
  '--create-namespace',
  '--wait',
  '--print',
]

const say = (line: string): void => void process.stdout.write(`${line}\n`)
/** As the real one's logger writes: time, level, text. */
const log = (level: 'info' | 'done' | 'warn', text: string): void =>
  say(`${new Date().toTimeString().slice(0, 8)} ${level} ${text}`)

/** `vcluster …` as the lab has it. */
export async function vcluster(argv: readonly string[]): Promise<void> {
  const program = standInProgram('vcluster', ABOUT).version(
    `vcluster version ${VERSION}`,
    '-v, --version',
  )
  inNamespace(program.command('create <name>'))
    .description('create a vcluster; it has CoreDNS in it, and nothing else')
    .option('--connect [bool]', 'choose its context (default: true)')
    .option('--update-current [bool]')
    .option('--background-proxy [bool]')
    .option('--create-namespace [bool]')
    .option('--chart-version <version>')
    .option('--driver <name>')
    .option('--context <name>')
    .option('-f, --values <file>', 'of these, sync.fromHost.nodes.enabled counts')
    .action(create)
  inNamespace(program.command('connect <name> [command...]'))
    .description('choose its context, or run one command in it (after --)')
    .option('--update-current [bool]')
    .option('--background-proxy [bool]')
    .option('--driver <name>')
    .action(connect)
  program.command('disconnect').description('choose the host’s context').action(disconnect)
  inNamespace(program.command('list').alias('ls').description('the vclusters of the lab'))
    .option('--output <format>', 'table or json', 'table')
    .action(list)
  inNamespace(program.command('delete <name>').alias('rm'))
    .description('delete a vcluster; its namespace stays, unless --delete-namespace')
    .option('--keep-pvc [bool]')
    .option('--delete-namespace [bool]')
    .option('--auto-delete-namespace [bool]')
    .option('--wait [bool]')
    .option('--driver <name>')
    .action(remove)
  program
    .command('version')
    .description('the version that it stands in for')
    .action(() => say(`vcluster version ${VERSION}`))
  for (const name of ['pause', 'resume']) {
    program
      .command(`${name} [arguments...]`, { hidden: true })
      .allowUnknownOption()
      .action(() => {
        throw refuse(
          'vcluster',
          `\`vcluster ${name}\``,
          'A vcluster of the lab keeps its state in memory and would lose it: delete it, or leave it running.',
        )
      })
  }
  await program.parseAsync(spellBooleans(argv, BOOLEANS), { from: 'user' })
}

const inNamespace = (command: Command): Command =>
  command.option('-n, --namespace <name>', 'its namespace on the host')

interface CreateFlags {
  readonly namespace?: string
  readonly connect?: string
  readonly values?: string
}

async function create(name: string, flags: CreateFlags): Promise<void> {
  if (!/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name))
    throw refuse('vcluster', `a name such as ${JSON.stringify(name)}`, 'Small letters, digits, -.')
  const namespace = flags.namespace ?? `vcluster-${name}`
  const syncNodes = flags.values === undefined ? false : syncsNodes(flags.values)
  await withHost(async ({ tools, dir, host }) => {
    log('info', `Create vcluster ${name}...`)
    const access = await withSignals((signal) =>
      tools.createVcluster({ dir, host, name, namespace, syncNodes, signal }),
    )
    log('done', `Successfully created virtual cluster ${name} in namespace ${namespace}`)
    const choose = isTrue(flags.connect, true)
    const context = await tools.addContext(dir.kubeconfig, access, { choose })
    if (choose) sayConnected(context)
    else
      log(
        'info',
        `Use 'vcluster connect ${name} --namespace ${namespace}' to access the virtual cluster`,
      )
  })
}

/** Reads `sync.fromHost.nodes.enabled` of a values file, and names what else is in it. */
function syncsNodes(file: string): boolean {
  const paths: string[] = []
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key)
    else paths.push(`${path}=${JSON.stringify(value)}`)
  }
  walk(parse(readFileSync(file, 'utf8')), '')
  const known = 'sync.fromHost.nodes.enabled='
  for (const other of paths.filter((path) => !path.startsWith(known)))
    log('warn', `the lab knows no value ${other}: it changes nothing`)
  return paths.includes(`${known}true`)
}

function sayConnected(context: string): void {
  log('done', `Switched active kube context to ${context}`)
  say('- Use `vcluster disconnect` to return to your previous kube context')
  say('- Use `kubectl get namespaces` to access the vcluster')
}

async function connect(
  name: string,
  command: readonly string[],
  flags: { namespace?: string; updateCurrent?: string },
): Promise<void> {
  if (!isTrue(flags.updateCurrent, true))
    throw refuse('vcluster', '--update-current=false', 'It changes the lab’s own kubeconfig only.')
  await withHost(async ({ tools, dir, host }) => {
    const found = await tools.findVcluster(host, name, flags.namespace)
    if (command.length > 0) {
      process.exitCode = await withSignals((signal) =>
        tools.runInContext({ dir, host, vcluster: found, command, signal }),
      )
      return
    }
    const access = await tools.accessOf(host, found)
    log('done', 'vCluster is up and running')
    sayConnected(await tools.addContext(dir.kubeconfig, access, { choose: true }))
    warnOfOtherConfig(dir.kubeconfig)
  })
}

type Tools = typeof import('../lab/tools/index.ts')

/** Does something with the running lab's host cluster. */
async function withHost(
  work: (lab: { tools: Tools; dir: StateDir; host: KubeClient }) => Promise<void>,
): Promise<void> {
  const tools = await import('../lab/tools/index.ts')
  const dir = stateDir()
  const host = await tools.hostClient(dir)
  try {
    await work({ tools, dir, host })
  } finally {
    await host[Symbol.asyncDispose]()
  }
}

async function disconnect(): Promise<void> {
  const { readContexts, useContext } = await import('../lab/tools/index.ts')
  const dir = stateDir()
  readFacts(dir)
  const { kubeconfig } = dir
  const current = (await readContexts(kubeconfig))['current-context']
  if (!current.startsWith('vcluster_'))
    throw new SubletError(
      'E_USAGE',
      `current selected context ${JSON.stringify(current)} is not a vcluster context`,
      { hint: 'Connect to a vcluster first: `vcluster connect NAME`.' },
    )
  await useContext(kubeconfig, HOST)
  log('info', `Successfully disconnected and switched back to the original context: ${HOST}`)
  warnOfOtherConfig(kubeconfig)
}

async function list(flags: { namespace?: string; output: string }): Promise<void> {
  await withHost(async ({ tools, dir, host }) => {
    const current = (await tools.readContexts(dir.kubeconfig))['current-context']
    const found = (await tools.listVclusters(host)).filter(
      ({ namespace }) => flags.namespace === undefined || namespace === flags.namespace,
    )
    say(flags.output === 'json' ? jsonOf(found, current) : tableOf(found, current))
  })
}

const jsonOf = (found: readonly ListedVcluster[], current: string): string =>
  JSON.stringify(
    found.map(({ name, namespace, status, version, created, context }) => ({
      Name: name,
      Namespace: namespace,
      Status: status,
      Version: version,
      Created: created,
      Connected: context === current,
    })),
    null,
    4,
  )

/** Columns as the real one draws them. */
function tableOf(found: readonly ListedVcluster[], current: string): string {
  const rows = [
    ['NAME', 'NAMESPACE', 'STATUS', 'VERSION', 'CONNECTED', 'AGE'],
    ...found.map((one) => [
      one.name,
      one.namespace,
      one.status,
      one.version,
      one.context === current ? 'True' : '',
      `${Math.round((Date.now() - Date.parse(one.created)) / 1000)}s`,
    ]),
  ]
  const widths = [0, 1, 2, 3, 4, 5].map((at) =>
    Math.max(...rows.map((cells) => cells[at]?.length ?? 0)),
  )
  const lines = rows.map((cells) =>
    cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | '),
  )
  const rule = widths.map((width) => '-'.repeat(width)).join('-+-')
  return [
    '',
    ` ${lines[0] ?? ''}`,
    ` ${rule}`,
    ...lines.slice(1).map((line) => ` ${line}`),
    '',
  ].join('\n')
}

interface DeleteFlags {
  readonly namespace?: string
  readonly keepPvc?: string
  readonly deleteNamespace?: string
}

async function remove(name: string, flags: DeleteFlags): Promise<void> {
  await withHost(async ({ tools, dir, host }) => {
    const found = await tools.findVcluster(host, name, flags.namespace)
    const deleteNamespace = isTrue(flags.deleteNamespace, false)
    const keepVolume = isTrue(flags.keepPvc, false)
    log('info', `Delete vcluster ${name}...`)
    await withSignals((signal) =>
      tools.deleteVcluster({ dir, host, vcluster: found, keepVolume, deleteNamespace, signal }),
    )
    log('done', `Successfully deleted virtual cluster ${name} in namespace ${found.namespace}`)
    if (deleteNamespace)
      log('done', `Successfully deleted virtual cluster namespace ${found.namespace}`)
  })
}

function warnOfOtherConfig(kubeconfig: string): void {
  const other = process.env['KUBECONFIG']
  if (other === kubeconfig) return
  process.stderr.write(
    `warn: KUBECONFIG is ${other ?? 'not set'}; kubectl follows after: eval "$(sublet lab env)"\n`,
  )
}
