import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FIRST_CGROUP, startChild, type Child, type ChildPlan } from '../child.ts'
import type { Container } from '../container.ts'
import type { Command, Isolation } from '../isolation.ts'
import { binPrograms, containerEnv, launchPlan } from '../launch.ts'
import { processIsolation, type Surroundings } from '../process-isolation.ts'
import { makeBinDirectory } from '../root-directory.ts'
import { TERMINAL_ENV, onTerminal } from '../terminal.ts'
import { buildRoot } from './build-root.ts'
import type { Tools } from './find-tools.ts'
import { helperEnv } from './helper-env.ts'
import { insidePaths, type InsidePaths } from './inside-paths.ts'
import { followKill } from './killed.ts'
import { hostNameOf, machineImage } from './machine-image.ts'
import { privilegeWords } from './privileges.ts'
import { RUN, START } from './scripts.ts'
import { PAUSE, endsWithAll, joinWords, joinsPod, sharesProcesses } from './shared-processes.ts'
import { lockedFolders, makeSkeleton, type Ways } from './skeleton.ts'

export interface NamespacesOptions extends Surroundings, Ways {
  readonly tools: Tools
  /** The folder of the runtime, below that of all that the lab keeps. */
  readonly runtimeDir: string
}

/** An idle container's program: as the first process of a namespace it would not hear SIGTERM. */
const IDLE = ['/bin/sh', '-c', 'trap "exit 143" TERM; while read -r _; do :; done']

interface Context extends NamespacesOptions {
  readonly inside: InsidePaths
  /** The first processes of the pods whose containers share theirs, by sandbox. */
  readonly pauses: Map<string, number>
}

/**
 * Each container has mount, pid and UTS namespaces of its own: its root is the machine's programs, its mounts at their real
 * paths, and only its own processes, or its pod's. Sandboxes, which run nothing but an idle shell of the lab's, stay child
 * processes, but for those whose processes the pod's containers join.
 */
export async function namespacesIsolation(options: NamespacesOptions): Promise<Isolation> {
  const { binDir, programs, runtimeDir } = options
  const labDir = dirname(runtimeDir)
  const inside = insidePaths(programs, binDir)
  const scripts = Object.entries(binPrograms(programs)).map(
    ([name, argv]) => [name, argv.map(inside.toInside)] as const,
  )
  await makeBinDirectory(binDir, Object.fromEntries(scripts))
  const skeleton = makeSkeleton(runtimeDir, machineImage(), inside, options)
  const sandboxes = processIsolation(options)
  const context: Context = { ...options, inside, pauses: new Map() }
  const isPlain = (base: Container['base']): boolean =>
    base.kind === 'sandbox' && !sharesProcesses(base)
  return {
    kind: 'namespaces',
    async makeRoot(base, imageDirs, config) {
      if (isPlain(base)) return await sandboxes.makeRoot(base, imageDirs, config)
      const { workingDir } = config
      const plan = { base, skeleton, imageDirs, labDir, workingDir, joinsPod: joinsPod(base) }
      const table = buildRoot(plan)
      writeFileSync(tableFile(base.rootDir), table, { mode: 0o600 })
      return { path: base.rootDir, linksOutside: [], pairs: [] }
    },
    start: (container, onOutput) =>
      isPlain(container.base)
        ? sandboxes.start(container, onOutput)
        : startInside(context, container, onOutput),
    run: (container, command) =>
      isPlain(container.base)
        ? sandboxes.run(container, command)
        : runInside(context, container, command),
  }
}

/** The container's own program: the first process of its namespaces. */
async function startInside(
  context: Context,
  container: Container,
  onOutput: ChildPlan['onOutput'],
): Promise<Child> {
  const { guardian, programs, inside, pauses } = context
  const { program, base } = container
  const { argv, env, stdin } = launchPlan(container, programs, inside.binDir)
  const idle = base.kind === 'sandbox' ? PAUSE : IDLE
  const real = program.kind === 'idle' ? idle : ownFiles(program.kind !== 'foreign', argv, inside)
  // `script` runs the program on a terminal; it is not what was asked for.
  const wanted = (program.kind === 'foreign' ? program.argv[0] : real[0]) ?? ''
  const followed = followKill(onOutput)
  const plan = {
    ...helped(context, container, env, wanted),
    argv: [...entering(context, base), ...real],
    stdin,
    onOutput: followed.onOutput,
  }
  const child = await startChild(plan, guardian)
  const followedChild = { ...child, ended: followed.exitCode(child) }
  if (base.kind === 'container') return joinsPod(base) ? endsWithAll(followedChild) : followedChild
  pauses.set(base.id, child.programPid)
  void child.ended.then(() => pauses.delete(base.id))
  return followedChild
}

/** What brings the program into namespaces of its own, or among the processes of its pod. */
function entering({ tools, isRoot, pauses }: Context, base: Container['base']): readonly string[] {
  if (!joinsPod(base)) return [tools.unshare, ...startWords(isRoot)]
  return joinWords(tools, pausePid(pauses, base), isRoot)
}

