import type { IncomingMessage } from 'node:http'
import { beforeEach, expect, test } from 'vitest'
import { createLogger, manualClock } from '../../core/index.ts'
import type { KubeClient } from '../../kube/index.ts'
import { createAuthenticator } from './authenticate.ts'
import { createAuthorizer } from './authorize.ts'
import { createKubeletMetrics } from './kubelet-metrics.ts'
import { limitClient } from './limited-client.ts'
import { createRequestBudget } from './request-budget.ts'

/** How long a kubelet remembers what it was told, as measured on a real one (1.20, and the same settings in 1.36). */

const SECOND = 1000
const user = { username: 'somebody' }
const metrics = createKubeletMetrics()
const log = createLogger('test', 'silent')
const request = (token: string): IncomingMessage =>
  ({ headers: { authorization: `Bearer ${token}` }, socket: {} }) as IncomingMessage

let asked: number
/** What the API server says next; undefined: nothing. */
let answer: object | undefined
const client = {
  server: 'https://api.invalid',
  create: () => {
    asked++
    return answer === undefined
      ? Promise.reject(new Error('down'))
      : Promise.resolve({ status: answer })
  },
} as unknown as KubeClient
beforeEach(() => {
  asked = 0
})

test('a good token: two minutes, whatever becomes of it', async () => {
  const clock = manualClock()
  const authenticate = createAuthenticator({ client, clock, metrics, log })
  answer = { authenticated: true, user }
  expect(await authenticate(request('good'))).toEqual(user)
  answer = { authenticated: false }
  clock.advance(120 * SECOND - 1)
  expect(await authenticate(request('good'))).toEqual(user)
  expect(asked).toBe(1)
  clock.advance(1)
  expect(await authenticate(request('good'))).toBeUndefined()
  expect(asked).toBe(2)
})

test('a refused token, and one that nobody could judge: not at all', async () => {
  const clock = manualClock()
  const authenticate = createAuthenticator({ client, clock, metrics, log })
  for (answer of [{ authenticated: false }, undefined, { authenticated: false, error: 'x' }])
    expect(await authenticate(request('late'))).toBeUndefined()
  answer = { authenticated: true, user }
  expect(await authenticate(request('late'))).toEqual(user)
  expect(asked).toBe(4)
})

test('a token when the budget is used up for longer than half a minute: refused without a question', async () => {
  const clock = manualClock()
  const budget = createRequestBudget({ perSecond: 0.03, burst: 1, clock })
  const limited = limitClient(client, budget, metrics, 30 * SECOND)
  const authenticate = createAuthenticator({ client: limited, clock, metrics, log })
  answer = { authenticated: true, user }
  expect(await authenticate(request('one'))).toEqual(user)
  expect(await authenticate(request('two'))).toBeUndefined()
  expect(await authenticate(request('one'))).toEqual(user)
  expect(asked).toBe(1)
})

test('access: five minutes when it is given, half a minute when it is not', async () => {
  const clock = manualClock()
  const authorize = createAuthorizer({ client, nodeName: 'node-1', clock, metrics })
  const may = (): Promise<boolean> => authorize(user, 'get', ['stats'])
  answer = { allowed: true }
  expect(await may()).toBe(true)
  answer = { allowed: false }
  clock.advance(300 * SECOND - 1)
  expect(await may()).toBe(true)
  clock.advance(1)
  expect(await may()).toBe(false)
  answer = { allowed: true }
  clock.advance(30 * SECOND - 1)
  expect(await may()).toBe(false)
  clock.advance(1)
  expect(await may()).toBe(true)
  expect(asked).toBe(3)
})

test('access that nobody could judge: not at all', async () => {
  const authorize = createAuthorizer({ client, nodeName: 'node-1', clock: manualClock(), metrics })
  answer = undefined
  await expect(authorize(user, 'get', ['stats'])).rejects.toThrow('down')
  answer = { allowed: true }
  expect(await authorize(user, 'get', ['stats'])).toBe(true)
})

test('each verb, each subresource and each user is asked about', async () => {
  const authorize = createAuthorizer({ client, nodeName: 'node-1', clock: manualClock(), metrics })
  answer = { allowed: false }
  for (let n = 0; n < 2; n++) {
    await authorize(user, 'get', ['pods', 'proxy'])
    await authorize(user, 'create', ['pods'])
    await authorize({ ...user, groups: ['other'] }, 'get', ['pods'])
  }
  expect(asked).toBe(4)
})
