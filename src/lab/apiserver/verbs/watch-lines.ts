import type { Clock } from '../../../core/index.ts'
import { apiVersionOf, type KubeObject } from '../../../kube/index.ts'
import { encoded, type Encoded } from '../encoded.ts'
import type { Change } from '../history.ts'
import type { Kind } from '../kinds/index.ts'
import { presentOne } from '../present.ts'
import type { Representation } from '../representation.ts'

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'

/** The lines of one watch. */
export interface WatchLines {
  /** An object that was there when the watch began. */
  added(object: Encoded): Buffer
  /** A change as this watch sees it; undefined: not at all. */
  change(change: Change): Buffer | undefined
  bookmark(revision: number, annotations?: Readonly<Record<string, string>>): Buffer
}

/** Lines of changes by their form: all watches that see a change alike share one. */
const shared = new WeakMap<Change, Map<string, Buffer>>()

/** `matches` says which objects the watch is about. Of its tables only the first names the columns. */
export function createWatchLines(
  kind: Kind,
  form: Representation,
  clock: Clock,
  matches: (object: KubeObject) => boolean,
): WatchLines {
  let isFirst = true
  const lineOf = (type: EventType, object: Encoded): Buffer => {
    const headers = isFirst
    isFirst = false
    return eventLine(type, presentOne(kind, form, object, clock.now(), headers))
  }
  const { as, apiVersion, includeObject } = form
  // Two versions of a kind share its changes; and ages in a table are of a second.
  const version = `${kind.resource.version} ${as} ${apiVersion} ${includeObject}`
  const sharedLine = (change: Change, type: EventType, object: () => Encoded): Buffer => {
    const second = as === 'table' ? Math.floor(clock.now() / 1000) : 0
    const id = `${type} ${version} ${as === 'table' && isFirst} ${second}`
    let lines = shared.get(change)
    if (lines === undefined) shared.set(change, (lines = new Map<string, Buffer>()))
    let line = lines.get(id)
    if (line === undefined) lines.set(id, (line = lineOf(type, object())))
    isFirst = false
    return line
  }
  return {
    added: (object) => lineOf('ADDED', object),
    change(change) {
      const { stored, previous } = change
      const before = previous !== undefined && matches(previous.object)
      const now = change.type !== 'DELETED' && matches(stored.object)
      if (now) return sharedLine(change, before ? 'MODIFIED' : 'ADDED', () => stored)
      if (!before) return undefined
      return sharedLine(change, 'DELETED', () =>
        change.type === 'DELETED' ? stored : lastOf(previous, change.revision),
      )
    },
    bookmark(revision, annotations) {
      const { resource } = kind
      const metadata = {
        resourceVersion: String(revision),
        ...(annotations ? { annotations } : {}),
      }
      const about = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }
      return lineOf('BOOKMARK', encoded(about))
    },
  }
}

/** What left a selection, as it was in it. */
function lastOf({ object }: Encoded, revision: number): Encoded {
  return encoded({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })
}

export function eventLine(type: EventType, object: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, Buffer.from('}\n')])
}
