import { join } from 'node:path'
import { PROJECT_FOLDER } from '../../core/index.ts'
import type { ChildPlan } from './child.ts'
import { DEFAULT_PATH, type Container } from './container.ts'
import { missingProgram, type NoProgram } from './find-program.ts'
import { CLUSTER_AGENT_NAMES, resolveImage, type ImageBin, type Program } from './images.ts'
import { TERMINAL_ENV, onTerminal } from './terminal.ts'
import { keepArchiveNames } from './archive-names.ts'
import { rewriteArgv } from './rewrite-argv.ts'

/** How Sublet's own programs are started. */
export interface Programs {
  /** The Node binary. */
  readonly node: string
  /** The entry of `sublet`: `bin/sublet.js`, or its compiled main file. */
  readonly sublet: string
}

const IDLE = ['/bin/sh', '-c', 'while read -r _; do :; done']
// Only built files can be started; their names are those of `scripts/build.js`.
const NGINX = join(PROJECT_FOLDER, 'dist/nginx.js')
const CLUSTER_AGENT = join(PROJECT_FOLDER, 'dist/cluster-agent.js')

/** Below the folder of all containers' programs: those that only some images have. */
const imageBinDir = (bin: ImageBin): string => join('of', bin)

/** The scripts in every container's PATH, and below `of/` those of single images. */
export function binPrograms({ node, sublet }: Programs): Record<string, readonly string[]> {
  const ofClusterAgent = CLUSTER_AGENT_NAMES.map((name) => [
    join(imageBinDir('cluster-agent'), name),
    [node, CLUSTER_AGENT],
  ])
  return {
    ...(Object.fromEntries(ofClusterAgent) as Record<string, readonly string[]>),
    sublet: [node, sublet],
    agent: [node, sublet, 'agent'],
    'trace-agent': IDLE,
    'process-agent': IDLE,
  }
}

/** Environment for whatever runs in the container. Nothing of the lab's own environment is in it. */
export function containerEnv(container: Container, binDir: string): Record<string, string> {
  const { base } = container
  const env: Record<string, string> = {
    HOSTNAME: base.sandbox.hostname ?? base.sandbox.podName,
    HOME: join(base.rootDir, 'root'),
    TMPDIR: join(base.rootDir, 'tmp'),
  }
  for (const { name, value } of base.env) env[name] = value
  const { bin } = resolveImage(base.image)
  const bins = bin === undefined ? [binDir] : [join(binDir, imageBinDir(bin)), binDir]
  env['PATH'] = [...bins, env['PATH'] ?? DEFAULT_PATH].join(':')
  env['SUBLET_CONTAINER_ROOT'] = base.rootDir
  env['SUBLET_POD_IP'] = base.sandbox.podIp
  return env
}

/** Why a container's program cannot be started; undefined when it can. Sublet's own programs always can. */
export function missingCommand(
  container: Container,
  programs: Programs,
  binDir: string,
): NoProgram | undefined {
  const { program, base } = container
  if (program.kind !== 'foreign') return undefined
  const [real = ''] = rewriteForeign(container, program.argv, programs)
  const path = containerEnv(container, binDir)['PATH'] ?? ''
  return missingProgram(program.argv[0] ?? '', real, path, base.rootDir)
}

/** What is really started for a container's program. */
export function launchPlan(
  container: Container,
  programs: Programs,
  binDir: string,
): Pick<ChildPlan, 'argv' | 'env' | 'stdin'> {
  const env = containerEnv(container, binDir)
  const { program } = container
  const argv = realArgv(container, program, programs)
  if (program.kind === 'foreign') {
    const stdin = container.stdin ? 'pipe' : 'none'
    return container.tty
      ? { argv: onTerminal(argv), env: { ...env, ...TERMINAL_ENV }, stdin: 'pipe' }
      : { argv, env, stdin }
  }
  return { argv, env: { ...env, SUBLET_EXIT_WITH_STDIN: '1' }, stdin: 'hold' }
}

function realArgv(container: Container, program: Program, programs: Programs): readonly string[] {
  switch (program.kind) {
    case 'idle':
      return IDLE
    case 'nginx':
      return [programs.node, NGINX]
    case 'cluster-agent':
      return [programs.node, CLUSTER_AGENT, ...program.args]
    case 'sublet':
      return [programs.node, programs.sublet, ...program.args]
    case 'foreign':
      return rewriteForeign(container, program.argv, programs)
  }
}

/** Sublet's own programs find their files themselves; all others get real paths. */
export function rewriteForeign(
  container: Container,
  argv: readonly string[],
  programs: Programs,
): readonly string[] {
  const isOwn = ['sublet', programs.node, ...CLUSTER_AGENT_NAMES].includes(argv[0] ?? '')
  return isOwn ? argv : keepArchiveNames(argv, rewriteArgv(argv, container.root.pairs))
}
