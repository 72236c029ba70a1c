import { SubletError } from '../core/index.ts'
import type { WatchEvent } from './client.ts'
import type { KubeObject, Status } from './objects.ts'
import { KubeStatusError, failure } from './status.ts'

/** A single watch event may not be longer than this, in bytes. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024
const NEWLINE = 0x0a

/** Splits a stream into its lines, without the line ends; the last one may lack its own. E_TOO_LARGE for endless ones. */
export async function* splitLines(
  body: AsyncIterable<Buffer>,
  maxBytes: number = MAX_EVENT_BYTES,
): AsyncGenerator<string, void, undefined> {
  let parts: Buffer[] = []
  let size = 0
  const add = (part: Buffer): void => {
    size += part.length
    if (size > maxBytes)
      throw new SubletError('E_TOO_LARGE', `a line of more than ${maxBytes} bytes`)
    parts.push(part)
  }
  for await (const chunk of body) {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start)
      if (end === -1) break
      add(chunk.subarray(start, end))
      yield Buffer.concat(parts, size).toString('utf8')
      parts = []
      size = 0
      start = end + 1
    }
    if (start < chunk.length) add(chunk.subarray(start))
  }
  if (size > 0) yield Buffer.concat(parts, size).toString('utf8')
}

/**
 * One line of a watch. `ERROR` events throw the Status they carry (an expired version: isGone).
 * A line that is no event is E_HTTP: the stream cannot be trusted any more.
 */
export function parseWatchEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  let event: unknown
  try {
    event = JSON.parse(line)
  } catch (cause) {
    throw new SubletError('E_HTTP', 'the watch was cut off or sent something other than events', {
      cause,
    })
  }
  const { type, object } = (event ?? {}) as { type?: unknown; object?: unknown }
  if (typeof object !== 'object' || object === null) {
    throw new SubletError('E_HTTP', 'a watch event without an object')
  }
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: object as T }
    case 'BOOKMARK':
      return { type, object: object as KubeObject }
    case 'ERROR':
      throw new KubeStatusError(asStatus(object), 'watch')
    default:
      throw new SubletError('E_HTTP', `a watch event of the unknown type ${String(type)}`)
  }
}

function asStatus(object: object): Status {
  const status = object as Partial<Status>
  if (status.kind === 'Status' && typeof status.code === 'number') return status as Status
  return failure(500, 'InternalError', 'the watch ended with an error that is no Status')
}
