import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SubletError, describeError } from '../../core/index.ts'
import type { Accounting } from './accounting.ts'
import type { Child } from './child.ts'
import {
  describeContainer,
  newContainerId,
  podCgroup,
  sandboxAsContainer,
  toInfo,
  type Container,
} from './container.ts'
import { openCriLog } from './cri-log.ts'
import { ProgramMissing } from './find-program.ts'
import type { Guardian } from './guardian.ts'
import { resolveImage } from './images.ts'
import { hearsTerm, killFamily, trySignal } from './kill.ts'
import type { Isolation } from './isolation.ts'
import { clearRootDirectory } from './root-directory.ts'
import { emit, refuseWhenClosing, type SharedState } from './shared-state.ts'
import type { ContainerConfig, ContainerInfo, SandboxConfig } from './types.ts'

/** What a runtime's functions share. */
export interface State extends SharedState<Container> {
  readonly isolation: Isolation
  readonly accounting: Accounting
  readonly guardian: Guardian
}

/** Starts a pod's sandbox: an idle child that stands for the pod. */
export async function runSandbox(state: State, sandbox: SandboxConfig): Promise<ContainerInfo> {
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

/** Makes a container: its root directory, its cgroup; nothing runs yet. Throws E_RUNTIME. */
export async function create(
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
    ...(await makeSurroundings(state, base, image.dirs, config)),
    execs: new Set(),
    config,
    stdin: config.stdin ?? false,
    tty: config.tty ?? false,
    attached: new Set(),
    phase: 'created',
  }
  state.containers.set(id, container)
  emit(state, 'create', toInfo(container))
  return container
}

/** The container's root directory and cgroup; neither stays when the other cannot be made. */
async function makeSurroundings(
  state: State,
  base: Container['base'],
  imageDirs: readonly string[],
  config: ContainerConfig,
): Promise<Pick<Container, 'root' | 'cgroups'>> {
  try {
    const root = await state.isolation.makeRoot(base, imageDirs, config)
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

/** Starts what was created. Throws E_RUNTIME when its program cannot be started or it was started before. */
export async function start(state: State, container: Container): Promise<ContainerInfo> {
  refuseWhenClosing(state)
  const { base } = container
  if (container.phase !== 'created') {
    throw new SubletError('E_RUNTIME', `container ${base.name} was started before`)
  }
  const log = openCriLog(base.logPath)
  try {
    container.child = await state.isolation.start(container, (stream, chunk) => {
      log.write(stream, chunk)
      for (const tell of container.attached) tell(stream, chunk)
    })
  } catch (error) {
    log.close()
    throw neverRan(container, asMissing(error))
  }
  container.phase = 'running'
  container.startedAt = Date.now()
  container.ended = container.child.ended.then((exitCode) => {
    log.close()
    for (const child of container.execs) trySignal(-child.pid, 'SIGKILL')
    container.phase = 'exited'
    container.finishedAt = Date.now()
    container.exitCode = exitCode
    emit(state, 'die', toInfo(container))
  })
  emit(state, 'start', toInfo(container))
  return toInfo(container)
}

/** Docker's words before runc's. */
const CANNOT_START =
  'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: '

/** Whatever keeps a program from being started, the container has ended with that. */
function asMissing(error: unknown): Pick<ProgramMissing, 'message' | 'exitCode'> {
  return error instanceof ProgramMissing ? error : { message: describeError(error), exitCode: 127 }
}

/** A container whose program could not be started has ended all the same. */
function neverRan(
  container: Container,
  { message: why, exitCode }: Pick<ProgramMissing, 'message' | 'exitCode'>,
): SubletError {
  container.phase = 'exited'
  container.finishedAt = Date.now()
  container.exitCode = exitCode
  container.startError = `${CANNOT_START}${why}: unknown`
  const message = `failed to start container "${container.base.name}": Error response from daemon: ${container.startError}`
  return new SubletError('E_RUNTIME', message)
}

/**
 * SIGTERM to the program (in `process` to the whole group, which has no first process of its own), after the grace time
 * SIGKILL to all of its session. Resolves when it has ended.
 */
export async function stop(container: Container, graceMs: number): Promise<void> {
  const { child, ended } = container
  if (container.phase !== 'running' || !child || !ended) return
  const listening = isDeaf(child) ? tellWhenItHears(child) : undefined
  trySignal(child.programPid === child.pid ? -child.pid : child.programPid, 'SIGTERM')
  const kill = setTimeout(() => {
    trySignal(-child.pid, 'SIGKILL')
    trySignal(child.programPid, 'SIGKILL')
    // The end of the first process of a namespace is the end of all.
    if (child.programPid === child.pid) killFamily([child.pid])
  }, graceMs)
  await ended
  clearTimeout(kill)
  clearInterval(listening)
}

/** The first process of a namespace that has no handler for SIGTERM: the kernel forgets the signal. */
const isDeaf = ({ pid, programPid }: Child): boolean => programPid !== pid && !hearsTerm(programPid)

const LISTEN_AGAIN_MS = 50

/** A program that has just been started may not be listening yet; without this it would run until the end of its grace time. */
function tellWhenItHears(child: Child): NodeJS.Timeout {
  const listening = setInterval(() => {
    if (isDeaf(child)) return
    clearInterval(listening)
    trySignal(child.programPid, 'SIGTERM')
  }, LISTEN_AGAIN_MS)
  return listening
}

/** Ends the container and removes its cgroup and its directory; calls at the same time share the work. */
export async function remove(state: State, container: Container): Promise<void> {
  container.removing ??= (async () => {
    await stop(container, 0)
    await state.accounting.close(container.base.cgroupPath)
    await clearRootDirectory(container.root)
    await removeFolder(state, container.base.id)
    state.containers.delete(container.base.id)
    emit(state, 'destroy', toInfo(container))
  })()
  await container.removing
}

/** Ends and removes a pod: its containers first, then the sandbox and the pod's cgroup. */
export async function removeSandbox(
  state: State,
  sandboxId: string,
  graceMs: number,
): Promise<void> {
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

/** How long containers get to end when the whole runtime is closed. */
const CLOSE_GRACE_MS = 2000

/** Ends all containers and removes everything that the runtime has made below its directory. */
export async function close(state: State): Promise<void> {
  state.closing = true
  for (const { phase, child } of state.containers.values()) {
    if (phase === 'running' && child && isDeaf(child)) trySignal(child.programPid, 'SIGKILL')
  }
  const sandboxes = [...state.containers.values()].filter(({ base }) => base.kind === 'sandbox')
  await Promise.all(sandboxes.map(({ base }) => removeSandbox(state, base.id, CLOSE_GRACE_MS)))
  state.listeners.clear()
  await state.accounting.dispose()
  await state.guardian.close()
  for (const name of ['processes', 'cgroups', 'containers', 'bin', 'skeleton']) {
    await rm(join(state.rootDir, name), { recursive: true, force: true })
  }
}
