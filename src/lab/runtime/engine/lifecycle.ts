import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SubletError, describeError } from '../../../core/index.ts'
import {
  describeContainer,
  newContainerId,
  sandboxAsContainer,
  type Container,
} from '../container.ts'
import { openCriLog } from '../cri-log.ts'
import type { Image } from '../images.ts'
import type { Programs } from '../launch.ts'
import { hostsFile } from '../namespaces/machine-image.ts'
import { checkSource } from '../namespaces/place-mounts.ts'
import { emit, refuseWhenClosing, type SharedState } from '../shared-state.ts'
import type { ContainerConfig, ContainerInfo, SandboxConfig } from '../types.ts'
import { EngineError, isRefusal, type EngineClient } from './client.ts'
import { createBody } from './create-body.ts'
import { infoOf, type EngineContainer } from './engine-container.ts'
import { readStreams } from './engine-exec.ts'
import { findImage, type EngineImage } from './engine-image.ts'
import type { MachineBase } from './machine-base.ts'
import { removeById } from './sweep-engine.ts'

/** What the runtime's functions share. */
export interface EngineState extends SharedState<EngineContainer> {
  readonly lab: string
  readonly nodeName: string
  readonly client: EngineClient
  readonly base: MachineBase
  readonly programs: Programs
}

/** Makes a container; of a sandbox without `sandboxId`. Throws E_RUNTIME with the engine's words. */
export async function create(
  state: EngineState,
  sandbox: SandboxConfig,
  config: ContainerConfig,
  sandboxId?: string,
): Promise<EngineContainer> {
  refuseWhenClosing(state)
  const found = await findImage(state.client, config.image)
  const folder = join(state.rootDir, 'containers', newContainerId().slice(0, 12))
  await mkdir(folder, { recursive: true })
  try {
    // The engine would follow a link that a tenant has made, with root's power.
    for (const { hostPath } of config.mounts) checkSource(hostPath, dirname(state.rootDir))
    const hosts = join(folder, 'hosts')
    await writeFile(hosts, hostsFile(sandbox))
    const plan = { ...state, found, hostsFile: hosts }
    const draft = draftOf(sandbox, config, found, sandboxId)
    const id = await createOnEngine(state, draft.base.runtimeName, () =>
      createBody({ ...plan, container: draft }),
    )
    const made = { id, sandboxId: sandboxId ?? id, kind: draft.base.kind }
    const container: Container = { ...draft, base: { ...draft.base, ...made } }
    const ofImage =
      found.kind === 'real'
        ? { isStandIn: false, imageCreatedAt: found.createdAt }
        : { isStandIn: true }
    const one = { container, id, ...ofImage, folder, ending: new AbortController() }
    state.containers.set(id, one)
    emit(state, 'create', infoOf(one))
    return one
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    if (error instanceof SubletError) throw error
    const why = `container ${config.name} cannot be made: ${describeError(error)}`
    throw new SubletError('E_RUNTIME', why, { cause: error })
  }
}

/** The container as it will be; its id comes from the engine. */
function draftOf(
  sandbox: SandboxConfig,
  config: ContainerConfig,
  found: EngineImage,
  sandboxId: string | undefined,
): Container {
  const image: Image = found.kind === 'stand-in' ? found.image : asImage(found)
  const { argv, program } = image.plan(config.command, config.args)
  const id = sandboxId === undefined ? '' : 'not-yet'
  const base = describeContainer({
    ...{ id, sandboxId: sandboxId ?? '', sandbox, config, image, argv },
    // Where its programs see it.
    rootDir: '/',
  })
  return {
    base,
    program,
    root: { path: '/', linksOutside: [], pairs: [] },
    imageSizeBytes: image.sizeBytes,
    cgroups: [],
    execs: new Set(),
    config,
    stdin: config.stdin ?? false,
    tty: config.tty ?? false,
    attached: new Set(),
    phase: 'created',
  }
}

/** A real image in the shape of a stand-in; its own entrypoint and variables are the engine's business. */
function asImage(found: Extract<EngineImage, { kind: 'real' }>): Image {
  return {
    ...found,
    env: {},
    dirs: [],
    bin: undefined,
    plan(command, args) {
      const argv = [...command, ...args]
      return { argv, program: { kind: 'foreign', argv } }
    },
  }
}

/** A name that is taken, by another lab's or an earlier try's container, gets an addition, as dockershim does it. */
async function createOnEngine(
  { client, base }: EngineState,
  name: string,
  body: () => object,
): Promise<string> {
  const post = async (called: string): Promise<string> => {
    const path = `/containers/create?name=${encodeURIComponent(called)}`
    const { Id } = (await client.ask(path, { method: 'POST', body: body() })) as { Id: string }
    return Id
  }
  try {
    return await post(name)
  } catch (error) {
    if (isRefusal(error, 409)) return await post(`${name}_${newContainerId().slice(0, 8)}`)
    if (!(isRefusal(error, 404) && /No such image/i.test(describeError(error)))) throw error
    // Another lab has just removed the image that both use.
    await base.make()
    return await post(name)
  }
}

