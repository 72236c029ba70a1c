import type { ServerResponse } from 'node:http'
import type { ContainerRuntime, RuntimeEvent } from '../types.ts'
import { startStream } from './answers.ts'
import { parseFilters, type Filters } from './filters.ts'
import { labelsOf } from './labels.ts'
import { MAX_UNREAD_BYTES } from './limits.ts'

/** Serves `GET /events`: what happens from now on, until the client goes or `until` has come. Nothing is kept of the past. */
export function serveEvents(
  runtime: ContainerRuntime,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const filters = parseFilters(query.get('filters'))
  const until = Number(query.get('until') ?? NaN)
  startStream(response)
  const stopListening = runtime.onEvent((event) => {
    const message = eventMessage(event)
    if (!passes(message, event, filters)) return
    response.write(`${JSON.stringify(message)}\n`)
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
  })
  response.once('close', stopListening)
  if (!Number.isNaN(until)) {
    const wait = Math.min(Math.max(0, until * 1000 - Date.now()), 2 ** 31 - 1)
    const timer = setTimeout(() => response.end(), wait)
    response.once('close', () => clearTimeout(timer))
  }
}

interface EventMessage {
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

function eventMessage({ type, container }: RuntimeEvent): EventMessage {
  const now = Date.now()
  return {
    status: type,
    id: container.id,
    from: container.image,
    Type: 'container',
    Action: type,
    Actor: {
      ID: container.id,
      Attributes: {
        ...labelsOf(container),
        ...(type === 'die' ? { exitCode: String(container.exitCode ?? 0) } : {}),
        image: container.image,
        name: container.runtimeName,
      },
    },
    scope: 'local',
    time: Math.floor(now / 1000),
    timeNano: now * 1e6,
  }
}

function passes(message: EventMessage, { container }: RuntimeEvent, filters: Filters): boolean {
  const accepts = (key: string, test: (value: string) => boolean): boolean => {
    const values = filters.get(key)
    return values === undefined || values.length === 0 || values.some(test)
  }
  return (
    accepts('type', (value) => value === 'container') &&
    accepts('event', (value) => value === message.Action) &&
    accepts(
      'container',
      (value) => container.id.startsWith(value) || container.runtimeName === value,
    ) &&
    accepts('image', (value) => container.image === value)
  )
}
