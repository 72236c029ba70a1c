import type { ServerResponse } from 'node:http'
import { isGone, type KubeObject, type KubeStatusError, type Status } from '../../../kube/index.ts'
import type { ApiContext, ResourceRequest } from '../context.ts'
import { checkListOptions } from '../list-options.ts'
import { isTrue } from '../request-info.ts'
import { refusals } from '../refusals.ts'
import { selectionOf } from '../selection.ts'
import { createWatchLines, eventLine } from './watch-lines.ts'

/** A client that lets this much pile up is too slow: its watch ends, and it starts again. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024
const BOOKMARK_EVERY_MS = 60_000
/** A kube-apiserver ends a watch after 30 to 60 minutes when the client sets no limit. */
const DEFAULT_TIMEOUT_SECONDS = 1800
const LONGEST_TIMEOUT_SECONDS = 24 * 3600

/**
 * Streams the changes of a kind. Without a resourceVersion (or from 0) what is there comes first, as ADDED events. A
 * version that is too old is told in an ERROR event. Ends with the client, its timeout or the signal.
 */
export function watch(
  context: ApiContext,
  request: ResourceRequest,
  response: ServerResponse,
  signal: AbortSignal,
): void {
  const { kind, info, form } = request
  const { store, clock } = context
  const { resource } = kind
  const { query } = info
  checkListOptions(query, true)
  const namespace = resource.namespaced ? info.namespace : undefined
  const selected = selectionOf(kind, query)
  const matches = (object: KubeObject): boolean =>
    (namespace === undefined || object.metadata.namespace === namespace) && selected(object)
  const lines = createWatchLines(kind, form, clock, matches)
  const since = Number(query.get('resourceVersion') ?? 0)
  const wantsInitial = isTrue(query.get('sendInitialEvents'))
  const initial = !(since > 0) || wantsInitial
  if (since > store.revision()) throw refusals.tooNew(since, store.revision())

  const send = sender(response)
  const follow = attempt(() =>
    store.follow(resource, initial ? store.revision() : since, (change) => {
      send(lines.change(change))
    }),
  )
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-cache, private',
  })
  response.flushHeaders()
  if ('status' in follow) {
    response.end(eventLine('ERROR', Buffer.from(JSON.stringify(follow.status))))
    return
  }
  if (initial) {
    const there = store.list(resource, namespace).filter(({ object }) => matches(object))
    send.first(there.map((stored) => lines.added(stored)))
  }
  send.first(follow.backlog.map((change) => lines.change(change)))
  const bookmarks = isTrue(query.get('allowWatchBookmarks'))
  const bookmark = (annotations?: Record<string, string>): void => {
    send(lines.bookmark(store.revision(), annotations))
  }
  if (bookmarks && wantsInitial) bookmark({ 'k8s.io/initial-events-end': 'true' })
  untilEnd(response, query, signal, follow.stop, bookmarks ? bookmark : undefined)
}

/** What follows, or the Status of a version that is gone. */
function attempt<T extends object>(follow: () => T): T | { readonly status: Status } {
  try {
    return follow()
  } catch (error) {
    if (isGone(error)) return { status: (error as KubeStatusError).status }
    throw error
  }
}

interface Sender {
  (line: Buffer | undefined): void
  /** All that a watch starts with, however much that is. */
  first(lines: readonly (Buffer | undefined)[]): void
}

function sender(response: ServerResponse): Sender {
  let allowed = MAX_BUFFERED_BYTES
  const send = (line: Buffer | undefined): void => {
    if (line === undefined || response.writableEnded) return
    response.write(line)
    if (response.writableLength > allowed) response.destroy()
  }
  const first = (lines: readonly (Buffer | undefined)[]): void => {
    const text = Buffer.concat(lines.filter((line) => line !== undefined))
    allowed += text.length
    if (text.length > 0) send(text)
  }
  return Object.assign(send, { first })
}

function untilEnd(
  response: ServerResponse,
  query: URLSearchParams,
  signal: AbortSignal,
  stop: () => void,
  bookmark: (() => void) | undefined,
): void {
  const asked = Number(query.get('timeoutSeconds') ?? 0)
  const seconds = asked > 0 ? Math.min(asked, LONGEST_TIMEOUT_SECONDS) : DEFAULT_TIMEOUT_SECONDS
  const finish = (): void => {
    bookmark?.()
    response.end()
  }
  const timeout = setTimeout(finish, seconds * 1000)
  const timer = bookmark && setInterval(bookmark, BOOKMARK_EVERY_MS)
  const abort = (): void => void response.end()
  signal.addEventListener('abort', abort, { once: true })
  response.once('close', () => {
    stop()
    clearTimeout(timeout)
    clearInterval(timer)
    signal.removeEventListener('abort', abort)
  })
  if (signal.aborted) response.end()
}
