import type { RemoteGroup } from './aggregation/index.ts'
import { discover } from './discovery.ts'
import type { KindRegistry } from './kind-registry.ts'
import { openApi } from './openapi/index.ts'
import type { AcceptedType } from './representation.ts'

/** An answer outside of the resources. */
export interface PlainAnswer {
  readonly code: number
  readonly contentType: string
  readonly body: string
  /** Besides type, length and `Cache-Control: no-cache, private`, which they may replace. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What the paths that are no resources need to know. */
export interface PlainFacts {
  readonly issuer: string
  readonly serverAddress: string
  readonly jwks: unknown
  readonly kinds: KindRegistry
  /** Groups that other API servers answer for; the same list until something changes. */
  readonly remoteGroups?: () => readonly RemoteGroup[]
}

export const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-06-01T00:00:00Z',
  goVersion: 'go1.26.10',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const

const CHECKS = ['ping', 'log', 'etcd', 'poststarthook/rbac/bootstrap-roles']

const json = (value: unknown): PlainAnswer => ({
  code: 200,
  contentType: 'application/json',
  body: JSON.stringify(value),
})

/** `404 page not found`, as Go's router says it: no Status. */
export const PAGE_NOT_FOUND: PlainAnswer = {
  code: 404,
  contentType: 'text/plain; charset=utf-8',
  body: '404 page not found\n',
}

/** Health, version, discovery, OpenAPI and the issuer's documents. */
export function answerPlain(
  path: string,
  query: URLSearchParams,
  facts: PlainFacts,
  accept: readonly AcceptedType[] = [],
): PlainAnswer {
  const health = /^\/(healthz|livez|readyz)(?:\/([\w/-]+))?$/.exec(path)
  if (health) return answerHealth(health[1] ?? '', health[2], query.has('verbose'))
  switch (path) {
    case '/version':
    case '/version/':
      return json(VERSION)
    case '/':
      return json({ paths: ['/api', '/apis', '/healthz', '/livez', '/readyz', '/version'] })
    case '/openid/v1/jwks':
      return { ...json(facts.jwks), contentType: 'application/jwk-set+json' }
    case '/.well-known/openid-configuration':
      return json({
        issuer: facts.issuer,
        jwks_uri: `https://${facts.serverAddress}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      })
  }
  return path.startsWith('/openapi/')
    ? answerOpenApi(path, query, facts, accept)
    : answerDiscovery(path, facts, accept)
}

function answerDiscovery(
  path: string,
  facts: PlainFacts,
  accept: readonly AcceptedType[],
): PlainAnswer {
  const found = discover(path, facts, accept)
  if (found === undefined) return PAGE_NOT_FOUND
  const { value, contentType, etag } = found
  const headers = /^\/apis?\/?$/.test(path)
    ? { Vary: 'Accept', ...(etag ? { ETag: etag } : {}) }
    : {}
  return { ...json(value), contentType, headers }
}

const ONE_YEAR_SECONDS = 31_536_000

function answerOpenApi(
  path: string,
  query: URLSearchParams,
  facts: PlainFacts,
  accept: readonly AcceptedType[],
): PlainAnswer {
  const found = openApi(path, query, facts.kinds, accept)
  if (found === undefined) return PAGE_NOT_FOUND
  const { body, contentType, etag, forever } = found
  const forLong = { 'Cache-Control': `public, immutable, max-age=${ONE_YEAR_SECONDS}` }
  const headers = { Vary: 'Accept', ETag: etag, ...(forever ? forLong : {}) }
  return { code: 200, contentType, body, headers }
}

function answerHealth(name: string, check: string | undefined, verbose: boolean): PlainAnswer {
  if (check !== undefined && !CHECKS.includes(check)) return PAGE_NOT_FOUND
  const lines = CHECKS.map((one) => `[+]${one} ok\n`).join('')
  const body = verbose && check === undefined ? `${lines}${name} check passed\n` : 'ok'
  return { code: 200, contentType: 'text/plain; charset=utf-8', body }
}
