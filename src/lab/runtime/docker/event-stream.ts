import type { ServerResponse } from 'node:http'
import { BadRequest, startStream } from './answers.ts'
import type { EventLog, EventMessage } from './event-log.ts'
import { parseFilters, type Filters } from './filters.ts'
import { MAX_UNREAD_BYTES } from './limits.ts'
import { readTime } from './read-time.ts'

/**
 * Serves `GET /events`: with `since` first what is kept of the past, then what happens, until the client goes or `until`
 * has come.
 */
export function serveEvents(
  events: EventLog,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const filters = parseFilters(query.get('filters'))
  const since = readTime(query, 'since')
  const until = readTime(query, 'until')
  if (since !== undefined && until !== undefined && since > until) {
    throw new BadRequest("`since` can't be after `until`")
  }
  startStream(response)
  const write = (message: EventMessage): void => {
    if (!passes(message, filters)) return
    response.write(`${JSON.stringify(message)}\n`)
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
  }
  const past = since === undefined ? [] : events.kept()
  for (const message of past) {
    const at = message.timeNano / 1e6
    if (at >= (since ?? 0) && at <= (until ?? Infinity)) write(message)
  }
  if (until !== undefined && until <= Date.now()) {
    response.end()
    return
  }
  response.once('close', events.listen(write))
  if (until === undefined) return
  const timer = setTimeout(() => response.end(), Math.min(until - Date.now(), 2 ** 31 - 1))
  response.once('close', () => clearTimeout(timer))
}

function passes({ Type, Action, Actor, id, from }: EventMessage, filters: Filters): boolean {
  const { Attributes } = Actor
  const accepts = (key: string, test: (value: string) => boolean): boolean => {
    const values = filters.get(key)
    return values === undefined || values.length === 0 || values.some(test)
  }
  // `exec_start: sh -c true` is asked for as `exec_start`.
  const action = Action.split(':')[0] ?? ''
  return (
    accepts('type', (value) => value === Type) &&
    accepts('event', (value) => value === action || value === Action) &&
    accepts('container', (value) => id.startsWith(value) || Attributes['name'] === value) &&
    accepts('image', (value) => from === value || from.split(':')[0] === value) &&
    accepts('scope', (value) => value === 'local') &&
    (filters.get('label') ?? []).every((wanted) => hasLabel(Attributes, wanted))
  )
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key = '', ...value] = wanted.split('=')
  if (!Object.hasOwn(labels, key)) return false
  return value.length === 0 || labels[key] === value.join('=')
}
