import { describeError, type Secret } from '../core/index.ts'
import type { KubeClient, KubeClientOptions, RawAnswer } from './client.ts'
import { createKubeClient } from './http-client.ts'
import type { SelfSubjectReview, SubjectAccessReview, UserInfo } from './objects.ts'
import type { AccessAttributes } from './rbac-rules.ts'
import { accessSpec, parseUser, readAccess, type AccessReviewResult } from './reviews.ts'

export type SelfReviewResult =
  | { readonly kind: 'authenticated'; readonly user: UserInfo }
  | { readonly kind: 'denied'; readonly why: string }
  | {
      readonly kind: 'unavailable'
      readonly why: string
      /** The API server answers, but is older than SelfSubjectReview (Kubernetes 1.27). */
      readonly unsupported?: true
    }

/** Where self reviews go: an API server without any credential of ours. */
export type SelfReviewTarget = Omit<KubeClientOptions, 'credential'>

/**
 * Asks one API server, with the CALLER'S token, who that is and what it may do. It has no credential of its own: no
 * client certificate could answer in the token's place. Keeps its connections.
 */
export interface SelfReviewer extends AsyncDisposable {
  /** SelfSubjectReview (v1, before Kubernetes 1.28 v1beta1). */
  reviewSelf(token: Secret, signal?: AbortSignal): Promise<SelfReviewResult>
  /** SelfSubjectAccessReview. */
  reviewSelfAccess(
    token: Secret,
    wanted: AccessAttributes,
    signal?: AbortSignal,
  ): Promise<AccessReviewResult>
}

const MAX_REVIEW_BYTES = 256 * 1024
const VERSIONS = ['v1', 'v1beta1'] as const

export function createSelfReviewer(target: SelfReviewTarget): SelfReviewer {
  const client = createKubeClient({ ...target, credential: { kind: 'none' } })
  return {
    reviewSelf: (token, signal) => askWho(client, token, signal),
    reviewSelfAccess: (token, wanted, signal) => askAccess(client, token, wanted, signal),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/** One question over a connection of its own. */
export async function reviewSelf(
  target: SelfReviewTarget,
  token: Secret,
  signal?: AbortSignal,
): Promise<SelfReviewResult> {
  await using reviewer = createSelfReviewer(target)
  return await reviewer.reviewSelf(token, signal)
}

/** One question over a connection of its own. */
export async function reviewSelfAccess(
  target: SelfReviewTarget,
  token: Secret,
  wanted: AccessAttributes,
  signal?: AbortSignal,
): Promise<AccessReviewResult> {
  await using reviewer = createSelfReviewer(target)
  return await reviewer.reviewSelfAccess(token, wanted, signal)
}

async function askWho(
  client: KubeClient,
  token: Secret,
  signal: AbortSignal | undefined,
): Promise<SelfReviewResult> {
  for (const version of VERSIONS) {
    const apiVersion = `authentication.k8s.io/${version}`
    const body = { apiVersion, kind: 'SelfSubjectReview' }
    const answer = await post(client, `/apis/${apiVersion}/selfsubjectreviews`, body, token, signal)
    if (answer.kind === 'refused' && isUnsupported(answer.status)) continue
    if (answer.kind !== 'said') return noAnswer(answer)
    const user = parseUser((answer.body as SelfSubjectReview).status?.userInfo)
    if (user === undefined) return { kind: 'denied', why: 'the API server named no user' }
    return { kind: 'authenticated', user }
  }
  const why = `${client.server} has no SelfSubjectReview`
  return { kind: 'unavailable', why, unsupported: true }
}

/** Where the path does not exist. An old server asks RBAC first, and its roles do not know the resource: 403. */
const isUnsupported = (status: number): boolean => status === 404 || status === 403

async function askAccess(
  client: KubeClient,
  token: Secret,
  wanted: AccessAttributes,
  signal: AbortSignal | undefined,
): Promise<AccessReviewResult> {
  const apiVersion = 'authorization.k8s.io/v1'
  const body = { apiVersion, kind: 'SelfSubjectAccessReview', spec: accessSpec(wanted) }
  const path = `/apis/${apiVersion}/selfsubjectaccessreviews`
  const answer = await post(client, path, body, token, signal)
  if (answer.kind === 'said') return readAccess((answer.body as SubjectAccessReview).status)
  const none = noAnswer(answer)
  if (none.kind === 'unavailable') return { kind: 'unavailable', why: none.why }
  return { kind: 'denied', reason: none.why, unauthenticated: true }
}

type Answer =
  | { readonly kind: 'said'; readonly body: object }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'silent'; readonly why: string }

async function post(
  client: KubeClient,
  path: string,
  body: unknown,
  token: Secret,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  let answer: RawAnswer
  try {
    answer = await client.raw('POST', path, {
      body,
      headers: { authorization: `Bearer ${token.reveal()}` },
      maxBytes: MAX_REVIEW_BYTES,
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    return { kind: 'silent', why: describeError(error) }
  }
  if (answer.status !== 200 && answer.status !== 201) {
    return { kind: 'refused', status: answer.status }
  }
  try {
    const said: unknown = JSON.parse(answer.body.toString('utf8'))
    if (typeof said === 'object' && said !== null) return { kind: 'said', body: said }
  } catch {
    // Told below.
  }
  return { kind: 'silent', why: `${client.server}${path}: the answer is no review` }
}

/** 401 is an answer: the token is nobody's. Everything else says nothing about it. */
function noAnswer(
  answer: Exclude<Answer, { kind: 'said' }>,
): Exclude<SelfReviewResult, { kind: 'authenticated' }> {
  if (answer.kind === 'silent') return { kind: 'unavailable', why: answer.why }
  if (answer.status === 401) {
    return { kind: 'denied', why: 'the API server does not accept the token' }
  }
  return { kind: 'unavailable', why: `the API server answered with ${answer.status}` }
}
