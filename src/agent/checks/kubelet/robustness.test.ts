import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRunner, type CheckRunner } from '../../check-runner.ts'
import { createAgentLog } from '../../log.ts'
import { createFilter } from '../../store/filter.ts'
import { createPodStore } from '../../store/pod-store.ts'
import { createTagger } from '../../store/tags.ts'
import { createKubeletCheck } from './check.ts'
import { DEFAULT_INSTANCE, type KubeletInstance } from './instance.ts'

const signal = new AbortController().signal
const T = Date.parse('2026-01-12T09:30:05Z')

interface Node {
  /** By path; what is not there is 404, an error is no answer. */
  readonly answers: Map<string, string | Error>
  readonly runner: CheckRunner
  /** Lets time pass; `wall` is what somebody does to the clock besides. */
  pass(ms: number, wall?: number): void
  /** Metric → values, of one run. */
  run(): Promise<Record<string, number[]>>
}

function node(instance: Partial<KubeletInstance> = {}, refused?: Error): Node {
  const answers = new Map<string, string | Error>()
  let [at, offset] = [0, T]
  const log = createAgentLog('warn', () => undefined)
  const now = (): number => at + offset
  const base = 'https://10.0.0.5:10250'
  const client = {
    base,
    get(path: string) {
      const answer = answers.get(path)
      if (answer instanceof Error) return Promise.reject(answer)
      return Promise.resolve({
        url: base + path,
        status: answer === undefined ? 404 : 200,
        body: answer ?? '404 page not found\n',
      })
    },
  }
  const check = createKubeletCheck({
    connection: {
      client: () => (refused ? Promise.reject(refused) : Promise.resolve(client)),
      [Symbol.dispose]: () => undefined,
    },
    pods: createPodStore({ log, now }),
    tagger: createTagger(),
    filter: createFilter({ include: [], exclude: [], excludePauseContainers: true }),
    log,
    now,
    instance: { ...DEFAULT_INSTANCE, ...instance },
  })
  const runner = createRunner(check, { hostname: 'h', log, now, monotonic: () => at })
  answers.set('/stats/summary', '{"node":{},"pods":[]}')
  answers.set('/metrics', '')
  answers.set('/metrics/cadvisor', '')
  return {
    answers,
    runner,
    pass(ms, wall = 0) {
      at += ms
      offset += wall
    },
    async run() {
      const values: Record<string, number[]> = {}
      for (const { metric, points } of (await runner.runOnce(signal)).series) {
        const short = metric.replace('kubernetes.', '')
        ;(values[short] ??= []).push(...points.map(([, value]) => value))
      }
      return values
    },
  }
}

const pod = (name: string, id: string, image = 'i:1'): object => ({
  metadata: { name, namespace: 'n', uid: `uid-${name}` },
  spec: { containers: [{ name: 'app' }] },
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'app',
        image,
        imageID: '',
        containerID: `docker://${id}`,
        restartCount: 0,
        state: { running: { startedAt: '2026-01-12T09:00:00Z' } },
      },
    ],
  },
})
const list = (...items: object[]): string => JSON.stringify({ items })
const cpu = (name: string, value: number | string): string =>
  `container_cpu_usage_seconds_total{container="app",id="/x",image="i",name="k",namespace="n",pod="${name}"} ${value}\n`
const cpuText = (...lines: string[]): string =>
  `# TYPE container_cpu_usage_seconds_total counter\n${lines.join('')}`
const evictions = (count: number | string): string =>
  `# TYPE kubelet_evictions counter\nkubelet_evictions{eviction_signal="x"} ${count}\n`

