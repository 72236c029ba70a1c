import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SubletError, describeError } from '../../../core/index.ts'
import { binPrograms } from '../launch.ts'
import { insidePaths } from '../namespaces/inside-paths.ts'
import type { LocalRuntimeOptions } from '../local-runtime.ts'
import { makeBinDirectory } from '../root-directory.ts'
import type { ContainerRuntime, ExecResult, ProcessStreams, UsageReading } from '../types.ts'
import { infoOf, type EngineContainer } from './engine-container.ts'
import { streamInEngine } from './engine-exec.ts'
import { findImage } from './engine-image.ts'
import { findEngine, type Engine } from './find-engine.ts'
import {
  create,
  remove,
  removeSandbox,
  runSandbox,
  start,
  stop,
  type EngineState,
} from './lifecycle.ts'
import { find } from '../shared-state.ts'
import { MACHINE_REPOSITORY, machineBase } from './machine-base.ts'
import { engineRecordFile, removeLabelled, type EngineRecord } from './sweep-engine.ts'
import { engineUsage, sumUsage } from './usage.ts'

export interface EngineRuntimeOptions extends Omit<LocalRuntimeOptions, 'accounting'> {
  /** Where the engine listens. */
  readonly socketPath: string
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
/** How long containers get to end when the whole runtime is closed. */
const CLOSE_GRACE_MS = 2000

/**
 * The `docker` runtime: containers of a real Docker Engine on this machine, on its own network, labelled as a kubelet's and
 * as this lab's. Throws E_RUNTIME when no engine answers.
 */
export async function createEngineRuntime(
  options: EngineRuntimeOptions,
  why = 'as asked for',
): Promise<ContainerRuntime> {
  const { labId, nodeName, log, programs, socketPath } = options
  const engine = await findEngine(socketPath)
  const rootDir = resolve(options.rootDir)
  const binDir = join(rootDir, 'bin')
  mkdirSync(join(rootDir, 'containers'), { recursive: true, mode: 0o755 })
  const { toInside } = insidePaths(programs, binDir)
  const scripts = Object.entries(binPrograms(programs)).map(
    ([name, argv]) => [name, argv.map(toInside)] as const,
  )
  // What is mounted has to be there before it is listed.
  await makeBinDirectory(binDir, Object.fromEntries(scripts))
  const base = machineBase(engine.client, programs, binDir)
  const lab = `${labId}-${randomBytes(6).toString('hex')}`
  const record: EngineRecord = { socket: socketPath, lab }
  writeFileSync(engineRecordFile(rootDir), JSON.stringify(record), { mode: 0o600 })
  try {
    await base.make()
    const state: EngineState = {
      ...{ rootDir, lab, nodeName, log, client: engine.client, base, programs },
      containers: new Map(),
      listeners: new Set(),
      closing: false,
    }
    return asRuntime(state, engine, `${why}, Docker ${engine.version}`, record)
  } catch (error) {
    rmSync(engineRecordFile(rootDir), { force: true })
    throw asRuntimeError(`the engine cannot take the image ${MACHINE_REPOSITORY}`, error)
  }
}

const asRuntimeError = (what: string, error: unknown): SubletError =>
  error instanceof SubletError
    ? error
    : new SubletError('E_RUNTIME', `${what}: ${describeError(error)}`, { cause: error })

function asRuntime(
  state: EngineState,
  { accounting }: Engine,
  why: string,
  record: EngineRecord,
): ContainerRuntime {
  const { containers, listeners, client } = state
  const usage = engineUsage(client)
  const usageOf = async (all: readonly EngineContainer[]): Promise<UsageReading> =>
    sumUsage(await Promise.all(all.map(usage)))
  return {
    kind: 'docker',
    why,
    idPrefix: 'docker://',
    accounting,
    runSandbox: (config) => runSandbox(state, config),
    async findImage(reference) {
      const found = await findImage(client, reference)
      const { id, sizeBytes, isRoot } = found.kind === 'real' ? found : found.image
      return { id, sizeBytes, isRoot }
    },
    async createContainer(sandboxId, config) {
      const { sandbox } = find(state, sandboxId).container.base
      return infoOf(await create(state, sandbox, config, sandboxId))
    },
    startContainer: (id) => start(state, find(state, id)),
    async stopContainer(id, graceMs) {
      const one = containers.get(id)
      if (one) await stop(state, one, graceMs)
    },
    async removeContainer(id) {
      const one = containers.get(id)
      if (one) await remove(state, one)
    },
    removeSandbox: (sandboxId, graceMs) => removeSandbox(state, sandboxId, graceMs),
    exec: (id, argv, execOptions = {}) => collect(state, running(state, id), argv, execOptions),
    async stream(id, argv, options) {
      running(state, id)
      return await streamInEngine(client, id, { argv: insideWords(state, argv) }, options)
    },
    attach: (id, options) => attachTo(state, running(state, id), options),
    list: () => [...containers.values()].map(infoOf),
    get(id) {
      const one = containers.get(id)
      return one && infoOf(one)
    },
    usage: (id) => usage(find(state, id)),
    podUsage: (id) =>
      usageOf([...containers.values()].filter(({ container }) => container.base.sandboxId === id)),
    allPodsUsage: () => usageOf([...containers.values()]),
    onEvent(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    images: () => images(containers),
    [Symbol.asyncDispose]: () => close(state, record),
  }
}

function running(state: EngineState, id: string): EngineContainer {
  const one = find(state, id)
  const { phase, base } = one.container
  if (phase === 'running') return one
  throw new SubletError('E_RUNTIME', `container ${base.name} is not running`)
}

/** Node and Sublet are elsewhere in a container. */
const insideWords = (
  { base, programs }: EngineState,
  argv: readonly string[],
): readonly string[] => (argv[0] === programs.node ? argv.map(base.inside.toInside) : argv)

type ExecOptions = NonNullable<Parameters<ContainerRuntime['exec']>[2]>

/** Runs a command and collects what it prints; a program that is not there says so on stderr. */
async function collect(
  state: EngineState,
  { id }: EngineContainer,
  argv: readonly string[],
  { stdin, signal, env, maxBytes = MAX_OUTPUT_BYTES }: ExecOptions,
): Promise<ExecResult> {
  signal?.throwIfAborted()
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  let size = 0
  const command = { argv: insideWords(state, argv), ...(env ? { env } : {}) }
  const streams: ProcessStreams = await streamInEngine(state.client, id, command, {
    stdin: stdin !== undefined,
    tty: false,
    onOutput(stream, chunk) {
      size += chunk.length
      if (size <= maxBytes) chunks[stream].push(Buffer.from(chunk))
      else streams.leave()
    },
  })
  const leave = (): void => streams.leave()
  signal?.addEventListener('abort', leave, { once: true })
  if (stdin !== undefined) streams.stdin?.end(stdin)
  const exitCode = await streams.ended
  signal?.removeEventListener('abort', leave)
  signal?.throwIfAborted()
  if (size > maxBytes) {
    throw new SubletError('E_TOO_LARGE', `the command printed more than ${maxBytes} bytes`)
  }
  const [stdout, stderr] = [Buffer.concat(chunks.stdout), Buffer.concat(chunks.stderr)]
  const isMissing = exitCode >= 126 && stdout.toString('latin1', 0, 24).startsWith('OCI runtime')
  return isMissing
    ? { exitCode, stdout: Buffer.alloc(0), stderr: stdout }
    : { exitCode, stdout, stderr }
}

/** The streams of a container's own program: the runtime itself is attached since before its start. */
function attachTo(
  { client }: EngineState,
  { container, streams, id }: EngineContainer,
  { stdin, onOutput }: Parameters<ContainerRuntime['attach']>[1],
): ProcessStreams {
  const leave = (): void => void container.attached.delete(onOutput)
  container.attached.add(onOutput)
  const ended = (container.ended ?? Promise.resolve()).then(() => {
    leave()
    return container.exitCode ?? 137
  })
  return {
    stdin: stdin && container.stdin ? streams : undefined,
    holdBack: () => undefined,
    resize(columns, rows) {
      if (!container.tty) return
      const path = `/containers/${id}/resize?h=${rows}&w=${columns}`
      client.ask(path, { method: 'POST' }).catch(() => undefined)
    },
    ended,
    leave,
  }
}

function images(
  containers: ReadonlyMap<string, EngineContainer>,
): ReturnType<ContainerRuntime['images']> {
  const found = new Map<
    string,
    { names: string[]; id: string; sizeBytes: number; createdAt?: number }
  >()
  for (const { container, imageCreatedAt } of containers.values()) {
    const { image, imageId } = container.base
    const entry = found.get(imageId) ?? {
      ...{ names: [], id: imageId, sizeBytes: container.imageSizeBytes },
      ...(imageCreatedAt === undefined ? {} : { createdAt: imageCreatedAt }),
    }
    if (!entry.names.includes(image)) entry.names.push(image)
    found.set(imageId, entry)
  }
  return [...found.values()]
}

/** Ends all containers and removes what the runtime has made, on the engine and below its directory. */
async function close(state: EngineState, record: EngineRecord): Promise<void> {
  state.closing = true
  const sandboxes = [...state.containers.values()].filter(
    ({ container }) => container.base.kind === 'sandbox',
  )
  await Promise.all(sandboxes.map(({ id }) => removeSandbox(state, id, CLOSE_GRACE_MS)))
  state.listeners.clear()
  await removeLabelled(state.client, record)
  for (const name of ['containers', 'bin', 'engine.json']) {
    rmSync(join(state.rootDir, name), { recursive: true, force: true })
  }
}
