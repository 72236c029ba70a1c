import { nanoTime } from '../cri-log.ts'
import type { ContainerInfo } from '../types.ts'
import { mountOf, networksOf } from './container-list.ts'
import { hostConfigOf } from './host-config.ts'
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
      HairpinMode: false,
      LinkLocalIPv6Address: '',
      LinkLocalIPv6PrefixLen: 0,
      SecondaryIPAddresses: null,
      SecondaryIPv6Addresses: null,
      EndpointID: '',
      Gateway: '',
      GlobalIPv6Address: '',
      GlobalIPv6PrefixLen: 0,
      IPAddress: '',
      IPPrefixLen: 0,
      IPv6Gateway: '',
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

/** A kubelet overrides the entrypoint with the whole command, and asks for no health check of Docker's. */
function configOf(container: ContainerInfo, nodeName: string): object {
  const { sandbox, env, argv, image, kind } = container
  const isContainer = kind === 'container'
  return {
    Hostname: sandbox.hostNetwork ? nodeName : sandbox.podName,
    Domainname: '',
    User: isContainer ? '0' : '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: container.tty ?? false,
    OpenStdin: container.stdin ?? false,
    StdinOnce: false,
    Env: isContainer ? env.map(({ name, value }) => `${name}=${value}`) : null,
    Cmd: null,
    ...(isContainer ? { Healthcheck: { Test: ['NONE'] } } : {}),
    Image: image,
    Volumes: null,
    WorkingDir: '',
    Entrypoint: argv,
    OnBuild: null,
    Labels: labelsOf(container),
  }
}
