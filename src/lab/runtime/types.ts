import type { Writable } from 'node:stream'

/**
 * What the lab's kubelet asks of a container runtime. `process` runs each container as a child process, `namespaces` each
 * in mount and pid namespaces of its own, `docker` each in a container of a real Docker Engine.
 */

export type RuntimeKind = 'process' | 'namespaces' | 'docker'

/** An image as a node has it. */
export interface ImageFacts {
  readonly id: string
  readonly sizeBytes: number
  /** It is known to run as root. */
  readonly isRoot: boolean
}

/** A file or directory of the machine that the container sees at `containerPath`. */
export interface Mount {
  readonly hostPath: string
  readonly containerPath: string
  readonly readOnly: boolean
}

export interface SandboxConfig {
  readonly podName: string
  readonly podNamespace: string
  readonly podUid: string
  /** The pod's own loopback address; with `hostNetwork` the node's. */
  readonly podIp: string
  readonly hostNetwork: boolean
  /** HOSTNAME in its containers; the pod's name by default. */
  readonly hostname?: string
  /** More lines for its containers' /etc/hosts; `namespaces` only. */
  readonly hostAliases?: readonly { readonly ip: string; readonly hostnames: readonly string[] }[]
  readonly qosClass: 'Guaranteed' | 'Burstable' | 'BestEffort'
  /**
   * Whose processes its containers see: each its own (the default), all of the pod (`shareProcessNamespace`), or all of the
   * node (`hostPID`). `process` shows all in any case, `namespaces` never those of the machine.
   */
  readonly processes?: 'container' | 'pod' | 'node'
}

export interface ContainerConfig {
  readonly name: string
  /** Restarts so far: the last part of Docker's name for it. */
  readonly attempt: number
  readonly image: string
  /** Overrides the image's entrypoint, as in a pod's spec. */
  readonly command: readonly string[]
  /** Overrides the image's arguments. */
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly mounts: readonly Mount[]
  /** Where its program and commands start; `/` by default. Made where it is missing. */
  readonly workingDir?: string
  /** Who its programs are; root by default. Only `namespaces` under root can make them somebody else. */
  readonly user?: {
    readonly uid?: number
    readonly gid?: number
    readonly groups?: readonly number[]
  }
  /** Nothing but its mounts can be written; `namespaces` only. */
  readonly readOnlyRoot?: boolean
  /** It keeps all capabilities that the lab has; `namespaces` leaves others those that Docker gives. */
  readonly privileged?: boolean
  /** More and fewer than Docker gives: `NET_ADMIN`, `ALL`; only `namespaces` under root looks at them. */
  readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] }
  readonly limits: { readonly cpuMillicores?: number; readonly memoryBytes?: number }
  readonly requests: { readonly cpuMillicores?: number; readonly memoryBytes?: number }
  /** Standard output and error, one CRI log line per line: `<time> stdout F <text>`. */
  readonly logPath: string
  /** Its standard input stays open for those who attach; else it is empty. */
  readonly stdin?: boolean
  /** It runs on a terminal of its own: one stream of output, which may be resized. */
  readonly tty?: boolean
}

export type ContainerPhase = 'created' | 'running' | 'exited'

export interface ContainerInfo {
  /** 64 hex digits. */
  readonly id: string
  readonly sandboxId: string
  readonly kind: 'sandbox' | 'container'
  readonly sandbox: SandboxConfig
  /** `POD` for a sandbox. */
  readonly name: string
  readonly attempt: number
  readonly image: string
  readonly imageId: string
  /** Docker's name: `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`. */
  readonly runtimeName: string
  readonly argv: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly mounts: readonly Mount[]
  readonly limits: { readonly cpuMillicores?: number; readonly memoryBytes?: number }
  readonly requests: { readonly cpuMillicores?: number; readonly memoryBytes?: number }
  readonly phase: ContainerPhase
  readonly pid?: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly startedAt?: number
  readonly finishedAt?: number
  readonly exitCode?: number
  /** Why it never ran, in the runtime's words. It has ended, with an exit code. */
  readonly startError?: string
  readonly logPath: string
  /** Its standard input is open. */
  readonly stdin?: boolean
  /** It runs on a terminal of its own. */
  readonly tty?: boolean
  /** The container's root directory on the machine. `process`: its mounts are below it at their container paths. */
  readonly rootDir: string
  /** The cgroup path as cadvisor shows it: `/kubepods/burstable/pod<uid>/<id>`. */
  readonly cgroupPath: string
}

