import { labelsOf } from './labels.ts'
import type { ContainerInfo, ContainerRuntime } from '../types.ts'

/** As many as Docker keeps for `since`. */
const MAX_KEPT = 256

export interface EventMessage {
  readonly status: string
  readonly id: string
  readonly from: string
  readonly Type: 'container'
  readonly Action: string
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> }
  readonly scope: 'local'
  readonly time: number
  readonly timeNano: number
}

/** What happened to containers, the last of it kept. */
export interface EventLog extends Disposable {
  add(action: string, container: ContainerInfo, attributes?: Readonly<Record<string, string>>): void
  kept(): readonly EventMessage[]
  /** Calls the listener for each event from now on; returns what stops it. */
  listen(listener: (message: EventMessage) => void): () => void
}

export function createEventLog(runtime: ContainerRuntime): EventLog {
  const kept: EventMessage[] = []
  const listeners = new Set<(message: EventMessage) => void>()
  const add: EventLog['add'] = (action, container, attributes = {}) => {
    const message = eventMessage(action, container, attributes)
    kept.push(message)
    if (kept.length > MAX_KEPT) kept.shift()
    for (const listener of listeners) listener(message)
  }
  const stopListening = runtime.onEvent(({ type, container }) => {
    const died = type === 'die' ? { exitCode: String(container.exitCode ?? 0) } : {}
    add(type, container, died)
  })
  return {
    add,
    kept: () => kept,
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    [Symbol.dispose]: stopListening,
  }
}

function eventMessage(
  action: string,
  container: ContainerInfo,
  attributes: Readonly<Record<string, string>>,
): EventMessage {
  const { id, image, runtimeName } = container
  const now = Date.now()
  return {
    status: action,
    id,
    from: image,
    Type: 'container',
    Action: action,
    Actor: {
      ID: id,
      Attributes: { ...labelsOf(container), ...attributes, image, name: runtimeName },
    },
    scope: 'local',
    time: Math.floor(now / 1000),
    timeNano: now * 1e6,
  }
}