/** Starts what was created, joined with its streams from its first byte on. Throws E_RUNTIME when its program cannot run. */
export async function start(state: EngineState, one: EngineContainer): Promise<ContainerInfo> {
  const { client } = state
  const { id, container, ending } = one
  const { base } = container
  refuseWhenClosing(state)
  if (container.phase !== 'created') {
    throw new SubletError('E_RUNTIME', `container ${base.name} was started before`)
  }
  const logPath = base.logPath === '' ? join(one.folder, 'pause.log') : base.logPath
  const log = openCriLog(logPath)
  const socket = await client.hijack(`/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`)
  one.streams = socket
  const closed = readStreams(socket, container.tty, (stream, chunk) => {
    log.write(stream, chunk)
    for (const tell of container.attached) tell(stream, chunk)
  })
  try {
    const waiting = await client.open(`/containers/${id}/wait?condition=next-exit`, {
      ...{ method: 'POST', signal: ending.signal, timeoutMs: Infinity },
    })
    await client.ask(`/containers/${id}/start`, { method: 'POST' })
    container.phase = 'running'
    container.startedAt = Date.now()
    container.ended = whenEnded(state, one, waiting, closed).finally(() => log.close())
  } catch (error) {
    ending.abort()
    socket.destroy()
    log.close()
    throw neverRan(container, error)
  }
  one.pid = await pidOf(client, id)
  emit(state, 'start', infoOf(one))
  return infoOf(one)
}

/** The number of its first process; 0 when it has ended already. */
async function pidOf(client: EngineClient, id: string): Promise<number> {
  const shown = (await client.ask(`/containers/${id}/json`).catch(() => undefined)) as
    { readonly State?: { readonly Pid?: number } } | undefined
  return shown?.State?.Pid ?? 0
}

/** Output that comes after the end is not waited for any longer than this. */
const OUTPUT_AFTER_EXIT_MS = 2000

async function whenEnded(
  state: EngineState,
  one: EngineContainer,
  waiting: NodeJS.ReadableStream,
  closed: Promise<void>,
): Promise<void> {
  const { container, streams } = one
  let text = ''
  let exitCode = 137
  try {
    for await (const chunk of waiting) text += String(chunk)
    exitCode = (JSON.parse(text) as { StatusCode?: number }).StatusCode ?? 137
  } catch {
    // The engine has gone, and its containers with it.
  }
  const late = setTimeout(() => streams?.destroy(), OUTPUT_AFTER_EXIT_MS)
  await closed
  clearTimeout(late)
  streams?.destroy()
  Object.assign(container, { phase: 'exited', finishedAt: Date.now(), exitCode })
  emit(state, 'die', infoOf(one))
}

function neverRan(container: Container, error: unknown): SubletError {
  const why = error instanceof EngineError ? error.message : describeError(error)
  const isMissing = /not found in \$PATH|no such file/.test(why)
  container.phase = 'exited'
  container.finishedAt = Date.now()
  container.exitCode = isMissing ? 127 : 126
  container.startError = why
  const message = `failed to start container "${container.base.name}": Error response from daemon: ${why}`
  return new SubletError('E_RUNTIME', message, { cause: error })
}

/** SIGTERM, after the grace time SIGKILL, by the engine. Resolves when it has ended and its output is written. */
export async function stop(
  state: EngineState,
  one: EngineContainer,
  graceMs: number,
): Promise<void> {
  const { container, id } = one
  if (container.phase !== 'running') return
  const seconds = Math.ceil(graceMs / 1000)
  const path = seconds === 0 ? `/containers/${id}/kill` : `/containers/${id}/stop?t=${seconds}`
  try {
    await state.client.ask(path, { method: 'POST', timeoutMs: graceMs + 30_000 })
  } catch (error) {
    // 304: it has ended already; 404: somebody has removed it; 409: it is not running.
    if (!isRefusal(error, 404, 409)) throw error
  }
  await container.ended
}

/** Ends and removes a container; calls at the same time share the work. */
export async function remove(state: EngineState, one: EngineContainer): Promise<void> {
  one.container.removing ??= (async () => {
    await removeById(state.client, one.id)
    await one.container.ended
    one.ending.abort()
    one.streams?.destroy()
    await rm(one.folder, { recursive: true, force: true })
    state.containers.delete(one.id)
    emit(state, 'destroy', infoOf(one))
  })()
  await one.container.removing
}

/** Ends and removes a pod: its containers first. */
export async function removeSandbox(
  state: EngineState,
  sandboxId: string,
  graceMs: number,
): Promise<void> {
  const sandbox = state.containers.get(sandboxId)
  if (!sandbox) return
  const members = [...state.containers.values()].filter(
    ({ container, id }) => container.base.sandboxId === sandboxId && id !== sandboxId,
  )
  await Promise.all(members.map((one) => stop(state, one, graceMs)))
  await Promise.all(members.map((one) => remove(state, one)))
  await remove(state, sandbox)
}

/** Starts a pod's sandbox: an idle container that stands for the pod. */
export async function runSandbox(
  state: EngineState,
  sandbox: SandboxConfig,
): Promise<ContainerInfo> {
  const one = await create(state, sandbox, sandboxAsContainer())
  try {
    return await start(state, one)
  } catch (error) {
    await remove(state, one)
    throw error
  }
}
