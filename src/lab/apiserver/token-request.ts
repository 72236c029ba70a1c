import { rfc3339 } from '../../core/index.ts'
import {
  NODES,
  PODS,
  SECRETS,
  SERVICEACCOUNTS,
  boundClaims,
  signToken,
  type KubeObject,
  type NameAndUid,
  type Resource,
  type TokenKey,
} from '../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from './context.ts'
import { reply } from './context.ts'
import { fieldsOf, isFields, textOf, type Fields } from './fields.ts'
import { refusals, type FieldFault } from './refusals.ts'
import type { Store } from './store.ts'

/** What pods' token volumes ask for by default; such tokens live on for old clients that never re-read the file. */
const DEFAULT_VOLUME_SECONDS = 3607
const EXTENDED_SECONDS = 365 * 24 * 3600
const DEFAULT_SECONDS = 3600
const MIN_SECONDS = 600

const TOKENREQUESTS: Resource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'tokenrequests',
  singular: 'tokenrequest',
  kind: 'TokenRequest',
  namespaced: true,
  shortNames: [],
}

/** POST serviceaccounts/NAME/token: a token bound to the account and, if wished, to a pod or Secret. */
export async function requestToken(
  context: ApiContext,
  request: ResourceRequest,
  signer: { readonly key: TokenKey; readonly issuer: string },
): Promise<Reply> {
  const { namespace = '', name } = request.info
  const { store, clock } = context
  const account = store.get(SERVICEACCOUNTS, namespace, name)
  if (account === undefined) throw refusals.notFound(SERVICEACCOUNTS, name)
  const spec = readSpec(request.body, signer.issuer)
  const bound = bind(store, namespace, name, spec.boundObjectRef)
  const extended =
    spec.expirationSeconds === DEFAULT_VOLUME_SECONDS &&
    spec.audiences.every((audience) => audience === signer.issuer)
  const claims = boundClaims({
    issuer: signer.issuer,
    audiences: spec.audiences,
    namespace,
    serviceAccount: { name, uid: account.object.metadata.uid ?? '' },
    ...bound,
    lifetimeMs: (extended ? EXTENDED_SECONDS : spec.expirationSeconds) * 1000,
    ...(extended ? { warnAfterMs: DEFAULT_VOLUME_SECONDS * 1000 } : {}),
    clock,
  })
  const token = await signToken(signer.key, claims)
  const answer = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: rfc3339(clock.now()) },
    spec,
    status: {
      token: token.reveal(),
      expirationTimestamp: rfc3339(clock.now() + spec.expirationSeconds * 1000),
    },
  }
  return reply(answer, 201)
}

interface Spec {
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  readonly boundObjectRef: Fields | null
}

function readSpec(body: unknown, issuer: string): Spec {
  const given = fieldsOf(fieldsOf(body)['spec'])
  const listed = Array.isArray(given['audiences']) ? given['audiences'] : []
  const audiences = listed.filter((one): one is string => typeof one === 'string' && one !== '')
  const seconds = given['expirationSeconds'] ?? DEFAULT_SECONDS
  if (typeof seconds !== 'number' || seconds < MIN_SECONDS) {
    throw invalidSeconds(seconds, 'may not specify a duration less than 10 minutes')
  }
  if (seconds > 2 ** 32) {
    throw invalidSeconds(seconds, 'may not specify a duration larger than 2^32 seconds')
  }
  const reference = given['boundObjectRef']
  return {
    audiences: audiences.length > 0 ? audiences : [issuer],
    expirationSeconds: seconds,
    boundObjectRef: isFields(reference) ? reference : null,
  }
}

function invalidSeconds(value: unknown, why: string): Error {
  const fault: FieldFault = {
    reason: 'FieldValueInvalid',
    field: 'spec.expirationSeconds',
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  }
  return refusals.invalid(TOKENREQUESTS, '', [fault])
}

interface Bound {
  readonly pod?: NameAndUid
  readonly node?: NameAndUid
  readonly secret?: NameAndUid
}

/** Looks up what the token shall be bound to. */
function bind(store: Store, namespace: string, account: string, reference: Fields | null): Bound {
  if (reference === null) return {}
  const kind = textOf(reference['kind']) ?? ''
  const name = textOf(reference['name']) ?? ''
  if (kind !== 'Pod' && kind !== 'Secret') {
    throw refusals.badRequest(`cannot bind token to object of type ${kind}`)
  }
  const of = kind === 'Pod' ? PODS : SECRETS
  const found = store.get(of, namespace, name)?.object
  if (found === undefined) throw refusals.notFound(of, name)
  const uid = found.metadata.uid ?? ''
  const wanted = textOf(reference['uid'])
  if (wanted !== undefined && wanted !== uid) {
    const why = `the UID in the bound object reference (${wanted}) does not match the UID in record. The object might have been deleted and then recreated`
    throw refusals.conflict(of, name, why)
  }
  if (kind === 'Secret') return { secret: { name, uid } }
  if (textOf(fieldsOf(found['spec'])['serviceAccountName']) !== account) {
    throw refusals.badRequest(
      `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name.`,
    )
  }
  return { pod: { name, uid }, ...nodeOf(store, found) }
}

function nodeOf(store: Store, pod: KubeObject): Bound {
  const name = textOf(fieldsOf(pod['spec'])['nodeName'])
  if (name === undefined) return {}
  const uid = store.get(NODES, undefined, name)?.object.metadata.uid
  return uid === undefined ? {} : { node: { name, uid } }
}
