import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { SubletError } from '../../core/index.ts'

/** How a container's command is started. */
export type Program =
  /** An idle child that ends when its stdin does. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'nginx' }
  /** The stand-in for the Cluster Agent, with these arguments. */
  | { readonly kind: 'cluster-agent'; readonly args: readonly string[] }
  /** `sublet` with these arguments. */
  | { readonly kind: 'sublet'; readonly args: readonly string[] }
  /** A program of the machine. Knows nothing of the container's root: its arguments are rewritten. */
  | { readonly kind: 'foreign'; readonly argv: readonly string[] }

interface StandIn {
  /** The repository, without the registries and libraries that may be left out. */
  readonly pattern: RegExp
  /** For people: how such an image is named. */
  readonly example: string
  readonly sizeMegabytes: number
  /** It is known to run as root; of the others nothing is said. */
  readonly isRoot?: boolean
  /** The image's entrypoint: what a pod's `command` replaces. */
  readonly command: readonly string[]
  /** The image's own arguments: what a pod's `args`, and its `command`, replace. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Directories that the image brings. */
  readonly dirs?: readonly string[]
  /** Programs of its own in the PATH. */
  readonly bin?: ImageBin
  readonly program: (argv: readonly string[]) => Program
}

/** A folder of programs that only containers of some images have in their PATH. */
export type ImageBin = 'cluster-agent'

const idle = (): Program => ({ kind: 'idle' })
const foreign = (argv: readonly string[]): Program => ({ kind: 'foreign', argv })
const withoutProgram = (argv: readonly string[], ...names: string[]): readonly string[] =>
  names.includes(basename(argv[0] ?? '')) ? argv.slice(1) : argv

const NGINX_ENV = { NGINX_VERSION: '1.29.3', NJS_VERSION: '0.9.4' }
const DATADOG_ENV = { DOCKER_DD_AGENT: 'true', DD_PYTHON_VERSION: '3' }

function plain(
  name: string,
  sizeMegabytes: number,
  repository = `registry.k8s.io/${name}`,
): StandIn {
  return {
    pattern: new RegExp(`(^|/)${name}$`),
    example: repository,
    sizeMegabytes,
    command: [`/${name}`],
    program: idle,
  }
}

/** The images that the lab has a stand-in for. */
const STAND_INS: readonly StandIn[] = [
  plain('pause', 1),
  plain('coredns', 74, 'registry.k8s.io/coredns/coredns'),
  plain('etcd', 195),
  plain('kube-apiserver', 89),
  plain('kube-controller-manager', 75),
  plain('kube-scheduler', 53),
  plain('kube-proxy', 72),
  plain('storage-provisioner', 31, 'gcr.io/k8s-minikube/storage-provisioner'),
  {
    pattern: /(^|\/)nginx$/,
    example: 'nginx',
    isRoot: true,
    sizeMegabytes: 53,
    command: ['/docker-entrypoint.sh', 'nginx', '-g', 'daemon off;'],
    env: NGINX_ENV,
    program: () => ({ kind: 'nginx' }),
  },
  {
    pattern: /(^|\/)(busybox|alpine)$/,
    example: 'busybox',
    isRoot: true,
    sizeMegabytes: 4,
    command: [],
    args: ['sh'],
    program: foreign,
  },
  {
    pattern: /(^|\/)datadog\/agent$/,
    example: 'gcr.io/datadoghq/agent',
    isRoot: true,
    sizeMegabytes: 1290,
    command: ['/bin/entrypoint.sh'],
    env: DATADOG_ENV,
    dirs: ['/etc/datadog-agent'],
    program: datadogProgram,
  },
  {
    pattern: /(^|\/)datadog\/cluster-agent$/,
    example: 'gcr.io/datadoghq/cluster-agent',
    sizeMegabytes: 310,
    command: ['/entrypoint.sh', 'datadog-cluster-agent', 'start'],
    env: { DOCKER_DD_AGENT: 'true', DD_KUBERNETES_COLLECT_METADATA_TAGS: 'true' },
    dirs: ['/etc/datadog-agent'],
    bin: 'cluster-agent',
    program: clusterAgentProgram,
  },
  {
    pattern: /(^|\/)(loft-sh|loftsh)\/vcluster[a-z-]*$/,
    example: 'ghcr.io/loft-sh/vcluster-oss',
    sizeMegabytes: 148,
    command: ['/vcluster', 'start'],
    program: (argv) => ({
      kind: 'sublet',
      args: ['lab', 'vcluster', ...withoutProgram(withoutProgram(argv, 'vcluster'), 'start')],
    }),
  },
  {
    pattern: /(^|\/)metrics-server$/,
    example: 'registry.k8s.io/metrics-server/metrics-server',
    sizeMegabytes: 82,
    command: ['/metrics-server'],
    program: (argv) => ({
      kind: 'sublet',
      args: ['lab', 'metrics-server', '--', ...withoutProgram(argv, 'metrics-server')],
    }),
  },
  {
    pattern: /(^|\/)sublet(\/(sublet|gateway|agent))?$/,
    example: 'ghcr.io/sublet/sublet',
    sizeMegabytes: 120,
    command: ['sublet'],
    program: (argv) => ({ kind: 'sublet', args: withoutProgram(argv, 'sublet', 'sublet.js') }),
  },
]

