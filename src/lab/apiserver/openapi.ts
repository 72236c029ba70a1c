import { createHash } from 'node:crypto'
import type { Resource } from '../../kube/index.ts'
import { KINDS } from './kinds/index.ts'

/**
 * OpenAPI v3, as little as kubectl needs: it looks for a `fieldValidation` parameter on a kind's PATCH before it
 * leaves validation to the server. Schemas say "an object" and no more.
 */
export function openApi(path: string): unknown {
  if (path === '/openapi/v3') return index()
  const found = groupVersions().find((root) => path === `/openapi/v3/${root}`)
  return found === undefined ? undefined : documentOf(found)
}

const rootOf = ({ group, version }: Resource): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`

const groupVersions = (): string[] => [...new Set(KINDS.map((kind) => rootOf(kind.resource)))]

function index(): unknown {
  const entries = groupVersions().map((root) => {
    const hash = createHash('sha256')
      .update(JSON.stringify(documentOf(root)))
      .digest('hex')
    const url = `/openapi/v3/${root}?hash=${hash.slice(0, 32).toUpperCase()}`
    return [root, { serverRelativeURL: url }]
  })
  return { paths: Object.fromEntries(entries) as unknown }
}

function documentOf(root: string): unknown {
  const resources = KINDS.map((kind) => kind.resource).filter((of) => rootOf(of) === root)
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.2' },
    paths: Object.fromEntries(resources.map((of) => [pathOf(root, of), operations(of)])) as unknown,
    components: {
      schemas: Object.fromEntries(resources.map((of) => [schemaName(of), schema(of)])) as unknown,
    },
  }
}

const pathOf = (root: string, of: Resource): string =>
  `/${root}${of.namespaced ? '/namespaces/{namespace}' : ''}/${of.plural}/{name}`

const PACKAGES: Readonly<Record<string, string>> = {
  '': 'core',
  apps: 'apps',
  'rbac.authorization.k8s.io': 'rbac',
}

const schemaName = (of: Resource): string =>
  `io.k8s.api.${PACKAGES[of.group] ?? of.group}.${of.version}.${of.kind}`

const gvk = ({ group, version, kind }: Resource): Record<string, string> => ({
  group,
  kind,
  version,
})

const schema = (of: Resource): unknown => ({
  type: 'object',
  description: `${of.kind} ${of.version}`,
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
  },
  'x-kubernetes-group-version-kind': [gvk(of)],
})

const parameter = (name: string): unknown => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
})

function operations(of: Resource): unknown {
  const content = {
    'application/json': { schema: { $ref: `#/components/schemas/${schemaName(of)}` } },
  }
  const responses = { 200: { description: 'OK', content } }
  const common = { responses, 'x-kubernetes-group-version-kind': gvk(of) }
  return {
    get: { operationId: `read${of.kind}`, 'x-kubernetes-action': 'get', ...common },
    patch: {
      operationId: `patch${of.kind}`,
      parameters: [parameter('dryRun'), parameter('fieldManager'), parameter('fieldValidation')],
      'x-kubernetes-action': 'patch',
      ...common,
    },
  }
}