describe('counters', () => {
  async function rates(...values: (number | string)[]): Promise<(number | undefined)[]> {
    const one = node()
    one.answers.set('/pods', list(pod('a', 'id-a')))
    const found: (number | undefined)[] = []
    for (const value of values) {
      one.answers.set('/metrics/cadvisor', cpuText(cpu('a', value)))
      found.push((await one.run())['cpu.usage.total']?.[0])
      one.pass(20_000)
    }
    return found
  }

  test('a reset gives no rate, and the next two samples do again', async () => {
    expect(await rates(100, 120, 10, 30)).toEqual([undefined, 1e9, undefined, 1e9])
  })

  test('a NaN or an infinite sample is no sample', async () => {
    expect(await rates(100, 'NaN', '+Inf', 160)).toEqual([undefined, undefined, undefined, 1e9])
  })

  test('past 2^53 nanoseconds the rate is right to a few nanocores', async () => {
    const [, rate = 0] = await rates(100_000_000, 100_000_010)
    expect(Math.abs(rate - 5e8)).toBeLessThan(1)
  })

  test('past 2^53 a counter of the summary, too, and a monotonic count of /metrics', async () => {
    const one = node({ useStatsSummaryAsSource: true })
    one.answers.set('/pods', list(pod('a', 'id-a')))
    const told = (more: number): void => {
      const stats = { name: 'app', cpu: { usageCoreNanoSeconds: 0 } }
      const pods = [{ podRef: { name: 'a', namespace: 'n', uid: 'uid-a' }, containers: [stats] }]
      const body = JSON.stringify({ node: {}, pods })
      // As text: JavaScript would round it before it is sent.
      const counter = (9_007_199_254_740_993n + BigInt(more)).toString()
      one.answers.set('/stats/summary', body.replace(':0}', `:${counter}}`))
      one.answers.set('/metrics', evictions(counter))
    }
    told(0)
    await one.run()
    one.pass(20_000)
    told(10_000_000_000)
    const values = await one.run()
    expect(Math.abs((values['cpu.usage.total']?.[0] ?? 0) - 5e8)).toBeLessThan(1)
    expect(Math.abs((values['kubelet.evictions']?.[0] ?? 0) - 1e10)).toBeLessThan(3)
  })

  test('an eviction count that was reset is no difference, and counts on from there', async () => {
    const one = node()
    const found: (number | undefined)[] = []
    for (const value of [7, 9, 2, 5]) {
      one.answers.set('/metrics', evictions(value))
      found.push((await one.run())['kubelet.evictions']?.[0])
      one.pass(20_000)
    }
    expect(found).toEqual([undefined, 2, 0, 3])
  })

  test.each([
    ['an hour ahead', 3_600_000],
    ['an hour back', -3_600_000],
  ])('a clock that is set %s changes no rate and keeps no old pod list', async (_, step) => {
    const one = node()
    one.answers.set('/pods', list(pod('a', 'id-a')))
    one.answers.set('/metrics/cadvisor', cpuText(cpu('a', 100)))
    await one.run()
    one.pass(20_000, step)
    one.answers.set('/pods', list(pod('a', 'id-a'), pod('b', 'id-b', 'j:1')))
    one.answers.set('/metrics/cadvisor', cpuText(cpu('a', 120), cpu('b', 1)))
    const values = await one.run()
    expect(values['cpu.usage.total']).toEqual([1e9])
    expect(values['containers.restarts']).toHaveLength(2)
  })
})

describe('pods that come and go', () => {
  test('a pod that is gone from the list is not reported from what the kubelet still tells', async () => {
    const one = node()
    const both = cpuText(cpu('a', 1), cpu('b', 1))
    one.answers.set('/pods', list(pod('a', 'id-a'), pod('b', 'id-b')))
    one.answers.set('/metrics/cadvisor', both)
    await one.run()
    one.pass(20_000)
    one.answers.set('/pods', list(pod('b', 'id-b')))
    one.answers.set('/metrics/cadvisor', cpuText(cpu('a', 2), cpu('b', 3)))
    expect((await one.run())['cpu.usage.total']).toEqual([1e8])
  })

  test('a pod of the same name with a new container starts its rates anew', async () => {
    const one = node()
    one.answers.set('/pods', list(pod('a', 'id-1')))
    one.answers.set('/metrics/cadvisor', cpuText(cpu('a', 100)))
    await one.run()
    one.pass(20_000)
    one.answers.set('/pods', list(pod('a', 'id-2')))
    one.answers.set('/metrics/cadvisor', cpuText(cpu('a', 500)))
    expect((await one.run())['cpu.usage.total']).toBeUndefined()
  })
})

describe('a kubelet that does not answer', () => {
  test('one that is slow on one path costs that path, by name', async () => {
    const one = node()
    const text = 'Get "https://10.0.0.5:10250/metrics/cadvisor": context deadline exceeded'
    one.answers.set('/pods', list(pod('a', 'id-a')))
    one.answers.set('/metrics/cadvisor', new Error(text))
    expect((await one.run())['containers.running']).toEqual([1])
    expect(one.runner.record).toMatchObject({
      lastError: '',
      lastWarnings: [`Error reporting metrics: ${text}`],
    })
  })

  test('one that answers half of a text gives the error of its line and none of its numbers', async () => {
    const one = node()
    one.answers.set('/pods', list(pod('a', 'id-a')))
    one.answers.set('/metrics/cadvisor', cpuText(cpu('a', 1)).slice(0, -20))
    await one.run()
    expect(one.runner.record.lastWarnings).toEqual([
      expect.stringMatching(/^Error reporting metrics: text format parsing error in line 2: /),
    ])
  })

  test('one that is not there at all is the error of the run, without a service check', async () => {
    const why = 'temporary failure in kubeutil, will retry later: refused'
    const one = node({}, new Error(why))
    const { series, serviceChecks } = await one.runner.runOnce(signal)
    expect([series, serviceChecks]).toEqual([[], []])
    expect(one.runner.record).toMatchObject({
      lastError: why,
      lastWarnings: [`Error initialising check: ${why}`],
    })
  })
})

