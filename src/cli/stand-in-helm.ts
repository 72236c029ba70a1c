import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { SubletError, readAll } from '../core/index.ts'
import type { KubeClient } from '../kube/index.ts'
import { stateDir } from '../lab/index.ts'
import { CHART, mergeValues, parseSet, parseValues, type Values } from '../lab/charts/index.ts'
import type { Release } from '../lab/tools/index.ts'
import { isTrue, refuse, spellBooleans, standInProgram } from './stand-ins.ts'

const ABOUT = 'helm for the lab: one chart, datadog/datadog'
const VERSION = 'v3.19.0+sublet-lab'
const MAX_VALUES = 4 * 1024 * 1024
const BOOLEANS = [
  '--install',
  '--create-namespace',
  '--wait',
  '--atomic',
  '--short',
  '--all-namespaces',
]
const LONG: Readonly<Record<string, string>> = { '-i': '--install', '-A': '--all-namespaces' }
const ONE_CHART =
  'It has one chart, datadog/datadog. Use the real helm for others, or apply their manifests with kubectl.'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

interface TargetFlags {
  readonly namespace?: string
  readonly kubeContext?: string
}

interface ValueFlags {
  readonly values: readonly string[]
  readonly set: readonly string[]
  readonly setString: readonly string[]
}

/** `helm …` as the lab has it. */
export async function helm(argv: readonly string[]): Promise<void> {
  const program = standInProgram('helm', ABOUT)
  addRepo(program)
  for (const name of ['install', 'upgrade'] as const) {
    valueOptions(
      targetOptions(
        program
          .command(`${name} <release> <chart>`)
          .description(`${name} a release: its objects in the lab`),
      ),
    )
      .option('-i, --install [bool]')
      .option('--create-namespace [bool]')
      .option('--version <version>')
      .option('--wait [bool]')
      .option('--atomic [bool]')
      .option('--timeout <duration>')
      .action((release: string, chart: string, flags: InstallFlags) =>
        install(name, release, chart, flags),
      )
  }
  valueOptions(
    targetOptions(program.command('template <release> <chart>').description('print its objects')),
  )
    .option('--version <version>')
    .action(template)
  targetOptions(program.command('list').alias('ls').description('the releases'))
    .option('-A, --all-namespaces [bool]')
    .option('-o, --output <format>', 'table or json', 'table')
    .action(list)
  targetOptions(
    program.command('status <release>').description('what has become of a release'),
  ).action(status)
  targetOptions(
    program.command('uninstall <release>').alias('delete').description('delete its objects'),
  )
    .option('--wait [bool]')
    .action(uninstall)
  program
    .command('version')
    .description('the version that it stands in for')
    .option('--short [bool]')
    .action(() => say(`version.BuildInfo{Version:"${VERSION}"}`))
  const long = argv.map((word) => LONG[word] ?? word)
  await program.parseAsync(spellBooleans(long, BOOLEANS), { from: 'user' })
}

const targetOptions = (command: Command): Command =>
  command.option('-n, --namespace <name>').option('--kube-context <name>')

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value]

const valueOptions = (command: Command): Command =>
  command
    .option('-f, --values <file>', 'a values file; - is standard input', collect, [])
    .option('--set <pairs>', 'values on the command line', collect, [])
    .option('--set-string <pairs>', 'the same, all of them texts', collect, [])

const isRepository = (url: string): boolean =>
  URL.canParse(url) && new URL(url).host === new URL(CHART.repository).host

function addRepo(program: Command): void {
  const repo = program.command('repo').description('add, update or list: there is one, datadog')
  repo
    .command('add <name> <url>')
    .option('--force-update [bool]')
    .action((name: string, url: string) => {
      if (name !== 'datadog' || !isRepository(url))
        throw refuse('helm', `a repository ${name} at ${url}`, ONE_CHART)
      say(`"${name}" has been added to your repositories`)
    })
  repo.command('update [names...]').action(() => {
    say('Hang tight while we grab the latest from your chart repositories...')
    say('...Successfully got an update from the "datadog" chart repository')
    say('Update Complete. ⎈Happy Helming!⎈')
  })
  repo.command('list').action(() => {
    say(`NAME   \tURL                     \ndatadog\t${CHART.repository}`)
  })
}

function assertChart(chart: string, version: string | undefined): void {
  if (chart !== 'datadog/datadog') throw refuse('helm', `the chart ${chart}`, ONE_CHART)
  if (version !== undefined && version !== CHART.version)
    process.stderr.write(`warning: the lab has version ${CHART.version}, not ${version}\n`)
}

/** Files first, then --set, then --set-string: the later one wins. */
async function valuesOf({ values, set, setString }: ValueFlags): Promise<Values> {
  const files: Values[] = []
  for (const file of values) files.push(parseValues(await textOf(file), file))
  return mergeValues(
    ...files,
    ...set.map((text) => parseSet(text)),
    ...setString.map((text) => parseSet(text, { asText: true })),
  )
}

async function textOf(file: string): Promise<string> {
  if (file === '-') return (await readAll(process.stdin, MAX_VALUES)).toString('utf8')
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new SubletError('E_INPUT', `the values file ${file} cannot be read`, { cause })
  }
}

