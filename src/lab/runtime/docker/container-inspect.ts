import { dirname } from 'node:path'
import { nanoTime } from '../cri-log.ts'
import type { ContainerInfo } from '../types.ts'
import { mountOf, networkMode, networksOf } from './container-list.ts'
import { labelsOf } from './labels.ts'

const NEVER = '0001-01-01T00:00:00Z'
const time = (ms: number | undefined): string => (ms === undefined ? NEVER : nanoTime(ms))

/** `GET /containers/{id}/json`: what agents and the CLI read; the rest as Docker leaves it when nothing was set. */
export function inspectContainer(container: ContainerInfo, nodeName: string): object {
  const [path = '', ...args] = container.argv
  return {
    Id: container.id,
    Created: time(container.createdAt),
    Path: path,
    Args: args,
    State: stateOf(container),
    Image: container.imageId,
    ResolvConfPath: '',
    HostnamePath: '',
    HostsPath: '',
    LogPath: container.logPath,
    Name: `/${container.runtimeName}`,
    RestartCount: 0,
    Driver: 'sublet',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: null,
    HostConfig: hostConfigOf(container),
    GraphDriver: { Data: { MergedDir: container.rootDir }, Name: 'sublet' },
    Mounts: container.mounts.map(mountOf),
    Config: configOf(container, nodeName),
    NetworkSettings: {
      Bridge: '',
      SandboxID: '',
      SandboxKey: '',
      Ports: {},
      Gateway: '',
      IPAddress: '',
      IPPrefixLen: 0,
      MacAddress: '',
      Networks: networksOf(container),
    },
  }
}

function stateOf(container: ContainerInfo): object {
  const { phase, pid, exitCode, startedAt, finishedAt } = container
  return {
    Status: phase,
    Running: phase === 'running',
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: pid ?? 0,
    ExitCode: exitCode ?? 0,
    Error: '',
    StartedAt: time(startedAt),
    FinishedAt: time(finishedAt),
  }
}

function hostConfigOf(container: ContainerInfo): object {
  const { limits, requests, mounts, cgroupPath, kind, sandboxId } = container
  const shared = kind === 'container' ? `container:${sandboxId}` : ''
  const shares = requests.cpuMillicores ?? limits.cpuMillicores ?? 0
  return {
    Binds: mounts.map(
      ({ hostPath, containerPath, readOnly }) =>
        `${hostPath}:${containerPath}${readOnly ? ':ro' : ''}`,
    ),
    ContainerIDFile: '',
    LogConfig: { Type: 'json-file', Config: {} },
    NetworkMode: networkMode(container),
    PortBindings: null,
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    AutoRemove: false,
    IpcMode: kind === 'sandbox' ? 'shareable' : shared,
    PidMode: '',
    Privileged: false,
    ReadonlyRootfs: false,
    Runtime: 'sublet-process',
    CpuShares: Math.max(2, Math.floor((shares * 1024) / 1000)),
    CpuPeriod: limits.cpuMillicores === undefined ? 0 : 100_000,
    CpuQuota: (limits.cpuMillicores ?? 0) * 100,
    NanoCpus: 0,
    Memory: limits.memoryBytes ?? 0,
    MemorySwap: limits.memoryBytes ?? 0,
    MemoryReservation: 0,
    PidsLimit: null,
    CgroupParent: dirname(cgroupPath),
  }
}

function configOf(container: ContainerInfo, nodeName: string): object {
  const { sandbox, env, argv, image } = container
  return {
    Hostname: sandbox.hostNetwork ? nodeName : sandbox.podName,
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: env.map(({ name, value }) => `${name}=${value}`),
    Cmd: argv.slice(1),
    Image: image,
    Volumes: null,
    WorkingDir: '/',
    Entrypoint: argv.slice(0, 1),
    OnBuild: null,
    Labels: labelsOf(container),
  }
}
