import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SubletError, describeError, type Logger } from '../../core/index.ts'
import { openAccounting, type Accounting } from './accounting.ts'
import { startChild } from './child.ts'
import {
  describeContainer,
  newContainerId,
  podCgroup,
  sandboxAsContainer,
  toInfo,
  type Container,
} from './container.ts'
import { openCriLog } from './cri-log.ts'
import { execInContainer } from './exec.ts'
import { startGuardian, type Guardian } from './guardian.ts'
import { resolveImage } from './images.ts'
import { killFamily, trySignal } from './kill.ts'
import { binPrograms, launchPlan, type Programs } from './launch.ts'
import { clearRootDirectory, makeBinDirectory, makeRootDirectory } from './root-directory.ts'
import { usageReader } from './read-usage.ts'
import type {
  ContainerConfig,
  ContainerInfo,
  ContainerRuntime,
  RuntimeEvent,
  SandboxConfig,
} from './types.ts'

export interface ProcessRuntimeOptions {
  /** State directory: `containers/<id>/rootfs` and the records of running processes are below it. */
  readonly rootDir: string
  /** Names the lab's cgroup, `sublet-<labId>`; unique on the machine. */
  readonly labId: string
  readonly nodeName: string
  /** `cgroup` insists on control groups, `proc` does without. Default `auto`. */
  readonly accounting?: 'auto' | 'cgroup' | 'proc'
  readonly log: Logger
  readonly programs: Programs
}

/** How long containers get to end when the whole runtime is closed. */
const CLOSE_GRACE_MS = 2000

/** What the functions below share. */
interface State {
  readonly rootDir: string
  readonly binDir: string
  readonly log: Logger
  readonly programs: Programs
  readonly accounting: Accounting
  readonly guardian: Guardian
  readonly containers: Map<string, Container>
  readonly listeners: Set<(event: RuntimeEvent) => void>
  closing: boolean
}

/**
 * The `process` runtime: each container is a child process with its own session, root directory and cgroup.
 * Throws E_PLATFORM elsewhere than on Linux, E_NO_PERMISSION when `accounting: 'cgroup'` cannot be had.
 */
export async function createProcessRuntime(
  options: ProcessRuntimeOptions,
): Promise<ContainerRuntime> {
  if (process.platform !== 'linux') {
    throw new SubletError(
      'E_PLATFORM',
      `the process runtime needs Linux: it reads /proc and control groups (this is ${process.platform})`,
    )
  }
  const rootDir = resolve(options.rootDir)
  mkdirSync(join(rootDir, 'containers'), { recursive: true, mode: 0o755 })
  const binDir = join(rootDir, 'bin')
  await makeBinDirectory(binDir, binPrograms(options.programs))
  const accounting = openAccounting(options.accounting ?? 'auto', options.labId, options.log)
  const guardian = startGuardian(rootDir, accounting.parents)
  const state: State = {
    rootDir,
    binDir,
    log: options.log,
    programs: options.programs,
    accounting,
    guardian,
    containers: new Map(),
    listeners: new Set(),
    closing: false,
  }
  return asRuntime(state)
}

