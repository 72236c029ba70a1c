import { describeError, type Secret } from '../core/index.ts'
import type { KubeClient } from './client.ts'
import type { AccessReviewStatus, SubjectAccessReview, TokenReview, UserInfo } from './objects.ts'
import type { AccessAttributes } from './rbac-rules.ts'
import { SELFSUBJECTACCESSREVIEWS, SUBJECTACCESSREVIEWS, TOKENREVIEWS } from './resources.ts'

/** Who a token is. `unavailable`: nobody could say, which is no answer and must not be remembered as one. */
export type TokenReviewResult =
  | {
      readonly kind: 'authenticated'
      readonly user: UserInfo
      readonly audiences: readonly string[]
    }
  | { readonly kind: 'denied'; readonly why: string }
  | { readonly kind: 'unavailable'; readonly why: string }

/** Whether somebody may do something. */
export type AccessReviewResult =
  | { readonly kind: 'allowed'; readonly reason: string }
  | {
      readonly kind: 'denied'
      readonly reason: string
      /** The question was not even heard: the API server does not accept the asker's credential. */
      readonly unauthenticated?: true
    }
  | { readonly kind: 'unavailable'; readonly why: string }

/** Asks an API server who a token is (TokenReview), with the client's own rights. */
export async function reviewToken(
  client: KubeClient,
  token: Secret,
  options: { audiences?: readonly string[]; signal?: AbortSignal } = {},
): Promise<TokenReviewResult> {
  const { audiences, signal } = options
  const spec = { token: token.reveal(), ...(audiences ? { audiences: [...audiences] } : {}) }
  let review: TokenReview
  try {
    review = await client.create<TokenReview>(
      TOKENREVIEWS,
      { metadata: {}, spec },
      signal ? { signal } : {},
    )
  } catch (error) {
    return { kind: 'unavailable', why: describeError(error) }
  }
  return readTokenReview(review, audiences ?? [])
}

/** A status with an error is no yes, whatever else it says; nor is one for other audiences than those asked for. */
function readTokenReview({ status }: TokenReview, wanted: readonly string[]): TokenReviewResult {
  if (status?.authenticated !== true || status.error) {
    return { kind: 'denied', why: status?.error ?? 'the API server does not know the token' }
  }
  const user = parseUser(status.user)
  if (user === undefined) return { kind: 'denied', why: 'the API server named no user' }
  const accepted = status.audiences ?? []
  if (wanted.length > 0 && !accepted.some((one) => wanted.includes(one))) {
    return { kind: 'denied', why: 'the API server did not confirm an audience' }
  }
  return { kind: 'authenticated', user, audiences: accepted }
}

/** Asks an API server what a user may do (SubjectAccessReview), with the client's own rights. */
export async function reviewAccess(
  client: KubeClient,
  user: UserInfo,
  wanted: AccessAttributes,
  signal?: AbortSignal,
): Promise<AccessReviewResult> {
  const spec: SubjectAccessReview['spec'] = {
    user: user.username,
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    ...(user.groups === undefined ? {} : { groups: user.groups }),
    ...(user.extra === undefined ? {} : { extra: user.extra }),
    ...accessSpec(wanted),
  }
  try {
    const review = await client.create<SubjectAccessReview>(
      SUBJECTACCESSREVIEWS,
      { metadata: {}, spec },
      signal ? { signal } : {},
    )
    return readAccess(review.status)
  } catch (error) {
    return { kind: 'unavailable', why: describeError(error) }
  }
}

/** Asks an API server what the client itself may do (SelfSubjectAccessReview). */
export async function reviewOwnAccess(
  client: KubeClient,
  wanted: AccessAttributes,
  signal?: AbortSignal,
): Promise<AccessReviewResult> {
  try {
    const review = await client.create<SubjectAccessReview>(
      SELFSUBJECTACCESSREVIEWS,
      { metadata: {}, spec: accessSpec(wanted) },
      signal ? { signal } : {},
    )
    return readAccess(review.status)
  } catch (error) {
    return { kind: 'unavailable', why: describeError(error) }
  }
}

/** Attributes as a review's spec holds them. */
export function accessSpec(
  wanted: AccessAttributes,
): Pick<SubjectAccessReview['spec'], 'resourceAttributes' | 'nonResourceAttributes'> {
  if (wanted.kind === 'nonResource') {
    return { nonResourceAttributes: { path: wanted.path, verb: wanted.verb } }
  }
  const { namespace, verb, group, version, resource, subresource, name } = wanted
  return {
    resourceAttributes: {
      verb,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      ...(group === undefined ? {} : { group }),
      ...(version === undefined ? {} : { version }),
      ...(subresource === undefined ? {} : { subresource }),
      ...(name === undefined ? {} : { name }),
    },
  }
}

/** Only a plain yes is a yes. */
export function readAccess(status: AccessReviewStatus | undefined): AccessReviewResult {
  if (typeof status !== 'object') return { kind: 'unavailable', why: 'the review has no status' }
  const reason = status.reason ?? ''
  const allowed = (status.allowed as unknown) === true && !status.denied
  return { kind: allowed ? 'allowed' : 'denied', reason }
}

/** A user from an answer; undefined when it is nobody or not of the right shape. */
export function parseUser(value: unknown): UserInfo | undefined {
  const { username, uid, groups, extra } = (value ?? {}) as Record<string, unknown>
  if (typeof username !== 'string' || username === '' || username === 'system:anonymous') {
    return undefined
  }
  return {
    username,
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(isTexts(groups) ? { groups } : {}),
    ...(isExtra(extra) ? { extra } : {}),
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function isExtra(value: unknown): value is Record<string, string[]> {
  return typeof value === 'object' && value !== null && Object.values(value).every(isTexts)
}