function warnOf(unknown: readonly string[]): void {
  for (const path of unknown)
    process.stderr.write(`warning: the lab's chart knows no value ${path}: it changes nothing\n`)
}

interface InstallFlags extends TargetFlags, ValueFlags {
  readonly install?: string
  readonly createNamespace?: string
  readonly version?: string
}

async function install(
  verb: 'install' | 'upgrade',
  name: string,
  chart: string,
  flags: InstallFlags,
): Promise<void> {
  assertChart(chart, flags.version)
  const values = await valuesOf(flags)
  await withTarget(flags, async ({ tools, client, namespace }) => {
    const before = await tools.findRelease(client, namespace, name)
    if (verb === 'install' && before !== undefined)
      throw new SubletError(
        'E_INPUT',
        'INSTALLATION FAILED: cannot re-use a name that is still in use',
        { hint: 'Upgrade it: helm upgrade --install.' },
      )
    if (verb === 'upgrade' && before === undefined && !isTrue(flags.install, false))
      throw new SubletError('E_INPUT', `UPGRADE FAILED: "${name}" has no deployed releases`, {
        hint: 'Add --install.',
      })
    if (isTrue(flags.createNamespace, false)) await tools.ensureNamespace(client, namespace)
    const installed = await tools.installDatadog({ client, release: name, namespace, values })
    warnOf(installed.unknown)
    if (verb === 'upgrade')
      say(
        before === undefined
          ? `Release "${name}" does not exist. Installing it now.`
          : `Release "${name}" has been upgraded. Happy Helming!`,
      )
    say(statusOf(installed.release))
  })
}

/** As `helm status` and `helm install` print a release. */
function statusOf({ name, namespace, version, info }: Release): string {
  return [
    `NAME: ${name}`,
    `LAST DEPLOYED: ${new Date(info.last_deployed).toString().slice(0, 24)}`,
    `NAMESPACE: ${namespace}`,
    `STATUS: ${info.status}`,
    `REVISION: ${version}`,
    'TEST SUITE: None',
    `NOTES:\n${info.notes}`,
  ].join('\n')
}

async function template(
  release: string,
  chart: string,
  flags: TargetFlags & ValueFlags & { version?: string },
): Promise<void> {
  assertChart(chart, flags.version)
  const { renderDatadog } = await import('../lab/charts/index.ts')
  const { objects, unknown } = renderDatadog({
    release,
    namespace: flags.namespace ?? 'default',
    values: await valuesOf(flags),
    clusterAgentToken: '0'.repeat(32),
  })
  warnOf(unknown)
  for (const object of objects)
    process.stdout.write(
      `---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })}`,
    )
}

interface Target {
  readonly tools: typeof import('../lab/tools/index.ts')
  readonly client: KubeClient
  readonly namespace: string
}

/** Does something with the cluster and the namespace that the flags mean. */
async function withTarget(
  flags: TargetFlags,
  work: (target: Target) => Promise<void>,
): Promise<void> {
  const tools = await import('../lab/tools/index.ts')
  const { client, namespace } = await tools.helmTarget(stateDir(), flags.kubeContext)
  try {
    await work({ tools, client, namespace: flags.namespace ?? namespace })
  } finally {
    await client[Symbol.asyncDispose]()
  }
}

/** The release of that name. Throws E_INPUT in Helm's words. */
async function releaseOf({ tools, client, namespace }: Target, name: string): Promise<Release> {
  const release = await tools.findRelease(client, namespace, name)
  if (release !== undefined) return release
  throw new SubletError('E_INPUT', `release: not found: ${name}`, {
    hint: 'helm list -A shows those that there are.',
  })
}

async function status(name: string, flags: TargetFlags): Promise<void> {
  await withTarget(flags, async (target) => say(statusOf(await releaseOf(target, name))))
}

async function uninstall(name: string, flags: TargetFlags): Promise<void> {
  await withTarget(flags, async (target) => {
    await target.tools.uninstall(target.client, await releaseOf(target, name))
    say(`release "${name}" uninstalled`)
  })
}

async function list(
  flags: TargetFlags & { allNamespaces?: string; output: string },
): Promise<void> {
  await withTarget(flags, async ({ tools, client, namespace }) => {
    const everywhere = isTrue(flags.allNamespaces, false)
    const found = await tools.listReleases(client, everywhere ? undefined : namespace)
    say(flags.output === 'json' ? JSON.stringify(found.map(rowOf)) : tableOf(found.map(rowOf)))
  })
}

const rowOf = (release: Release): Record<string, string> => ({
  name: release.name,
  namespace: release.namespace,
  revision: String(release.version),
  updated: release.info.last_deployed,
  status: release.info.status,
  chart: `${release.chart.metadata.name}-${release.chart.metadata.version}`,
  app_version: release.chart.metadata.appVersion,
})

const tableOf = (rows: readonly Record<string, string>[]): string =>
  ['NAME\tNAMESPACE\tREVISION\tUPDATED\tSTATUS\tCHART\tAPP VERSION']
    .concat(rows.map((row) => Object.values(row).join('\t')))
    .join('\n')
