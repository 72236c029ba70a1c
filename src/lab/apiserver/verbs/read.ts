import { apiVersionOf } from '../../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { checkListOptions } from '../list-options.ts'
import { refusals } from '../refusals.ts'
import { selectionOf } from '../selection.ts'
import type { Stored } from '../store.ts'

/** GET of one object. */
export function get(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const namespace = kind.resource.namespaced ? info.namespace : undefined
  const found = context.store.get(kind.resource, namespace, info.name)
  if (found === undefined) throw refusals.notFound(kind.resource, info.name)
  return { code: 200, json: found.json() }
}

/** GET of a collection, whole or page by page (`limit`, `continue`). */
export function list(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const { resource } = kind
  checkListOptions(info.query)
  const revision = context.store.revision()
  const asked = Number(info.query.get('resourceVersion') ?? 0)
  if (asked > revision) throw refusals.tooNew(asked, revision)
  const matches = selectionOf(kind, info.query)
  const namespace = resource.namespaced ? info.namespace : undefined
  const found = context.store.list(resource, namespace).filter(({ object }) => matches(object))
  const page = pageOf(found, info.query)
  const apiVersion = apiVersionOf(resource)
  // Items of a list carry no kind and version of their own.
  const prefix = `{"kind":${JSON.stringify(resource.kind)},"apiVersion":${JSON.stringify(apiVersion)},`
  const items = page.items.map((stored) => `{${stored.json().slice(prefix.length)}`)
  const metadata = JSON.stringify({ resourceVersion: String(revision), ...page.metadata })
  const head = `{"kind":"${resource.kind}List","apiVersion":"${apiVersion}","metadata":${metadata}`
  return { code: 200, json: `${head},"items":[${items.join(',')}]}` }
}

interface Page {
  readonly items: readonly Stored[]
  readonly metadata: { continue?: string; remainingItemCount?: number }
}

const keyOf = ({ object }: Stored): string =>
  `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`

/** After which object the next page starts. */
function placeOf(token: string): string {
  const place = Buffer.from(token, 'base64url').toString()
  if (place.includes('/')) return place
  const why =
    /^[\w-]*$/.test(token) && token.length % 4 !== 1
      ? 'no key'
      : 'illegal base64 data at input byte 0'
  throw refusals.badRequest(`invalid continue token: continue key is not valid: ${why}`)
}

function pageOf(all: readonly Stored[], query: URLSearchParams): Page {
  const limit = Number(query.get('limit') ?? 0)
  const token = query.get('continue')
  const last = token === null || token === '' ? undefined : placeOf(token)
  const after = last === undefined ? 0 : all.findIndex((stored) => keyOf(stored) > last)
  const rest = after === -1 ? [] : all.slice(after)
  if (!(limit > 0) || rest.length <= limit) return { items: rest, metadata: {} }
  const items = rest.slice(0, limit)
  const end = items.at(-1)
  return {
    items,
    metadata: {
      continue: Buffer.from(end ? keyOf(end) : '').toString('base64url'),
      remainingItemCount: rest.length - limit,
    },
  }
}
