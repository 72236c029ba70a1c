import type { ServerResponse } from 'node:http'
import { apiVersionOf, type KubeObject } from '../../../kube/index.ts'
import type { ApiContext, ResourceRequest } from '../context.ts'
import type { Change } from '../history.ts'
import { watchPresenter } from '../present.ts'
import { isTrue } from '../request-info.ts'
import { refusals } from '../refusals.ts'
import { selectionOf } from '../selection.ts'

/** A client that lets this much pile up is too slow: its watch ends, and it starts again. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024
const BOOKMARK_EVERY_MS = 60_000
/** A kube-apiserver ends a watch after 30 to 60 minutes when the client sets no limit. */
const DEFAULT_TIMEOUT_SECONDS = 1800
const LONGEST_TIMEOUT_SECONDS = 24 * 3600

/**
 * Streams the changes of a kind. Without a resourceVersion (or from 0) what is there comes first, as ADDED events.
 * Throws Expired before anything is sent when the version is too old. Ends with the client, its timeout or the signal.
 */
export function watch(
  context: ApiContext,
  request: ResourceRequest,
  response: ServerResponse,
  signal: AbortSignal,
): void {
  const { kind, info } = request
  const { store } = context
  const { resource } = kind
  const { query } = info
  const namespace = resource.namespaced ? info.namespace : undefined
  const selected = selectionOf(kind, query)
  const matches = (object: KubeObject): boolean =>
    (namespace === undefined || object.metadata.namespace === namespace) && selected(object)
  const show = watchPresenter(kind, request.form, () => context.clock.now())
  const since = Number(query.get('resourceVersion') ?? 0)
  const initial = !(since > 0) || isTrue(query.get('sendInitialEvents'))
  const start = initial ? store.revision() : since
  if (since > store.revision()) throw refusals.tooNew(since, store.revision())

  const send = (line: string): void => {
    if (response.writableEnded) return
    response.write(line)
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy()
  }
  const { backlog, stop } = store.follow(resource, start, (change) => {
    const line = lineOf(change, matches, show)
    if (line !== undefined) send(line)
  })
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-cache, private',
  })
  response.flushHeaders()
  if (initial) {
    for (const stored of store.list(resource, namespace)) {
      if (matches(stored.object)) send(eventLine('ADDED', stored.json(), show))
    }
  }
  for (const change of backlog) {
    const line = lineOf(change, matches, show)
    if (line !== undefined) send(line)
  }
  const bookmark = (annotations?: Record<string, string>): void => {
    const metadata = {
      resourceVersion: String(store.revision()),
      ...(annotations ? { annotations } : {}),
    }
    const apiVersion = apiVersionOf(resource)
    const json = JSON.stringify({ kind: resource.kind, apiVersion, metadata })
    send(eventLine('BOOKMARK', json, show))
  }
  const bookmarks = isTrue(query.get('allowWatchBookmarks'))
  if (bookmarks && isTrue(query.get('sendInitialEvents'))) {
    bookmark({ 'k8s.io/initial-events-end': 'true' })
  }
  untilEnd(response, query, signal, stop, bookmarks ? bookmark : undefined)
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

type Show = ((json: string) => string) | undefined

const eventLine = (type: string, json: string, show: Show): string =>
  `{"type":"${type}","object":${show === undefined ? json : show(json)}}\n`

/** What a watch with a selector sees of a change: what leaves the selection is DELETED, what enters it is ADDED. */
function lineOf(
  change: Change,
  matches: (object: KubeObject) => boolean,
  show: Show,
): string | undefined {
  const { stored, previous } = change
  const before = previous !== undefined && matches(previous.object)
  const now = change.type !== 'DELETED' && matches(stored.object)
  if (now) return eventLine(before ? 'MODIFIED' : 'ADDED', stored.json(), show)
  if (!before) return undefined
  if (change.type === 'DELETED') return eventLine('DELETED', stored.json(), show)
  const { metadata } = previous.object
  const last = {
    ...previous.object,
    metadata: { ...metadata, resourceVersion: String(change.revision) },
  }
  return eventLine('DELETED', JSON.stringify(last), show)
}
