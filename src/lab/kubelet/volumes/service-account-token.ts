import {
  SERVICEACCOUNTS,
  type KubeClient,
  type Pod,
  type TokenRequest,
} from '../../../kube/index.ts'
import { secret, type Clock, type Secret } from '../../../core/index.ts'

interface Held {
  readonly token: Secret
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Bound ServiceAccount tokens of one pod, by audience; a new one is asked for at 80 % of a token's life, as the kubelet does. */
export interface PodTokens {
  get(audience: string | undefined, expirationSeconds: number): Promise<Secret>
  /** When the first of the tokens should be replaced, in milliseconds since 1970. */
  nextRefresh(): number | undefined
}

const ROTATE_AT = 0.8
/** The kubelet also replaces a token that is older than a day. */
const MAX_AGE_MS = 24 * 3600_000

export function createPodTokens(options: {
  client: KubeClient
  pod: Pod
  clock: Clock
}): PodTokens {
  const { client, pod, clock } = options
  const held = new Map<string, Held>()
  const due = (token: Held): number =>
    token.issuedAt + Math.min((token.expiresAt - token.issuedAt) * ROTATE_AT, MAX_AGE_MS)

  const request = async (
    audience: string | undefined,
    expirationSeconds: number,
  ): Promise<Held> => {
    const answer = await client.create<TokenRequest>(
      SERVICEACCOUNTS,
      tokenRequest(pod, audience, expirationSeconds),
      {
        namespace: pod.metadata.namespace ?? 'default',
        name: pod.spec.serviceAccountName ?? 'default',
        subresource: 'token',
      },
    )
    const expiresAt = Date.parse(answer.status?.expirationTimestamp ?? '')
    const token = secret(answer.status?.token ?? '')
    const issuedAt = clock.now()
    return {
      token,
      issuedAt,
      expiresAt: Number.isNaN(expiresAt) ? issuedAt + expirationSeconds * 1000 : expiresAt,
    }
  }
  return {
    async get(audience, expirationSeconds) {
      const key = `${audience ?? ''}/${expirationSeconds}`
      const known = held.get(key)
      if (known && clock.now() < due(known)) return known.token
      try {
        const fresh = await request(audience, expirationSeconds)
        held.set(key, fresh)
        return fresh.token
      } catch (error) {
        // The old token is good for another fifth of its life: try again with the next refresh.
        if (known && clock.now() < known.expiresAt) return known.token
        throw error
      }
    },
    nextRefresh: () => (held.size === 0 ? undefined : Math.min(...[...held.values()].map(due))),
  }
}

function tokenRequest(
  pod: Pod,
  audience: string | undefined,
  expirationSeconds: number,
): TokenRequest {
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      audiences: audience === undefined || audience === '' ? [] : [audience],
      expirationSeconds,
      boundObjectRef: {
        apiVersion: 'v1',
        kind: 'Pod',
        name: pod.metadata.name ?? '',
        ...(pod.metadata.uid === undefined ? {} : { uid: pod.metadata.uid }),
      },
    },
  }
}