const SHELLS = ['sh', 'bash', 'ash', 'dash']
/** Shells and what init containers use: run as they are, whatever the image is. */
const MACHINE_PROGRAMS = [
  ...SHELLS,
  'cp',
  'cat',
  'sleep',
  'true',
  'false',
  'ls',
  'env',
  'echo',
  'test',
]

function datadogProgram(argv: readonly string[]): Program {
  const [first = '', ...rest] = argv
  const program = basename(first)
  if (program === 'agent') return { kind: 'sublet', args: ['agent', ...rest] }
  if (program === 'entrypoint.sh' || program === 'init') {
    const [second = ''] = rest
    return rest.length === 0
      ? { kind: 'sublet', args: ['agent', 'run'] }
      : datadogProgram([second, ...rest.slice(1)])
  }
  return idle()
}

/** Its programs by name, also behind the image's entrypoint; anything else idles. */
function clusterAgentProgram(argv: readonly string[]): Program {
  const [first = '', ...rest] = argv
  const program = basename(first)
  if (program === 'entrypoint.sh') return clusterAgentProgram(rest)
  const isOwn = CLUSTER_AGENT_NAMES.includes(program)
  return isOwn ? { kind: 'cluster-agent', args: rest } : idle()
}

/** What the Cluster Agent's program is called in its container. */
export const CLUSTER_AGENT_NAMES: readonly string[] = [
  'agent',
  'cluster-agent',
  'datadog-cluster-agent',
]

/** An image as the runtime knows it. */
export interface Image {
  /** As it was asked for, with a tag: `nginx:alpine`. */
  readonly name: string
  /** `sha256:` and 64 hex digits, made of the full name. */
  readonly id: string
  readonly sizeBytes: number
  readonly isRoot: boolean
  readonly env: Readonly<Record<string, string>>
  readonly dirs: readonly string[]
  readonly bin: ImageBin | undefined
  /** The command as it is shown, and how it is really started. */
  plan(
    command: readonly string[],
    args: readonly string[],
  ): { readonly argv: readonly string[]; readonly program: Program }
}

/**
 * Finds the stand-in of an image. Tags and digests do not matter, nor do `docker.io/` and `library/`.
 * Throws E_RUNTIME (`ErrImagePull`), which names the images that there are.
 */
export function resolveImage(reference: string): Image {
  const repository = fullRepository(reference)
  const standIn = STAND_INS.find(({ pattern }) => pattern.test(repository))
  if (!standIn) {
    const known = imageExamples().join(', ')
    throw new SubletError(
      'E_RUNTIME',
      `ErrImagePull: the lab has no stand-in for image "${reference}"; it has these (with any tag): ${known}`,
    )
  }
  return {
    name: withTag(reference),
    id: `sha256:${sha256(`${repository}:${tagOf(reference)}`)}`,
    sizeBytes: standIn.sizeMegabytes * 1_000_000,
    isRoot: standIn.isRoot ?? false,
    env: standIn.env ?? {},
    dirs: standIn.dirs ?? [],
    bin: standIn.bin,
    plan(command, args) {
      // As Kubernetes does: `command` replaces the image's command altogether, `args` follow it.
      const own = command.length > 0 ? command : standIn.command
      const isBare = command.length === 0 && args.length === 0
      const argv = [...own, ...(isBare ? (standIn.args ?? []) : args)]
      const runsHere = command.length > 0 && MACHINE_PROGRAMS.includes(basename(command[0] ?? ''))
      return { argv, program: runsHere ? foreign(argv) : standIn.program(argv) }
    },
  }
}

/** The images that the lab can run, for messages and docs; each with any tag. */
export function imageExamples(): readonly string[] {
  return STAND_INS.map(({ example }) => example)
}

function fullRepository(reference: string): string {
  return reference
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^(docker\.io|index\.docker\.io)\//, '')
    .replace(/^library\//, '')
    .replace(/^gcr\.io\/datadoghq\//, 'datadog/')
    .replace(/^public\.ecr\.aws\/datadog\//, 'datadog/')
}

function tagOf(reference: string): string {
  return /:([^/:@]+)(@.*)?$/.exec(reference.replace(/@.*$/, ''))?.[1] ?? 'latest'
}

function withTag(reference: string): string {
  if (reference.includes('@')) return reference
  return /:[^/:]+$/.test(reference) ? reference : `${reference}:latest`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
