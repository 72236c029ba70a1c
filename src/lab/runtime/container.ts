import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Child } from './child.ts'
import type { Image, Program } from './images.ts'
import type { RootDirectory } from './root-directory.ts'
import type { ContainerConfig, ContainerInfo, ContainerPhase, SandboxConfig } from './types.ts'

/** A container as the runtime keeps it; `toInfo` makes the copy that others see. */
export interface Container {
  readonly base: Omit<
    ContainerInfo,
    'phase' | 'pid' | 'startedAt' | 'finishedAt' | 'exitCode' | 'startError'
  >
  readonly program: Program
  readonly root: RootDirectory
  readonly imageSizeBytes: number
  /** Directories of the cgroup file system that its processes enter. */
  readonly cgroups: readonly string[]
  readonly execs: Set<Child>
  readonly config: ContainerConfig
  readonly stdin: boolean
  readonly tty: boolean
  /** Who is attached to its program's output. */
  readonly attached: Set<(stream: 'stdout' | 'stderr', chunk: Buffer) => void>
  phase: ContainerPhase
  child?: Child
  /** Resolves when the container has ended and all that follows from it is done. */
  ended?: Promise<void>
  startedAt?: number
  finishedAt?: number
  exitCode?: number
  startError?: string
  removing?: Promise<void>
  disk?: { readonly at: number; readonly bytes: number; readonly inodes: number }
}

export function toInfo(container: Container): ContainerInfo {
  const { base, phase, child, startedAt, finishedAt, exitCode, startError } = container
  return {
    ...base,
    phase,
    ...(phase === 'running' && child ? { pid: child.programPid } : {}),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(startError === undefined ? {} : { startError }),
  }
}

/** Sandboxes are containers too: named `POD`, of the pause image. */
export function sandboxAsContainer(): ContainerConfig {
  return {
    name: 'POD',
    attempt: 0,
    image: 'registry.k8s.io/pause:3.10',
    command: [],
    args: [],
    env: [],
    mounts: [],
    limits: {},
    requests: {},
    logPath: '',
  }
}

export function newContainerId(): string {
  return createHash('sha256').update(randomBytes(32)).digest('hex')
}

/** Everything about a container that does not change while it lives. */
export function describeContainer(options: {
  id: string
  sandboxId: string
  sandbox: SandboxConfig
  config: ContainerConfig
  image: Image
  argv: readonly string[]
  rootDir: string
}): Container['base'] {
  const { id, sandboxId, sandbox, config, image, argv, rootDir } = options
  const { podName, podNamespace, podUid } = sandbox
  const env = { PATH: DEFAULT_PATH, ...image.env }
  const podEnv = new Set(config.env.map(({ name }) => name))
  return {
    id,
    sandboxId,
    kind: id === sandboxId ? 'sandbox' : 'container',
    sandbox,
    name: config.name,
    attempt: config.attempt,
    image: image.name,
    imageId: image.id,
    runtimeName: `k8s_${config.name}_${podName}_${podNamespace}_${podUid}_${config.attempt}`,
    argv,
    env: [
      ...config.env,
      ...Object.entries(env)
        .filter(([name]) => !podEnv.has(name))
        .map(([name, value]) => ({ name, value })),
    ],
    mounts: config.mounts,
    limits: config.limits,
    requests: config.requests,
    createdAt: Date.now(),
    logPath: config.logPath,
    stdin: config.stdin ?? false,
    tty: config.tty ?? false,
    rootDir,
    cgroupPath: join(podCgroup(sandbox), id),
  }
}

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
export const ALL_PODS_CGROUP = '/kubepods'

/** The pod's cgroup below the lab's own, as the kubelet's cgroupfs driver names it. */
export function podCgroup(sandbox: SandboxConfig): string {
  const { qosClass, podUid } = sandbox
  const parent =
    qosClass === 'Guaranteed' ? ALL_PODS_CGROUP : `${ALL_PODS_CGROUP}/${qosClass.toLowerCase()}`
  return `${parent}/pod${podUid}`
}