function pausePid(pauses: Context['pauses'], { sandboxId }: Container['base']): number {
  const pid = pauses.get(sandboxId)
  if (pid === undefined) throw new Error('the sandbox whose processes it joins has ended')
  return pid
}

/** A command: `nsenter` brings it into the namespaces of the container's program. */
async function runInside(
  context: Context,
  container: Container,
  { argv, env: more, stdin, tty, onOutput }: Command,
): Promise<Child> {
  const { guardian, programs, tools, inside, isRoot } = context
  const { child } = container
  const words = ownFiles(argv[0] === programs.node, argv, inside)
  const own = containerEnv(container, inside.binDir)
  const env = { ...(tty ? TERMINAL_ENV : {}), ...own, ...more }
  const user = isRoot ? [] : ['--user', '--preserve-credentials']
  const enter = [
    tools.nsenter,
    `--target=${child?.programPid ?? 0}`,
    ...user,
    ...['--mount', '--uts', '--pid', '/bin/sh', '-c', RUN, 'sublet-run'],
    ...(tty ? onTerminal(words) : words),
  ]
  const plan = helped(context, container, env, words[0] ?? '')
  return await startChild({ ...plan, argv: enter, stdin, onOutput }, guardian)
}

/** What all programs have in common that the scripts bring into a container. `wanted`: its name, to be looked for. */
function helped(
  context: Context,
  container: Container,
  env: Readonly<Record<string, string>>,
  wanted: string,
): Omit<ChildPlan, 'argv' | 'stdin' | 'onOutput'> {
  const { cgroups } = container
  const settings = {
    ...helperSettings(container, context),
    ...joinSettings(container.base, context),
    program: wanted,
    fds: String(FIRST_CGROUP + cgroups.length),
  }
  return {
    containerId: container.base.id,
    env: helperEnv(insideEnv(container, env), settings),
    wanted,
    cwd: '/',
    cgroups,
    reports: true,
    // What is left of it ends with the first process of the namespaces.
    isConfined: true,
  }
}

function joinSettings(
  base: Container['base'],
  { tools, isRoot, pauses }: Context,
): Record<string, string> {
  if (!joinsPod(base)) return {}
  return {
    nsenter: tools.nsenter,
    pause: String(pausePid(pauses, base)),
    locked: lockedFolders(isRoot).join(' '),
  }
}

/** Where the table of a container's mounts is kept. */
export const tableFile = (rootDir: string): string => join(dirname(rootDir), 'mounts')

/**
 * What the scripts need to know besides the container's variables. `root` is also what whoever sweeps up after a crash knows
 * the helpers by.
 */
export function helperSettings(
  {
    base,
    config,
  }: {
    readonly base: Pick<Container['base'], 'rootDir' | 'sandbox'>
    readonly config: Pick<
      Container['config'],
      'workingDir' | 'user' | 'privileged' | 'readOnlyRoot' | 'capabilities'
    >
  },
  { tools, isRoot }: Pick<NamespacesOptions, 'tools' | 'isRoot'>,
): Record<string, string> {
  return {
    folder: config.workingDir ?? '/',
    privileges: privilegeWords(config, { setpriv: tools.setpriv, isRoot }).join(' '),
    hostname: hostNameOf(base.sandbox),
    fstab: tableFile(base.rootDir),
    root: base.rootDir,
    readonly: config.readOnlyRoot === true ? '1' : '',
    mount: tools.mount,
    umount: tools.umount,
    pivot_root: tools.pivotRoot,
  }
}

/** The arguments of `unshare`; the program follows. */
export function startWords(isRoot: boolean): readonly string[] {
  const user = isRoot ? [] : ['--user', '--map-root-user']
  const namespaces = [...user, '--mount', '--uts', '--pid', '--fork', '--kill-child']
  return [...namespaces, '/bin/sh', '-c', START, 'sublet-start']
}

/** The files of Sublet's own programs are elsewhere in the container; what a pod's author wrote stays. */
function ownFiles(
  isOwn: boolean,
  argv: readonly string[],
  { toInside }: InsidePaths,
): readonly string[] {
  return isOwn ? [...argv.slice(0, 2).map(toInside), ...argv.slice(2)] : argv
}

/** Paths are what they say here; whoever asks for the root directory gets `/`. */
function insideEnv(
  { base, config }: Container,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const own = new Map(base.env.map(({ name, value }) => [name, value]))
  const others = Object.entries(env).filter(([name]) => name !== 'TMPDIR' || own.has(name))
  const home = (config.user?.uid ?? 0) === 0 ? '/root' : '/'
  return {
    ...Object.fromEntries(others),
    HOME: own.get('HOME') ?? home,
    SUBLET_CONTAINER_ROOT: '/',
  }
}
