import { labelsOf } from '../docker/labels.ts'
import { hostNameOf } from '../namespaces/machine-image.ts'
import { PAUSE, sharesProcesses } from '../namespaces/shared-processes.ts'
import type { Container } from '../container.ts'
import { launchPlan, type Programs } from '../launch.ts'
import type { ContainerConfig } from '../types.ts'
import type { EngineImage } from './engine-image.ts'
import type { BindMount, MachineBase } from './machine-base.ts'

/** Which lab a container belongs to: what is removed by, and nothing else. */
export const LAB_LABEL = 'io.sublet.lab'
const NODE_LABEL = 'io.sublet.node'
const IMAGE_LABEL = 'io.sublet.image'

const CPU_PERIOD = 100_000
const MAX_HOSTNAME = 63
/** An idle container's program: as the first process of a namespace it would not hear SIGTERM without the trap. */
const IDLE = ['/bin/sh', '-c', 'trap "exit 143" TERM; while read -r _; do :; done']

export interface BodyPlan {
  readonly container: Container
  readonly found: EngineImage
  readonly base: MachineBase
  readonly programs: Programs
  readonly lab: string
  readonly nodeName: string
  /** The pod's /etc/hosts on the machine. */
  readonly hostsFile: string
}

/** The body of `POST /containers/create`: what the kubelet asks of Docker, on the machine's own network. */
export function createBody(plan: BodyPlan): object {
  const { container, found, base, lab, nodeName, hostsFile } = plan
  const { base: facts, config } = container
  const image = found.kind === 'real' ? realProgram(container) : standInProgram(plan)
  const holdsInput = image.holdsInput || container.stdin
  const own = facts.mounts.map(({ hostPath, containerPath, readOnly }) =>
    bind(hostPath, containerPath, readOnly),
  )
  const hasHosts = own.some(({ Target }) => Target === '/etc/hosts')
  return {
    Image: found.kind === 'real' ? found.id : base.reference,
    ...image.words,
    Hostname: hostNameOf(facts.sandbox)
      .slice(0, MAX_HOSTNAME)
      .replace(/[-.]+$/, ''),
    ...(userOf(config) === undefined ? {} : { User: userOf(config) }),
    ...(config.workingDir === undefined ? {} : { WorkingDir: config.workingDir }),
    Labels: {
      ...labelsOf({ ...facts, phase: 'created' }),
      [LAB_LABEL]: lab,
      [NODE_LABEL]: nodeName,
      [IMAGE_LABEL]: facts.image,
    },
    Tty: container.tty,
    OpenStdin: holdsInput,
    StdinOnce: holdsInput,
    AttachStdin: holdsInput,
    AttachStdout: true,
    AttachStderr: true,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: 'host',
      PidMode: pidMode(facts),
      Mounts: [
        ...(found.kind === 'real' ? [] : base.mounts),
        ...(hasHosts ? [] : [bind(hostsFile, '/etc/hosts', false)]),
        ...own,
      ],
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      ReadonlyRootfs: config.readOnlyRoot ?? false,
      Privileged: config.privileged ?? false,
      GroupAdd: (config.user?.groups ?? []).map(String),
      ...resourcesOf(container),
    },
  }
}

/** As a kubelet asks for it: containers join the processes of their sandbox, or see those of the machine. */
function pidMode({ kind, sandbox, sandboxId }: Container['base']): string {
  if (sandbox.processes === 'node') return 'host'
  return sandbox.processes === 'pod' && kind === 'container' ? `container:${sandboxId}` : ''
}

const bind = (Source: string, Target: string, ReadOnly: boolean): BindMount => ({
  Type: 'bind',
  Source,
  Target,
  ReadOnly,
})

function userOf({ user }: Pick<ContainerConfig, 'user'>): string | undefined {
  if (user?.uid === undefined && user?.gid === undefined) return undefined
  const { uid = 0, gid } = user
  return gid === undefined ? String(uid) : `${uid}:${gid}`
}

interface ProgramWords {
  readonly words: {
    readonly Entrypoint?: readonly string[]
    readonly Cmd?: readonly string[]
    readonly Env: readonly string[]
  }
  /** It ends when its standard input does. */
  readonly holdsInput: boolean
}

/** As Kubernetes does: `command` replaces the image's entrypoint and arguments, `args` its arguments. */
function realProgram({ config, base }: Container): ProgramWords {
  const { command, args } = config
  const Env = [...config.env, { name: 'SUBLET_POD_IP', value: base.sandbox.podIp }]
  return {
    words: {
      ...(command.length > 0 ? { Entrypoint: command } : {}),
      ...(args.length > 0 ? { Cmd: args } : {}),
      Env: Env.map(({ name, value }) => `${name}=${value}`),
    },
    holdsInput: false,
  }
}

function standInProgram({ container, base, programs }: BodyPlan): ProgramWords {
  const { program } = container
  const { inside } = base
  // On a terminal the engine starts it itself.
  const { argv, env, stdin } = launchPlan({ ...container, tty: false }, programs, inside.binDir)
  const isOwn = program.kind !== 'foreign'
  const isShared = container.base.kind === 'sandbox' && sharesProcesses(container.base)
  const idle = isShared ? PAUSE : IDLE
  const own = program.kind === 'idle' ? idle : isOwn ? argv.map(inside.toInside) : argv
  return {
    words: { Entrypoint: own, Cmd: [], Env: asWords(env, container) },
    holdsInput: stdin === 'hold',
  }
}

function asWords(env: Readonly<Record<string, string>>, { base, config }: Container): string[] {
  const isSet = (name: string): boolean => base.env.some((each) => each.name === name)
  const home = (config.user?.uid ?? 0) === 0 || isSet('HOME') ? {} : { HOME: '/' }
  return Object.entries({ ...env, ...home })
    .filter(([name]) => name !== 'TMPDIR' || isSet(name))
    .map(([name, value]) => `${name}=${value}`)
}

function resourcesOf({ base: { limits, requests, kind, sandbox } }: Container): object {
  const shares = requests.cpuMillicores ?? limits.cpuMillicores ?? 0
  return {
    CpuShares: Math.max(2, Math.floor((shares * 1024) / 1000)),
    ...(limits.cpuMillicores === undefined
      ? {}
      : { CpuPeriod: CPU_PERIOD, CpuQuota: Math.max(1000, limits.cpuMillicores * 100) }),
    ...(limits.memoryBytes === undefined
      ? {}
      : { Memory: limits.memoryBytes, MemorySwap: limits.memoryBytes }),
    // The kubelet's scores below zero need a power that not every engine has.
    ...(kind === 'container' && sandbox.qosClass === 'BestEffort' ? { OomScoreAdj: 1000 } : {}),
  }
}
