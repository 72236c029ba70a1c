import { dirname } from 'node:path'
import type { ContainerInfo } from '../types.ts'
import { networkMode } from './container-list.ts'
import { hostFacts } from './host-facts.ts'

/** `HostConfig` of an inspection: what a kubelet asks Docker for, and Docker's own settings for what it does not. */
export function hostConfigOf(container: ContainerInfo): object {
  return {
    ...(container.kind === 'container' ? settingsOf(container) : sandboxSettings(container)),
    ...resourcesOf(container),
    ...UNSET,
  }
}

function settingsOf(container: ContainerInfo): object {
  const { mounts, sandbox, sandboxId } = container
  return {
    Binds: mounts.map(
      ({ hostPath, containerPath, readOnly }) =>
        `${hostPath}:${containerPath}${readOnly ? ':ro' : ''}`,
    ),
    NetworkMode: networkMode(container),
    PortBindings: null,
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    IpcMode: `container:${sandboxId}`,
    PidMode: PID_MODE[sandbox.processes ?? 'container'](sandboxId),
    UTSMode: sandbox.hostNetwork ? 'host' : '',
    SecurityOpt: ['seccomp=unconfined'],
    Devices: [],
  }
}

/** As a kubelet asks for it. */
const PID_MODE = {
  container: () => '',
  pod: (sandboxId: string) => `container:${sandboxId}`,
  node: () => 'host',
} as const

function sandboxSettings(container: ContainerInfo): object {
  return {
    Binds: null,
    NetworkMode: networkMode(container),
    PortBindings: {},
    RestartPolicy: { Name: '', MaximumRetryCount: 0 },
    IpcMode: 'shareable',
    PidMode: container.sandbox.processes === 'node' ? 'host' : '',
    UTSMode: '',
    SecurityOpt: ['no-new-privileges'],
    Devices: null,
  }
}

/** The kubelet's period of CPU quotas, in microseconds; it names it without a limit too. */
const CPU_PERIOD = 100_000

function resourcesOf(container: ContainerInfo): object {
  const { limits, requests, cgroupPath, kind } = container
  const shares = requests.cpuMillicores ?? limits.cpuMillicores ?? 0
  return {
    CpuShares: Math.max(2, Math.floor((shares * 1024) / 1000)),
    CpuPeriod: kind === 'container' ? CPU_PERIOD : 0,
    CpuQuota: (limits.cpuMillicores ?? 0) * (CPU_PERIOD / 1000),
    NanoCpus: 0,
    Memory: limits.memoryBytes ?? 0,
    MemorySwap: limits.memoryBytes ?? 0,
    MemoryReservation: 0,
    MemorySwappiness: null,
    PidsLimit: null,
    OomScoreAdj: oomScoreOf(container),
    OomKillDisable: false,
    CgroupParent: dirname(cgroupPath),
  }
}

/** As the kubelet's policy has it: who asks for much memory is killed late. */
function oomScoreOf({ kind, sandbox, requests }: ContainerInfo): number {
  if (kind === 'sandbox') return -998
  if (sandbox.qosClass === 'Guaranteed') return -997
  if (sandbox.qosClass === 'BestEffort') return 1000
  const share = (1000 * (requests.memoryBytes ?? 0)) / hostFacts().memoryBytes
  return Math.min(999, Math.max(3, 1000 - Math.floor(share)))
}

/** What a kubelet leaves to Docker. */
const UNSET = {
  ContainerIDFile: '',
  LogConfig: { Type: 'json-file', Config: {} },
  AutoRemove: false,
  VolumeDriver: '',
  VolumesFrom: null,
  ConsoleSize: [0, 0],
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: 'host',
  Dns: null,
  DnsOptions: null,
  DnsSearch: null,
  ExtraHosts: null,
  GroupAdd: null,
  Cgroup: '',
  Links: null,
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  UsernsMode: '',
  ShmSize: 64 * 1024 * 1024,
  Runtime: 'sublet-process',
  Isolation: '',
  BlkioWeight: 0,
  BlkioWeightDevice: null,
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: '',
  CpusetMems: '',
  DeviceCgroupRules: null,
  DeviceRequests: null,
  Ulimits: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
  MaskedPaths: [
    '/proc/acpi',
    '/proc/kcore',
    '/proc/keys',
    '/proc/latency_stats',
    '/proc/timer_list',
    '/proc/timer_stats',
    '/proc/sched_debug',
    '/proc/scsi',
    '/sys/firmware',
  ],
  ReadonlyPaths: [
    '/proc/asound',
    '/proc/bus',
    '/proc/fs',
    '/proc/irq',
    '/proc/sys',
    '/proc/sysrq-trigger',
  ],
}
