import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SubletError, type Logger } from '../../core/index.ts'
import { openAccounting } from './accounting.ts'
import { newContainerId, toInfo, type Container } from './container.ts'
import { execInContainer } from './exec.ts'
import { startGuardian } from './guardian.ts'
import { resolveImage } from './images.ts'
import type { Isolation } from './isolation.ts'
import type { Programs } from './launch.ts'
import {
  close,
  create,
  remove,
  removeSandbox,
  runSandbox,
  start,
  stop,
  type State,
} from './lifecycle.ts'
import { find } from './shared-state.ts'
import type { Surroundings } from './process-isolation.ts'
import { usageReader } from './read-usage.ts'
import { attachTo, streamInContainer } from './streams.ts'
import type { ContainerRuntime } from './types.ts'

export interface LocalRuntimeOptions {
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

/**
 * A runtime whose containers are children of this process. `isolate` says what they see.
 * Throws E_PLATFORM elsewhere than on Linux, E_NO_PERMISSION when `accounting: 'cgroup'` cannot be had.
 */
export async function createLocalRuntime(
  options: LocalRuntimeOptions,
  isolate: (surroundings: Surroundings) => Promise<Isolation>,
  why = 'as asked for',
): Promise<ContainerRuntime> {
  if (process.platform !== 'linux') {
    throw new SubletError(
      'E_PLATFORM',
      `the runtime needs Linux: its /proc, control groups and namespaces (this is ${process.platform})`,
    )
  }
  const rootDir = resolve(options.rootDir)
  mkdirSync(join(rootDir, 'containers'), { recursive: true, mode: 0o755 })
  const binDir = join(rootDir, 'bin')
  const accounting = openAccounting(options.accounting ?? 'auto', options.labId, options.log)
  const guardian = startGuardian(rootDir, accounting.parents)
  const { log, programs } = options
  const isolation = await isolate({ guardian, binDir, programs })
  const state: State = {
    rootDir,
    log,
    isolation,
    accounting,
    guardian,
    containers: new Map(),
    listeners: new Set(),
    closing: false,
  }
  return asRuntime(state, why)
}

function asRuntime(state: State, why: string): ContainerRuntime {
  const { containers, listeners } = state
  const usage = usageReader(state.accounting, containers)
  return {
    kind: state.isolation.kind,
    why,
    idPrefix: 'docker://',
    accounting: state.accounting.kind,
    runSandbox: (config) => runSandbox(state, config),
    findImage(reference) {
      const { id, sizeBytes, isRoot } = resolveImage(reference)
      return { id, sizeBytes, isRoot }
    },
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
      return await execInContainer(container, argv, execOptions, state.isolation)
    },
    stream: (id, argv, options) =>
      streamInContainer(find(state, id), argv, options, state.isolation),
    attach: (id, options) => attachTo(find(state, id), options),
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
