import { Agent } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTokenKey, decodeToken, signToken } from '../../src/kube/index.ts'
import {
  CLUSTERROLEBINDINGS,
  SERVICEACCOUNTS,
  SUBJECTACCESSREVIEWS,
  type PolicyRule,
  type SubjectAccessReview,
} from '../../src/kube/index.ts'
import { waitFor } from '../../src/core/index.ts'
import type { AskOptions } from './ask.ts'
import { onEachTarget } from './each-target.ts'
import { adminCredential } from './exchange.ts'
import { openTarget, requestToken, targets, type Account, type Target } from './target.ts'

/**
 * What a kubelet asks the API server about its callers, how long it remembers the answers, and what its questions cost. The
 * budget is what `/configz` says: 5 requests a second and 10 at once in 1.20, 50 and 100 since 1.27, which the lab follows.
 * The lifetimes of two and of five minutes are in src/lab/kubelet/remembered-reviews.test.ts: here they are only not over.
 */

const MAY_READ: readonly PolicyRule[] = [
  { verbs: ['get'], apiGroups: [''], resources: ['nodes/metrics', 'nodes/stats'] },
]
const PATH = '/metrics/probes'
/** So many wait in line: for two seconds in 1.20, for a fifth of one since 1.27. */
const LINE = 10

/** What takes long, on all targets at the same time while the other cases run. */
interface Late {
  readonly opened: Promise<Target>
  readonly grant: Promise<Grant>
  readonly end: Promise<readonly number[]>
}
const late = new Map<string, Late>()
beforeAll(() => {
  for (const facts of targets()) {
    const opened = openTarget(facts)
    const grant = opened.then(grantLate)
    const end = opened.then(endToken)
    for (const each of [grant, end]) each.catch(() => undefined)
    late.set(facts.name, { opened, grant, end })
  }
})
afterAll(async () => {
  const all = [...late.values()].map(async ({ opened }) => (await opened)[Symbol.asyncDispose]())
  await Promise.allSettled(all)
})

onEachTarget((target, name) => {
  let namespace: string
  let reader: Account
  let sign: () => Promise<string>
  let budget: { readonly perSecond: number; readonly burst: number }
  const agent = new Agent({ keepAlive: true, maxSockets: LINE + 2 })
  const get = async (token?: string): Promise<number> =>
    (await target().kubelet(PATH, { agent, ...(token !== undefined && { token }) })).status
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    const started = performance.now()
    await run()
    return (performance.now() - started) / 1000
  }
  beforeAll(async () => {
    namespace = await target().namespace()
    reader = await target().account(namespace, MAY_READ)
    budget = await budgetOf(target())
    const good = decodeToken(reader.token)
    const key = await createTokenKey()
    if (!good.ok) throw new Error('the account has no token')
    const { claims } = good
    let count = 0
    sign = async () => (await signToken(key, { ...claims, jti: String(count++) })).reveal()
  })
  afterAll(() => agent.destroy())

  test('the budget is that of its version', () => {
    expect(budget).toEqual(
      { lab: { perSecond: 50, burst: 100 }, real: { perSecond: 5, burst: 10 } }[name],
    )
  })

  test('a refused token is asked about each time: within the budget at once, then in line', async () => {
    const each = Math.ceil((budget.burst + budget.perSecond) / LINE)
    const repeat = async (): Promise<void> => {
      const token = await sign()
      for (let n = 0; n < each; n++) expect(await get(token)).toBe(401)
    }
    const taken = await timed(() => Promise.all(Array.from({ length: LINE }, repeat)))
    expect(taken).toBeGreaterThan((each * LINE - budget.burst) / budget.perSecond - 0.05)
  })

  test('requests at the same time with the same refused token share a question', async () => {
    const token = await sign()
    await (await startFlood()).stop()
    const rounds = 3
    const taken = await timed(async () => {
      for (let n = 0; n < rounds; n++) {
        const all = await Promise.all(Array.from({ length: LINE }, () => get(token)))
        expect(new Set(all)).toEqual(new Set([401]))
      }
    })
    expect(taken).toBeLessThan((rounds * LINE) / budget.perSecond / 2)
  })

  test('refused tokens hold up who is new, and nobody who is remembered', async () => {
    const known = reader.token.reveal()
    expect(await get(known)).toBe(200)
    const fresh = (await requestToken(target().admin, reader, { expirationSeconds: 1800 })).reveal()
    const flood = await startFlood()
    const [remembered, waited] = await Promise.all([
      timed(async () => expect(await get(known)).toBe(200)),
      timed(async () => expect(await get(fresh)).toBe(200)),
    ])
    await flood.stop()
    expect(waited).toBeGreaterThan(LINE / 2 / budget.perSecond)
    expect(remembered).toBeLessThan(waited)
  })

  test('a good token that ends is good for the kubelet as long as it is remembered', async () => {
    expect(await late.get(name)?.end).toEqual([200, 401, 200])
  })

  test('a right that was taken away stays as long as it is remembered, and is gone for what was not asked yet', async () => {
    const account = await target().account(namespace, MAY_READ)
    const token = account.token.reveal()
    expect(await get(token)).toBe(200)
    await target().admin.patch(
      CLUSTERROLEBINDINGS,
      { name: account.name },
      { subjects: [] },
      'merge',
    )
    await untilAccess(target(), account, false)
    expect(await get(token)).toBe(200)
    expect((await target().kubelet('/stats/summary', { token })).status).toBe(403)
    expect((await target().kubelet(PATH, { token, method: 'POST' })).status).toBe(403)
  })

  test('a right that was given late is seen after half a minute', async () => {
    const grant = await late.get(name)?.grant
    expect(grant?.allowed).toBe(true)
    expect(grant?.lastRefusal).toBeGreaterThan(25)
    expect(grant?.lastRefusal).toBeLessThan(31)
    expect(grant?.firstAnswer).toBeGreaterThan(29.5)
    expect(grant?.firstAnswer).toBeLessThan(37)
  })

  /** Asks with ever new tokens, so many at the same time, until told to stop; comes back when all of them stand in line. */
  async function startFlood(): Promise<{ stop: () => Promise<void> }> {
    const wholeLine = (0.8 * LINE) / budget.perSecond
    let isOver = false
    let waiting: () => void = () => undefined
    const lined = new Promise<void>((resolve) => (waiting = resolve))
    const ask = async (): Promise<void> => {
      while (!isOver) {
        const token = await sign()
        if ((await timed(() => get(token))) > wholeLine) waiting()
      }
    }
    const all = Promise.all(Array.from({ length: LINE }, ask))
    await Promise.race([lined, all])
    const stop = async (): Promise<void> => {
      isOver = true
      await all
    }
    return { stop }
  }
})

