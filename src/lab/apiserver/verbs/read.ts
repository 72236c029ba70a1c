import { isGone } from '../../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { checkListOptions } from '../list-options.ts'
import { refusals } from '../refusals.ts'
import { selectionOf } from '../selection.ts'
import type { Stored } from '../store.ts'
import { continueAfter, placeOf, tokenOf, type Place } from './list-pages.ts'

/** GET of one object. */
export function get(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const namespace = kind.resource.namespaced ? info.namespace : undefined
  const found = context.store.get(kind.resource, namespace, info.name)
  if (found === undefined) throw refusals.notFound(kind.resource, info.name)
  return { code: 200, object: found }
}

/** GET of a collection, whole or page by page (`limit`, `continue`); all pages are of the first one's version. */
export function list(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const { resource } = kind
  checkListOptions(info.query)
  const { store } = context
  const asked = readAsked(info.query, store.revision())
  const matches = selectionOf(kind, info.query)
  const namespace = resource.namespaced ? info.namespace : undefined
  const all = listAt(asked, (revision) =>
    revision === undefined
      ? store.list(resource, namespace)
      : store.listAt(resource, revision, namespace),
  )
  const keyOf = ({ object: { metadata } }: Stored): string =>
    namespace === undefined && resource.namespaced
      ? `${metadata.namespace ?? ''}/${metadata.name ?? ''}`
      : (metadata.name ?? '')
  const revision = asked.at ?? store.revision()
  const rest = all.filter(
    (stored) =>
      matches(stored.object) && (asked.place === undefined || keyOf(stored) >= asked.place.start),
  )
  const { limit } = asked
  const items = limit > 0 && rest.length > limit ? rest.slice(0, limit) : rest
  const last = items.length < rest.length ? items.at(-1) : undefined
  const isSelected = info.query.get('labelSelector') || info.query.get('fieldSelector')
  const metadata = {
    resourceVersion: String(revision),
    ...(last ? { continue: continueAfter(keyOf(last), revision) } : {}),
    // What a selector would let through of the rest, a kube-apiserver does not know.
    ...(last && !isSelected ? { remainingItemCount: rest.length - limit } : {}),
  }
  return { code: 200, items, metadata }
}

/** Which part of a list, and of which moment. */
interface Asked {
  readonly limit: number
  readonly place: Place | undefined
  /** The exact revision that is wanted; undefined: now. */
  readonly at: number | undefined
}

function readAsked(query: URLSearchParams, revision: number): Asked {
  const limit = Number(query.get('limit') ?? 0)
  const token = query.get('continue') ?? ''
  const version = Number(query.get('resourceVersion') ?? 0)
  if (token !== '') {
    const place = placeOf(token)
    if (version > 0) {
      throw refusals.badRequest('specifying resource version is not allowed when using continue')
    }
    if (place.revision > revision) throw refusals.tooNew(place.revision, revision)
    return { limit, place, at: place.revision < 0 ? undefined : place.revision }
  }
  if (version > revision) throw refusals.tooNew(version, revision)
  const match = query.get('resourceVersionMatch') ?? ''
  // Pages of a version are of just that one, as they were before there was a word for it.
  const isExact = version > 0 && (match === 'Exact' || (match === '' && limit > 0))
  return { limit, place: undefined, at: isExact ? version : undefined }
}

function listAt(asked: Asked, list: (revision?: number) => Stored[]): Stored[] {
  try {
    return list(asked.at)
  } catch (error) {
    if (!isGone(error)) throw error
    const { place } = asked
    throw place === undefined
      ? refusals.expiredList()
      : refusals.inconsistentPage(tokenOf({ ...place, revision: -1 }))
  }
}
