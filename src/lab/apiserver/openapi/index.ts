/**
 * OpenAPI v3, one document a group version, and v2, all in one: what `kubectl explain`, `apply` and `diff` read. Made
 * when they are first asked for, from the types that field validation knows and the words of kubernetes-types.
 */
import { createHash } from 'node:crypto'
import type { Resource } from '../../../kube/index.ts'
import type { KindRegistry } from '../kind-registry.ts'
import type { Kind } from '../kinds/index.ts'
import type { AcceptedType } from '../representation.ts'
import { refusals } from '../refusals.ts'
import { pathsOf } from './paths.ts'
import { schemasOf, type Dialect } from './schemas.ts'

export interface OpenApiAnswer {
  readonly body: string
  readonly contentType: string
  /** Quoted. */
  readonly etag: string
  /** Set for a document that was asked for by its hash: it never changes. */
  readonly forever?: boolean
}

interface Document {
  readonly body: string
  readonly hash: string
}

const V3: Dialect = { prefix: '#/components/schemas/', isV3: true }
const V2: Dialect = { prefix: '#/definitions/', isV3: false }
const INFO = { title: 'Kubernetes', version: 'v1.36.2' }

/** Documents by their root, for each set of kinds. */
const made = new WeakMap<readonly Kind[], Map<string, Document>>()

/** The answer to a path below /openapi; undefined when there is none. Throws NotAcceptable for protobuf. */
export function openApi(
  path: string,
  query: URLSearchParams,
  kinds: KindRegistry,
  accept: readonly AcceptedType[],
): OpenApiAnswer | undefined {
  const all = kinds.all()
  const isJson = ({ type }: AcceptedType): boolean =>
    type === 'application/json' || type === 'application/*' || type === '*/*'
  const root = /^\/openapi\/v3\/(.+)$/.exec(path)?.[1]
  const isKnown =
    path === '/openapi/v2' || path === '/openapi/v3' || rootsOf(all).includes(root ?? '')
  if (!isKnown) return undefined
  if (accept.length > 0 && !accept.some(isJson)) throw refusals.notAcceptable(['application/json'])
  if (path === '/openapi/v3') return answer(documentOf(all, 'index', () => index(all)))
  if (path === '/openapi/v2') return answer(documentOf(all, 'v2', () => v2Document(all)))
  const document = v3Document(all, root ?? '')
  return { ...answer(document), forever: query.get('hash') === document.hash }
}

const answer = ({ body, hash }: Document): OpenApiAnswer => ({
  body,
  contentType: 'application/json',
  etag: `"${hash}"`,
})

function documentOf(all: readonly Kind[], key: string, make: () => unknown): Document {
  const documents = made.get(all) ?? new Map<string, Document>()
  made.set(all, documents)
  const known = documents.get(key)
  if (known !== undefined) return known
  const body = JSON.stringify(make())
  const hash = createHash('sha512').update(body).digest('hex').toUpperCase()
  const document = { body, hash }
  documents.set(key, document)
  return document
}

const rootOf = ({ group, version }: Resource): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`

const rootsOf = (all: readonly Kind[]): string[] => [
  ...new Set(all.map((kind) => rootOf(kind.resource))),
]

/** A version's hash is that of its kinds and their schemas: the documents themselves are made when asked for. */
const index = (all: readonly Kind[]): unknown => ({
  paths: Object.fromEntries(
    rootsOf(all).map((root) => {
      const url = `/openapi/v3/${root}?hash=${v3Document(all, root).hash}`
      return [root, { serverRelativeURL: url }]
    }),
  ) as unknown,
})

const v3Document = (all: readonly Kind[], root: string): Document =>
  documentOf(all, root, () => {
    const kinds = all.filter((kind) => rootOf(kind.resource) === root)
    return {
      openapi: '3.0.0',
      info: INFO,
      paths: Object.fromEntries(kinds.flatMap((kind) => pathsOf(root, kind, V3))) as unknown,
      components: { schemas: schemasOf(kinds, V3) },
    }
  })

const v2Document = (all: readonly Kind[]): unknown => ({
  swagger: '2.0',
  info: INFO,
  paths: Object.fromEntries(
    all.flatMap((kind) => pathsOf(rootOf(kind.resource), kind, V2)),
  ) as unknown,
  definitions: schemasOf(all, V2),
})
