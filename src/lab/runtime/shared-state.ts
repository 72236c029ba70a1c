import { SubletError, describeError, type Logger } from '../../core/index.ts'
import type { ContainerInfo, RuntimeEvent } from './types.ts'

/** What the functions of every runtime share; `C`: what it keeps of a container. */
export interface SharedState<C> {
  readonly rootDir: string
  readonly log: Logger
  readonly containers: Map<string, C>
  readonly listeners: Set<(event: RuntimeEvent) => void>
  closing: boolean
}

/** The container of that id. Throws E_RUNTIME (`No such container`). */
export function find<C>({ containers }: SharedState<C>, id: string): C {
  const container = containers.get(id)
  if (!container) throw new SubletError('E_RUNTIME', `No such container: ${id}`)
  return container
}

/** Throws E_RUNTIME for a runtime that is being closed. */
export function refuseWhenClosing({ closing }: SharedState<unknown>): void {
  if (closing) throw new SubletError('E_RUNTIME', 'the container runtime is being closed')
}

/** Tells all who listen; one that fails harms nobody. */
export function emit(
  { listeners, log }: SharedState<unknown>,
  type: RuntimeEvent['type'],
  container: ContainerInfo,
): void {
  const event = { type, container }
  for (const listener of listeners) {
    try {
      listener(event)
    } catch (error) {
      log.error({ why: describeError(error) }, 'a listener of runtime events failed')
    }
  }
}
