import { expect, test } from 'vitest'
import { manualClock } from '../../../core/index.ts'
import type { KubeClient, Pod, TokenRequest } from '../../../kube/index.ts'
import { createPodTokens } from './service-account-token.ts'

const pod: Pod = {
  metadata: { name: 'p', namespace: 'n', uid: 'u' },
  spec: { serviceAccountName: 'sa', containers: [] },
}

/** Answers token requests with `token-1`, `token-2`, … of the life that was asked for; fails while `down`. */
function issuer(clock: { now(): number }): {
  client: KubeClient
  seen: TokenRequest[]
  state: { down: boolean }
} {
  const seen: TokenRequest[] = []
  const state = { down: false }
  const create = (_of: unknown, request: TokenRequest): Promise<TokenRequest> => {
    if (state.down) return Promise.reject(new Error('down'))
    seen.push(request)
    const expires = clock.now() + (request.spec.expirationSeconds ?? 0) * 1000
    return Promise.resolve({
      ...request,
      status: {
        token: `token-${seen.length}`,
        expirationTimestamp: new Date(expires).toISOString(),
      },
    })
  }
  return { client: { create } as unknown as KubeClient, seen, state }
}

test('a token is bound to the pod, kept, and replaced at 80 % of its life', async () => {
  const clock = manualClock()
  const { client, seen } = issuer(clock)
  const tokens = createPodTokens({ client, pod, clock })
  expect(tokens.nextRefresh()).toBeUndefined()
  expect((await tokens.get(undefined, 1000)).reveal()).toBe('token-1')
  expect(seen[0]?.spec).toMatchObject({
    audiences: [],
    boundObjectRef: { kind: 'Pod', name: 'p', uid: 'u' },
  })
  expect(tokens.nextRefresh()).toBe(clock.now() + 800_000)
  clock.advance(799_999)
  expect((await tokens.get(undefined, 1000)).reveal()).toBe('token-1')
  clock.advance(1)
  expect((await tokens.get(undefined, 1000)).reveal()).toBe('token-2')
  expect((await tokens.get('vault', 1000)).reveal()).toBe('token-3')
})

test('while the API server is away the old token stays until it expires', async () => {
  const clock = manualClock()
  const { client, state } = issuer(clock)
  const tokens = createPodTokens({ client, pod, clock })
  await tokens.get(undefined, 1000)
  state.down = true
  clock.advance(900_000)
  expect((await tokens.get(undefined, 1000)).reveal()).toBe('token-1')
  clock.advance(100_001)
  await expect(tokens.get(undefined, 1000)).rejects.toThrow('down')
})