describe('cardinality', () => {
  const pods = (): string => {
    const owner = { ownerReferences: [{ kind: 'DaemonSet', name: 'ds' }] }
    return list(
      ...['a', 'b'].map((name) => {
        const one = pod(name, `id-${name}`) as { metadata: object }
        return { ...one, metadata: { ...one.metadata, ...owner } }
      }),
    )
  }
  test.each([
    ['high', ['container_id', 'pod_name'], [1e9, 2e9]],
    ['orchestrator', ['pod_name'], [1e9, 2e9]],
    ['low', [], [3e9]],
  ] as const)('%s', async (cardinality, keys, expected) => {
    const one = node({ cardinality })
    one.answers.set('/pods', pods())
    one.answers.set('/metrics/cadvisor', cpuText(cpu('a', 1), cpu('b', 1)))
    await one.run()
    one.pass(20_000)
    one.answers.set('/metrics/cadvisor', cpuText(cpu('a', 21), cpu('b', 41)))
    const { series } = await one.runner.runOnce(signal)
    const rates = series.filter(({ metric }) => metric.endsWith('cpu.usage.total'))
    expect(rates.map(({ points }) => points[0]?.[1])).toEqual(expected)
    const found = new Set(rates.flatMap(({ tags }) => tags.map((tag) => tag.split(':', 1)[0])))
    for (const key of ['container_id', 'pod_name'])
      expect([key, found.has(key)]).toEqual([key, (keys as readonly string[]).includes(key)])
  })
})

test('static processors are told apart as soon as the kubelet says its policy', async () => {
  const one = node()
  const exact = pod('a', 'id-a') as { spec: { containers: object[] }; status: object }
  exact.spec.containers = [{ name: 'app', resources: { requests: { cpu: '2' } } }]
  one.answers.set('/pods', list({ ...exact, status: { ...exact.status, qosClass: 'Guaranteed' } }))
  one.answers.set('/configz', '{"kubeletconfig":{"cpuManagerPolicy":"static"}}')
  const { series } = await one.runner.runOnce(signal)
  const [requests] = series.filter(({ metric }) => metric.endsWith('cpu.requests'))
  expect(requests?.tags).toContain('kube_static_cpus:true')
})

test('whatever JSON comes for pods and summary: the run goes on, and all that is sent are numbers', async () => {
  const piece: fc.Arbitrary<unknown> = fc.oneof(
    fc.constantFrom(null, 0, -1, 'x', true, [], {}),
    fc.double(),
  )
  const stats = fc.record(
    {
      podRef: fc.oneof(piece, fc.constant({ name: 'a', namespace: 'n', uid: 'uid-a' })),
      containers: fc.oneof(
        piece,
        fc.array(fc.record({ name: fc.constant('app'), cpu: piece, memory: piece, rootfs: piece })),
      ),
      network: piece,
      'ephemeral-storage': fc.oneof(piece, fc.record({ usedBytes: piece })),
    },
    { requiredKeys: [] },
  )
  const summary = fc.record({
    node: piece,
    pods: fc.oneof(piece, fc.array(stats, { maxLength: 3 })),
  })
  const items = fc.oneof(
    piece,
    fc.array(
      fc.oneof(
        fc.constant(pod('a', 'id-a')),
        fc.record({
          metadata: fc.record({ name: fc.constant('a'), uid: piece, labels: piece }),
          spec: fc.record({ containers: fc.oneof(piece, fc.array(piece)) }),
          status: fc.oneof(
            piece,
            fc.record({ containerStatuses: fc.oneof(piece, fc.array(piece)) }),
          ),
        }),
      ),
      { maxLength: 3 },
    ),
  )
  await fc.assert(
    fc.asyncProperty(summary, items, async (anySummary, anyItems) => {
      const one = node({ useStatsSummaryAsSource: true })
      one.answers.set('/stats/summary', JSON.stringify(anySummary))
      one.answers.set('/pods', JSON.stringify({ items: anyItems }))
      const values = Object.values(await one.run()).flat()
      expect(one.runner.record.lastError).toBe('')
      expect(values.every((value) => typeof value === 'number')).toBe(true)
    }),
    { numRuns: 200 },
  )
})
