import { resolve } from 'node:path'
import { SubletError } from '../../core/index.ts'
import { createLocalRuntime, type LocalRuntimeOptions } from './local-runtime.ts'
import { namespacesIsolation, probeNamespaces, type Probe } from './namespaces/index.ts'
import { createEngineRuntime, engineSocket } from './engine/index.ts'
import { createProcessRuntime } from './process-runtime.ts'
import type { ContainerRuntime, RuntimeKind } from './types.ts'

/** What one may ask for. */
export type RuntimeWish = 'auto' | RuntimeKind

const WISHES: readonly RuntimeWish[] = ['auto', 'process', 'namespaces', 'docker']

/** Throws E_USAGE for what is no runtime. */
export function parseRuntime(name: string): RuntimeWish {
  const wish = WISHES.find((each) => each === name)
  if (wish !== undefined) return wish
  throw new SubletError(
    'E_USAGE',
    `no runtime is called ${JSON.stringify(name)}: ${WISHES.join(', ')}`,
  )
}

/** Which runtime it shall be, and why; for all nodes of a lab. */
export type RuntimeChoice =
  | { readonly kind: 'process'; readonly why: string }
  | { readonly kind: 'docker'; readonly why: string; readonly socketPath: string }
  | {
      readonly kind: 'namespaces'
      readonly why: string
      readonly probe: Extract<Probe, { works: true }>
    }

/**
 * What is asked for; for `auto` the best that works here, which is tried in `rootDir` (some 100 ms): never `docker`, whose
 * engine has other people's containers. Throws E_RUNTIME when `namespaces` is asked for and does not work.
 */
export function chooseRuntime(
  wish: RuntimeWish,
  { rootDir, programs }: Pick<LocalRuntimeOptions, 'rootDir' | 'programs'>,
): RuntimeChoice {
  if (wish === 'process') return { kind: 'process', why: 'as asked for' }
  if (wish === 'docker') {
    const socketPath = engineSocket(process.env['DOCKER_HOST'])
    return { kind: 'docker', why: 'as asked for', socketPath }
  }
  const probe = probeNamespaces(rootDir, programs)
  if (probe.works) {
    const how = probe.isRoot ? 'as root' : 'in user namespaces'
    const why = wish === 'auto' ? `the best that works here, ${how}` : `as asked for, ${how}`
    return { kind: 'namespaces', why, probe }
  }
  if (wish === 'namespaces') {
    const why = `the runtime "namespaces" does not work here: ${probe.why}`
    const hint = 'Take --runtime auto or process: containers are child processes then.'
    throw new SubletError('E_RUNTIME', why, { hint })
  }
  return { kind: 'process', why: `namespaces do not work here: ${probe.why}` }
}

/** Creates the runtime that was chosen. Throws what `createLocalRuntime` throws. */
export async function createRuntime(
  choice: RuntimeChoice,
  options: LocalRuntimeOptions,
): Promise<ContainerRuntime> {
  if (choice.kind === 'process') return await createProcessRuntime(options, choice.why)
  if (choice.kind === 'docker') {
    return await createEngineRuntime({ ...options, socketPath: choice.socketPath }, choice.why)
  }
  const { tools, isRoot, isLayered } = choice.probe
  const runtimeDir = resolve(options.rootDir)
  return await createLocalRuntime(
    options,
    (surroundings) =>
      namespacesIsolation({ ...surroundings, tools, runtimeDir, isRoot, isLayered }),
    choice.why,
  )
}