/** One reading of a container, of a whole pod (its cgroup or the sum of its processes), or of all pods. Units in the names. */
export interface UsageReading {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly cpuUsageNanoseconds: number
  readonly cpuUserNanoseconds: number
  readonly cpuSystemNanoseconds: number
  readonly cfsPeriods: number
  readonly cfsThrottledPeriods: number
  readonly cfsThrottledNanoseconds: number
  readonly memoryUsageBytes: number
  readonly memoryWorkingSetBytes: number
  readonly memoryRssBytes: number
  readonly memoryCacheBytes: number
  readonly memorySwapBytes: number
  readonly memoryMappedFileBytes: number
  readonly memoryMaxUsageBytes: number
  readonly pageFaults: number
  readonly majorPageFaults: number
  readonly ioReadBytes: number
  readonly ioWriteBytes: number
  readonly ioReads: number
  readonly ioWrites: number
  readonly processes: number
  readonly threads: number
  readonly fileDescriptors: number
  readonly sockets: number
  readonly rootfsUsedBytes: number
  readonly rootfsInodesUsed: number
}

export type RuntimeEvent = {
  readonly type: 'create' | 'start' | 'die' | 'destroy'
  readonly container: ContainerInfo
}

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/** A running command, or a container's own program, with its streams open. */
export interface ProcessStreams {
  /** Ending it is end-of-file to the program. Undefined: it takes no input. */
  readonly stdin: Writable | undefined
  /** While it is held back, no output is read, and a program that prints much waits. */
  holdBack(isHeldBack: boolean): void
  /** Tells its terminal, when it has one, how large it is. */
  resize(columns: number, rows: number): void
  /** The exit code; 128 + the signal's number when a signal ended it. Resolves after the output. Never rejects. */
  readonly ended: Promise<number>
  /** Ends a command; only leaves a container's own program. */
  leave(): void
}

export interface StreamOptions {
  readonly stdin: boolean
  /** A terminal of its own: all output is on stdout. */
  readonly tty: boolean
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
}

export interface ContainerRuntime extends AsyncDisposable {
  readonly kind: RuntimeKind
  /** Why it is this one, for people: `as asked for`, or what speaks against a better one. */
  readonly why: string
  /** What a container id is prefixed with in a pod's status. */
  readonly idPrefix: 'docker://'
  /** `cgroup-v1`, `cgroup-v2`: limits and readings from the kernel; `proc`: readings of the processes, no limits. */
  readonly accounting: 'cgroup-v1' | 'cgroup-v2' | 'proc'
  runSandbox(config: SandboxConfig): Promise<ContainerInfo>
  /**
   * The image as this node has it; with `docker` it is pulled where it must be. Throws E_RUNTIME with reason `ErrImagePull` in
   * its message when it cannot be had.
   */
  findImage(reference: string): ImageFacts | Promise<ImageFacts>
  /** Throws E_RUNTIME with reason `ErrImagePull` in its message for an image the lab has no stand-in for. */
  createContainer(sandboxId: string, config: ContainerConfig): Promise<ContainerInfo>
  /** Throws E_RUNTIME when its program cannot be run; then it has ended, with a `startError`. */
  startContainer(id: string): Promise<ContainerInfo>
  /** SIGTERM, then SIGKILL after the grace time. Stopping what has ended is harmless. */
  stopContainer(id: string, graceMs: number): Promise<void>
  removeContainer(id: string): Promise<void>
  /** Stops and removes the sandbox and all its containers. */
  removeSandbox(sandboxId: string, graceMs: number): Promise<void>
  /** Runs a command in the container's surroundings (its env, root and cgroup). */
  exec(
    id: string,
    argv: readonly string[],
    options?: {
      stdin?: string | Buffer
      signal?: AbortSignal
      env?: Record<string, string>
      maxBytes?: number
    },
  ): Promise<ExecResult>
  /**
   * Starts a command in the container's surroundings with its streams open. Throws E_RUNTIME when the container does not
   * run or there is no such program.
   */
  stream(id: string, argv: readonly string[], options: StreamOptions): Promise<ProcessStreams>
  /** The streams of the container's own program, from now on. Throws E_RUNTIME when it does not run. */
  attach(id: string, options: Omit<StreamOptions, 'tty'>): ProcessStreams
  list(): readonly ContainerInfo[]
  get(id: string): ContainerInfo | undefined
  usage(id: string): Promise<UsageReading>
  /** The pod's cgroup, or the sum of its containers where there are no cgroups. */
  podUsage(sandboxId: string): Promise<UsageReading>
  /** All pods together: the `/kubepods` cgroup or its sum. */
  allPodsUsage(): Promise<UsageReading>
  /** Calls the listener for every change; returns what stops it. */
  onEvent(listener: (event: RuntimeEvent) => void): () => void
  images(): readonly {
    readonly names: readonly string[]
    readonly id: string
    readonly sizeBytes: number
    /** Milliseconds since 1970; undefined for stand-ins. */
    readonly createdAt?: number
  }[]
}
