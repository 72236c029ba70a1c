import { secret } from '../../core/index.ts'
import {
  apiVersionOf,
  type AccessAttributes,
  type AccessReviewStatus,
  type KubeObject,
  type RbacAuthorizer,
  type Resource,
  type UserInfo,
} from '../../kube/index.ts'
import { fieldsOf, isFields, textOf, type Fields } from './fields.ts'
import { refusals, type FieldFault } from './refusals.ts'
import type { TokenAuthenticator } from './service-account-tokens.ts'

export interface ReviewContext {
  readonly tokens: TokenAuthenticator
  readonly authorizer: RbacAuthorizer
}

/** Answers a review: the object that was sent, with its status. */
export async function review(
  context: ReviewContext,
  of: Resource,
  user: UserInfo,
  body: unknown,
  namespace: string | undefined,
): Promise<KubeObject> {
  if (!isFields(body) || (body['kind'] ?? of.kind) !== of.kind) {
    throw refusals.badRequest(`the object provided is unrecognized (must be of type ${of.kind})`)
  }
  const spec = fieldsOf(body['spec'])
  const answer = (status: unknown, shown?: Fields): KubeObject => ({
    kind: of.kind,
    apiVersion: apiVersionOf(of),
    metadata: fieldsOf(body['metadata']),
    ...(shown ? { spec: shown } : {}),
    status,
  })
  switch (of.kind) {
    case 'TokenReview':
      return answer(await tokenReview(context, of, spec), spec)
    case 'SelfSubjectReview':
      return answer({ userInfo: user })
    case 'SelfSubjectRulesReview':
      return answer(rulesReview(context, of, user, spec), {})
    case 'SelfSubjectAccessReview':
      return answer(decide(context, of, user, spec), spec)
    case 'LocalSubjectAccessReview':
      checkNamespace(of, spec, namespace)
      return answer(decide(context, of, subjectOf(of, spec), spec), spec)
    default:
      return answer(decide(context, of, subjectOf(of, spec), spec), spec)
  }
}

async function tokenReview(context: ReviewContext, of: Resource, spec: Fields): Promise<unknown> {
  const token = textOf(spec['token'])
  if (token === undefined) {
    throw refusals.badRequest('token is required for TokenReview in authentication')
  }
  const asked = stringsOf(spec['audiences'])
  const result = await context.tokens.authenticate(
    secret(token),
    asked.length > 0 ? asked : undefined,
  )
  if (!result.ok) return { user: {}, error: result.error }
  return { authenticated: true, user: result.user, audiences: result.audiences }
}

/** What a user may do in a namespace: `kubectl auth can-i --list`. */
function rulesReview(context: ReviewContext, of: Resource, user: UserInfo, spec: Fields): unknown {
  const namespace = textOf(spec['namespace'])
  if (namespace === undefined) throw refusals.badRequest('no namespace on request')
  const rules = context.authorizer.rulesFor(user, namespace)
  const pick = (keys: readonly string[]): Fields[] =>
    rules
      .map((rule) => Object.entries(rule) as [string, unknown][])
      .filter((entries) =>
        entries.some(([key, value]) => keys.includes(key) && value !== undefined),
      )
      .map((entries) => {
        const wanted = entries.filter(
          ([key, value]) => (key === 'verbs' || keys.includes(key)) && value !== undefined,
        )
        return Object.fromEntries(wanted)
      })
  return {
    resourceRules: pick(['apiGroups', 'resources', 'resourceNames']),
    nonResourceRules: pick(['nonResourceURLs']),
    incomplete: false,
  }
}

const stringsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

const fault = (field: string, message: string): FieldFault => ({
  reason: 'FieldValueInvalid',
  field,
  message,
})

/** Who a SubjectAccessReview is about. */
function subjectOf(of: Resource, spec: Fields): UserInfo {
  const username = textOf(spec['user']) ?? ''
  const groups = stringsOf(spec['groups'])
  if (username === '' && groups.length === 0) {
    const message = 'Invalid value: "": at least one of user or group must be specified'
    throw refusals.invalid(of, '', [fault('spec.user', message)])
  }
  return { username, groups }
}

function checkNamespace(of: Resource, spec: Fields, namespace: string | undefined): void {
  const asked = textOf(fieldsOf(spec['resourceAttributes'])['namespace'])
  if (asked === namespace) return
  const message = `Invalid value: ${JSON.stringify(asked ?? '')}: must match metadata.namespace`
  throw refusals.invalid(of, '', [fault('spec.resourceAttributes.namespace', message)])
}

function decide(
  context: ReviewContext,
  of: Resource,
  user: UserInfo,
  spec: Fields,
): AccessReviewStatus {
  const decision = context.authorizer.authorize(user, attributesOf(of, spec))
  return { allowed: decision.allowed, ...(decision.reason ? { reason: decision.reason } : {}) }
}

function attributesOf(of: Resource, spec: Fields): AccessAttributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec
  if (isFields(resource) === isFields(path)) {
    const message =
      'Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified'
    throw refusals.invalid(of, '', [fault('spec.resourceAttributes', message)])
  }
  if (isFields(path)) {
    const { path: wanted, verb } = path
    return { kind: 'nonResource', path: textOf(wanted) ?? '', verb: textOf(verb) ?? '' }
  }
  const given = fieldsOf(resource)
  const text = (key: string): string => textOf(given[key]) ?? ''
  return {
    kind: 'resource',
    verb: text('verb'),
    group: text('group'),
    version: text('version'),
    resource: text('resource'),
    subresource: text('subresource'),
    name: text('name'),
    namespace: text('namespace'),
  }
}
