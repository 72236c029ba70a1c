import type { ContainerRuntime } from '../types.ts'
import { hostFacts } from './host-facts.ts'
import { API_VERSION, ENGINE_VERSION, MIN_API_VERSION } from './limits.ts'

/** `GET /version`. */
export function versionAnswer(): object {
  const { goArchitecture, kernel } = hostFacts()
  const details = {
    ApiVersion: API_VERSION,
    Arch: goArchitecture,
    BuildTime: '',
    Experimental: 'false',
    GitCommit: '',
    GoVersion: '',
    KernelVersion: kernel,
    MinAPIVersion: MIN_API_VERSION,
    Os: 'linux',
  }
  return {
    Platform: { Name: 'Sublet lab' },
    Components: [{ Name: 'Engine', Version: ENGINE_VERSION, Details: details }],
    Version: ENGINE_VERSION,
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    GitCommit: '',
    GoVersion: '',
    Os: 'linux',
    Arch: goArchitecture,
    KernelVersion: kernel,
    BuildTime: '',
  }
}

/** `GET /info`: `Name` is the node's name, from which agents take the host's. */
export function infoAnswer(runtime: ContainerRuntime, nodeName: string): object {
  const containers = runtime.list()
  const running = containers.filter(({ phase }) => phase === 'running').length
  return {
    ID: `sublet-${nodeName}`,
    Name: nodeName,
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: 0,
    ContainersStopped: containers.length - running,
    Images: runtime.images().length,
    SystemTime: new Date().toISOString(),
    ...machineInfo(),
    ...limitsInfo(runtime.accounting),
    ...ENGINE_INFO,
  }
}

function machineInfo(): object {
  const { kernel, architecture, cpus, memoryBytes } = hostFacts()
  return {
    KernelVersion: kernel,
    OperatingSystem: 'Sublet lab (containers are processes of this machine)',
    OSVersion: '',
    OSType: 'linux',
    Architecture: architecture,
    NCPU: cpus,
    MemTotal: memoryBytes,
  }
}

function limitsInfo(accounting: ContainerRuntime['accounting']): object {
  const limits = accounting !== 'proc'
  return {
    DriverStatus: [['Readings', accounting]],
    MemoryLimit: limits,
    SwapLimit: false,
    CpuCfsPeriod: limits,
    CpuCfsQuota: limits,
    CPUShares: limits,
    CPUSet: false,
    PidsLimit: false,
    OomKillDisable: false,
    CgroupDriver: 'cgroupfs',
    CgroupVersion: accounting === 'cgroup-v2' ? '2' : '1',
  }
}

/** What is the same in every lab. */
const ENGINE_INFO = {
  ServerVersion: ENGINE_VERSION,
  Driver: 'sublet',
  LoggingDriver: 'json-file',
  Plugins: {
    Volume: ['local'],
    Network: ['host', 'none'],
    Authorization: null,
    Log: ['json-file'],
  },
  Runtimes: { 'sublet-process': { path: 'sublet' } },
  DefaultRuntime: 'sublet-process',
  Swarm: {
    NodeID: '',
    NodeAddr: '',
    LocalNodeState: 'inactive',
    ControlAvailable: false,
    Error: '',
    RemoteManagers: null,
  },
  IPv4Forwarding: true,
  Debug: false,
  NFd: 0,
  NGoroutines: 0,
  NEventsListener: 0,
  IndexServerAddress: 'https://index.docker.io/v1/',
  RegistryConfig: { IndexConfigs: {}, InsecureRegistryCIDRs: [], Mirrors: [] },
  GenericResources: null,
  DockerRootDir: '/var/lib/docker',
  HttpProxy: '',
  HttpsProxy: '',
  NoProxy: '',
  Labels: [],
  ExperimentalBuild: false,
  LiveRestoreEnabled: false,
  Isolation: '',
  InitBinary: '',
  ContainerdCommit: { ID: '' },
  RuncCommit: { ID: '' },
  InitCommit: { ID: '' },
  SecurityOptions: [],
  Warnings: null,
}
