import type { Kind } from '../kinds/index.ts'
import { kindSchemaName } from './type-names.ts'
import type { Dialect } from './schemas.ts'

type Fields = Record<string, unknown>

const query = (name: string, { isV3 }: Dialect): Fields => ({
  name,
  in: 'query',
  ...(isV3
    ? { schema: { type: 'string', uniqueItems: true } }
    : { type: 'string', uniqueItems: true }),
})

const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]

/** `/api/v1/namespaces/{namespace}/pods` and `…/{name}` with their operations. */
export function pathsOf(root: string, kind: Kind, dialect: Dialect): [string, Fields][] {
  const { plural, namespaced } = kind.resource
  const collection = `/${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
  const one = (verb: string, action: string, parameters: string[]): Fields =>
    operation(kind, dialect, verb, action, parameters)
  const writes = ['dryRun', 'fieldManager', 'fieldValidation']
  const selection = ['labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion']
  return [
    [
      collection,
      {
        get: one('list', 'list', [...selection, 'watch', 'timeoutSeconds']),
        post: one('create', 'post', writes),
        delete: one('deleteCollection', 'deletecollection', [...selection, 'dryRun']),
      },
    ],
    [
      `${collection}/{name}`,
      {
        get: one('read', 'get', []),
        put: one('replace', 'put', writes),
        patch: one('patch', 'patch', [...writes, 'force']),
        delete: one('delete', 'delete', ['dryRun', 'gracePeriodSeconds', 'propagationPolicy']),
      },
    ],
  ]
}

function operation(
  kind: Kind,
  dialect: Dialect,
  verb: string,
  action: string,
  parameters: readonly string[],
): Fields {
  const { group, version, kind: name, namespaced } = kind.resource
  const $ref = `${dialect.prefix}${kindSchemaName(kind)}`
  return {
    description: `${verb} ${name}`,
    operationId: `${verb}${versionName(group, version)}${namespaced ? 'Namespaced' : ''}${name}`,
    parameters: parameters.map((parameter) => query(parameter, dialect)),
    ...body(kind, dialect, action, $ref),
    responses: { 200: response(dialect, $ref), 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, kind: name, version },
  }
}

const response = ({ isV3 }: Dialect, $ref: string): Fields => ({
  description: 'OK',
  ...(isV3 ? { content: { 'application/json': { schema: { $ref } } } } : { schema: { $ref } }),
})

function body({ custom }: Kind, { isV3 }: Dialect, action: string, $ref: string): Fields {
  if (!['post', 'put', 'patch'].includes(action)) return {}
  const all = action === 'patch' ? PATCH_TYPES : ['*/*']
  // Nobody knows how the lists of a custom resource merge.
  const types = custom ? all.filter((type) => !type.includes('strategic')) : all
  if (!isV3) return { consumes: types }
  const schema = action === 'patch' ? { type: 'object' } : { $ref }
  const content = Object.fromEntries(types.map((type) => [type, { schema }]))
  return { requestBody: { content, required: true } }
}

const versionName = (group: string, version: string): string => {
  const first = group === '' ? 'core' : (group.split('.')[0] ?? '')
  return [first, version].map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')
}