interface Grant {
  readonly allowed: boolean
  /** Seconds since the first refusal. */
  readonly lastRefusal: number
  readonly firstAnswer: number
}

/** An account that is refused, is given the right then, and asks until it has it. */
async function grantLate(target: Target): Promise<Grant> {
  const namespace = await target.namespace()
  const account = await target.account(namespace)
  const { token } = account
  const first = (await target.kubelet(PATH, { token })).status
  const started = performance.now()
  const seconds = (): number => (performance.now() - started) / 1000
  if (first !== 403) return { allowed: false, lastRefusal: 0, firstAnswer: 0 }
  const { name } = await target.account(namespace, MAY_READ)
  await target.admin.patch(
    CLUSTERROLEBINDINGS,
    { name },
    { subjects: [{ kind: 'ServiceAccount', name: account.name, namespace }] },
    'merge',
  )
  await untilAccess(target, account, true)
  let lastRefusal = 0
  const firstAnswer = await waitFor(
    'the right',
    async () => {
      const { status } = await target.kubelet(PATH, { token })
      if (status === 200) return seconds()
      lastRefusal = seconds()
      return undefined
    },
    { timeoutMs: 45_000, intervalMs: 400 },
  )
  return { allowed: true, lastRefusal, firstAnswer }
}

/** A token that is used, ends and is used again; gives what kubelet, API server and kubelet answer. */
async function endToken(target: Target): Promise<readonly number[]> {
  const namespace = await target.namespace()
  const { name, token } = await target.account(namespace, MAY_READ)
  const first = (await target.kubelet(PATH, { token })).status
  await target.admin.delete(SERVICEACCOUNTS, { namespace, name })
  const api = await waitFor(
    'the API server to refuse the token, which it remembers for ten seconds itself',
    async () => {
      const { status } = await target.api('/api', { token })
      return status === 401 ? status : undefined
    },
    { timeoutMs: 20_000, intervalMs: 200 },
  )
  return [first, api, (await target.kubelet(PATH, { token })).status]
}

/** Waits until the API server says this of the account and the node's metrics. */
async function untilAccess(target: Target, { username }: Account, wanted: boolean): Promise<void> {
  const resourceAttributes = {
    verb: 'get',
    version: 'v1',
    resource: 'nodes',
    subresource: 'metrics',
    name: target.facts.nodeName,
  }
  await waitFor(
    `access ${String(wanted)}`,
    async () => {
      const spec = { user: username, resourceAttributes }
      const review: SubjectAccessReview = { metadata: {}, spec }
      const { status } = await target.admin.create(SUBJECTACCESSREVIEWS, review)
      return status?.allowed === wanted ? true : undefined
    },
    { timeoutMs: 10_000 },
  )
}

/** As the kubelet says it itself. */
async function budgetOf(target: Target): Promise<{ perSecond: number; burst: number }> {
  const admin: Partial<AskOptions> = await adminCredential(target)
  const { text } = await target.kubelet('/configz', admin)
  const { kubeletconfig } = JSON.parse(text) as { kubeletconfig: Record<string, unknown> }
  return {
    perSecond: Number(kubeletconfig['kubeAPIQPS']),
    burst: Number(kubeletconfig['kubeAPIBurst']),
  }
}