function asRuntime(state: State): ContainerRuntime {
  const { containers, listeners } = state
  const usage = usageReader(state.accounting, containers)
  return {
    kind: 'process',
    idPrefix: 'docker://',
    accounting: state.accounting.kind,
    runSandbox: (config) => runSandbox(state, config),
    async createContainer(sandboxId, config) {
      const sandbox = find(state, sandboxId)
      return toInfo(await create(state, newContainerId(), sandboxId, sandbox.base.sandbox, config))
    },
    startContainer: (id) => start(state, find(state, id)),
    async stopContainer(id, graceMs) {
      const container = containers.get(id)
      if (container) await stop(container, graceMs)
    },
    async removeContainer(id) {
      const container = containers.get(id)
      if (container) await remove(state, container)
    },
    removeSandbox: (sandboxId, graceMs) => removeSandbox(state, sandboxId, graceMs),
    async exec(id, argv, execOptions = {}) {
      const container = find(state, id)
      if (container.phase !== 'running') {
        throw new SubletError('E_RUNTIME', `container ${container.base.name} is not running`)
      }
      return await execInContainer(container, argv, execOptions, state)
    },
    list: () => [...containers.values()].map(toInfo),
    get(id) {
      const container = containers.get(id)
      return container && toInfo(container)
    },
    usage: (id) => usage.ofContainer(find(state, id)),
    podUsage: (sandboxId) => usage.ofPod(find(state, sandboxId)),
    allPodsUsage: () => usage.ofAllPods(),
    onEvent(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    images: () => images(containers),
    [Symbol.asyncDispose]: () => close(state),
  }
}

function find(state: State, id: string): Container {
  const container = state.containers.get(id)
  if (!container) throw new SubletError('E_RUNTIME', `No such container: ${id}`)
  return container
}

async function runSandbox(state: State, sandbox: SandboxConfig): Promise<ContainerInfo> {
  const id = newContainerId()
  const logPath = join(state.rootDir, 'containers', id, 'pause.log')
  const config = { ...sandboxAsContainer(), logPath }
  const container = await create(state, id, id, sandbox, config)
  try {
    return await start(state, container)
  } catch (error) {
    await remove(state, container)
    throw error
  }
}

async function create(
  state: State,
  id: string,
  sandboxId: string,
  sandbox: SandboxConfig,
  config: ContainerConfig,
): Promise<Container> {
  refuseWhenClosing(state)
  const image = resolveImage(config.image)
  const { argv, program } = image.plan(config.command, config.args)
  const rootDir = join(state.rootDir, 'containers', id, 'rootfs')
  const base = describeContainer({ id, sandboxId, sandbox, config, image, argv, rootDir })
  const container: Container = {
    base,
    program,
    imageSizeBytes: image.sizeBytes,
    ...(await makeSurroundings(state, base, image.dirs)),
    execs: new Set(),
    phase: 'created',
  }
  state.containers.set(id, container)
  emit(state, 'create', container)
  return container
}

/** The container's root directory and cgroup; neither stays when the other cannot be made. */
async function makeSurroundings(
  state: State,
  base: Container['base'],
  imageDirs: readonly string[],
): Promise<Pick<Container, 'root' | 'cgroups'>> {
  try {
    const root = await makeRootDirectory(base.rootDir, base.mounts, imageDirs)
    return { root, cgroups: state.accounting.open(base.cgroupPath, base.limits, base.requests) }
  } catch (error) {
    await state.accounting.close(base.cgroupPath)
    await removeFolder(state, base.id)
    throw new SubletError(
      'E_RUNTIME',
      `container ${base.name} cannot be made: ${describeError(error)}`,
      { cause: error },
    )
  }
}

async function removeFolder(state: State, id: string): Promise<void> {
  await rm(join(state.rootDir, 'containers', id), { recursive: true, force: true })
}

function refuseWhenClosing(state: State): void {
  if (state.closing) throw new SubletError('E_RUNTIME', 'the container runtime is being closed')
}

async function start(state: State, container: Container): Promise<ContainerInfo> {
  refuseWhenClosing(state)
  const { base } = container
  if (container.phase !== 'created') {
    throw new SubletError('E_RUNTIME', `container ${base.name} was started before`)
  }
  const log = openCriLog(base.logPath)
  try {
    container.child = await startChild(
      {
        ...launchPlan(container, state.programs, state.binDir),
        containerId: base.id,
        cwd: base.rootDir,
        cgroups: container.cgroups,
        onOutput: (stream, chunk) => log.write(stream, chunk),
      },
      state.guardian,
    )
  } catch (error) {
    log.close()
    const why = describeError(error)
    container.phase = 'exited'
    container.finishedAt = Date.now()
    container.exitCode = 127
    throw new SubletError('E_RUNTIME', `container ${base.name} cannot start: ${why}`)
  }
  container.phase = 'running'
  container.startedAt = Date.now()
  container.ended = container.child.ended.then((exitCode) => {
    log.close()
    for (const child of container.execs) trySignal(-child.pid, 'SIGKILL')
    container.phase = 'exited'
    container.finishedAt = Date.now()
    container.exitCode = exitCode
    emit(state, 'die', container)
  })
  emit(state, 'start', container)
  return toInfo(container)
}

async function stop(container: Container, graceMs: number): Promise<void> {
  const { child, ended } = container
  if (container.phase !== 'running' || !child || !ended) return
  trySignal(-child.pid, 'SIGTERM')
  const kill = setTimeout(() => {
    trySignal(-child.pid, 'SIGKILL')
    killFamily([child.pid])
  }, graceMs)
  await ended
  clearTimeout(kill)
}

async function remove(state: State, container: Container): Promise<void> {
  container.removing ??= (async () => {
    await stop(container, 0)
    await state.accounting.close(container.base.cgroupPath)
    await clearRootDirectory(container.root)
    await removeFolder(state, container.base.id)
    state.containers.delete(container.base.id)
    emit(state, 'destroy', container)
  })()
  await container.removing
}

async function removeSandbox(state: State, sandboxId: string, graceMs: number): Promise<void> {
  const sandbox = state.containers.get(sandboxId)
  if (!sandbox) return
  const members = [...state.containers.values()].filter(
    ({ base }) => base.sandboxId === sandboxId && base.id !== sandboxId,
  )
  await Promise.all(members.map((container) => stop(container, graceMs)))
  await Promise.all(members.map((container) => remove(state, container)))
  await remove(state, sandbox)
  await state.accounting.close(podCgroup(sandbox.base.sandbox))
}

function images(
  containers: ReadonlyMap<string, Container>,
): ReturnType<ContainerRuntime['images']> {
  const found = new Map<string, { names: string[]; id: string; sizeBytes: number }>()
  for (const { base, imageSizeBytes } of containers.values()) {
    const { image, imageId } = base
    const entry = found.get(imageId) ?? { names: [], id: imageId, sizeBytes: imageSizeBytes }
    if (!entry.names.includes(image)) entry.names.push(image)
    found.set(imageId, entry)
  }
  return [...found.values()]
}

function emit(state: State, type: RuntimeEvent['type'], container: Container): void {
  const event = { type, container: toInfo(container) }
  for (const listener of state.listeners) {
    try {
      listener(event)
    } catch (error) {
      state.log.error({ why: describeError(error) }, 'a listener of runtime events failed')
    }
  }
}

async function close(state: State): Promise<void> {
  state.closing = true
  const sandboxes = [...state.containers.values()].filter(({ base }) => base.kind === 'sandbox')
  await Promise.all(sandboxes.map(({ base }) => removeSandbox(state, base.id, CLOSE_GRACE_MS)))
  state.listeners.clear()
  await state.accounting.dispose()
  await state.guardian.close()
  for (const name of ['processes', 'cgroups', 'containers', 'bin']) {
    await rm(join(state.rootDir, name), { recursive: true, force: true })
  }
}
