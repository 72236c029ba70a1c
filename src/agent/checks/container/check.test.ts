import { describe, expect, test } from 'vitest'
import { createRunner } from '../../check-runner.ts'
import { loadConfig } from '../../config.ts'
import type { DockerClient } from '../../docker/client.ts'
import type { DockerStats } from '../../docker/types.ts'
import { createAgentLog } from '../../log.ts'
import { createFilter } from '../../store/filter.ts'
import { createPodStore } from '../../store/pod-store.ts'
import { createTagger } from '../../store/tags.ts'
import { createContainerCheck } from './check.ts'

const T = Date.parse('2026-01-12T09:30:00Z')
const signal = new AbortController().signal

interface Rig {
  /** By container id; an error is what Docker says to the question. */
  readonly stats: Map<string, DockerStats | Error>
  /** What the kubelet lists, by container id. */
  readonly pods: Set<string>
  /** The kubelet's summary. */
  summary: unknown
  readonly log: string[]
  pass(ms: number, wall?: number): void
  /** `metric container` → values, of one run. */
  run(): Promise<Record<string, number[]>>
  /** What became of each container. */
  outcomes(): Record<string, string>
}

function rig(withDocker = true): Rig {
  const stats = new Map<string, DockerStats | Error>()
  const pods = new Set<string>()
  const log: string[] = []
  let [at, offset] = [0, T]
  const now = (): number => at + offset
  const answerTo = (id: string): Promise<DockerStats> => {
    const answer = stats.get(id) ?? new Error(`Docker answered 404 to GET /containers/${id}/stats`)
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
  const docker: DockerClient = {
    info: () => Promise.resolve({}),
    images: () => Promise.resolve([]),
    containers: () =>
      Promise.resolve([...stats.keys()].map((Id) => ({ Id, Names: [`/${Id}`], Image: 'i:1' }))),
    inspect: () => Promise.resolve({ State: { StartedAt: '2026-01-12T09:00:00Z' } }),
    stats: answerTo,
    [Symbol.dispose]: () => undefined,
  }
  const made: { summary: unknown } = { summary: {} }
  const listOf = (): unknown => ({
    items: [...pods].map((id) => ({
      metadata: { name: `pod-${id}`, namespace: 'n', uid: `uid-${id}` },
      spec: { containers: [{ name: 'app' }] },
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            image: 'i:1',
            imageID: '',
            containerID: `docker://${id}`,
            state: { running: { startedAt: '2026-01-12T09:00:00Z' } },
          },
        ],
      },
    })),
  })
  const client = {
    base: 'https://k',
    get: (url: string) =>
      Promise.resolve({
        url,
        status: 200,
        body: JSON.stringify(url === '/pods' ? listOf() : made.summary),
      }),
  }
  const agentLog = createAgentLog('debug', (line) => void log.push(line))
  const check = createContainerCheck({
    config: loadConfig({}),
    connection: { client: () => Promise.resolve(client), [Symbol.dispose]: () => undefined },
    docker: withDocker ? docker : undefined,
    system: undefined,
    pods: createPodStore({ log: agentLog, now, cacheMs: 0 }),
    tagger: createTagger(),
    filter: createFilter({ include: [], exclude: [], excludePauseContainers: true }),
    log: agentLog,
    now,
  })
  const options = { hostname: 'h', log: agentLog, now, monotonic: () => at }
  const runner = createRunner(check, options)
  return Object.assign(made, {
    stats,
    pods,
    log,
    pass(ms: number, wall = 0) {
      at += ms
      offset += wall
    },
    async run() {
      const values: Record<string, number[]> = {}
      for (const { metric, tags, points } of (await runner.runOnce(signal)).series) {
        const id = tags.find((tag) => tag.startsWith('container_id:'))?.slice(13) ?? '-'
        ;(values[`${metric.replace('container.', '')} ${id}`] ??= []).push(points[0]?.[1] ?? NaN)
      }
      return values
    },
    outcomes() {
      const { containers } = runner.record.inventory as {
        containers: { id: string; reason: string | null }[]
      }
      return Object.fromEntries(containers.map(({ id, reason }) => [id, reason ?? 'reported']))
    },
  })
}

const cpu = (total: number): DockerStats => ({ cpu_stats: { cpu_usage: { total_usage: total } } })

describe('numbers of Docker', () => {
  test('a counter that was reset gives no rate, past 2^53 it is right to some nanocores', async () => {
    const one = rig()
    one.pods.add('a')
    const rates: (number | undefined)[] = []
    for (const total of [2 ** 60, 2 ** 60 + 15e9, 5, 15e9 + 5]) {
      one.stats.set('a', cpu(total))
      rates.push((await one.run())['cpu.usage a']?.[0])
      one.pass(15_000)
    }
    expect(rates.map((rate) => rate && Math.round(rate / 100) * 100)).toEqual([
      undefined,
      1e9,
      undefined,
      1e9,
    ])
  })

  test.each([3_600_000, -3_600_000])(
    'a clock set by %i ms changes no rate, and no container is up since tomorrow',
    async (step) => {
      const one = rig()
      one.pods.add('a')
      one.stats.set('a', cpu(0))
      await one.run()
      one.pass(15_000, step)
      one.stats.set('a', cpu(15e9))
      const values = await one.run()
      expect(values['cpu.usage a']).toEqual([1e9])
      expect(values['uptime a']).toEqual([Math.max(0, 1800 + 15 + step / 1000)])
    },
  )

  test('fields that are missing, null or no numbers are not sent, and cost no other field', async () => {
    const one = rig()
    one.pods.add('a')
    const odd = {
      cpu_stats: { cpu_usage: { total_usage: null, usage_in_usermode: 'much' } },
      memory_stats: { usage: 7, stats: null },
      pids_stats: null,
      networks: null,
      blkio_stats: { io_service_bytes_recursive: null },
    }
    one.stats.set('a', odd as unknown as DockerStats)
    const values = await one.run()
    expect(values['memory.usage a']).toEqual([7])
    expect(Object.keys(values).some((name) => /cpu\.(usage|user)|pid|rss/.test(name))).toBe(false)
  })

  test('a container that goes between the list and the question is skipped, the others are reported', async () => {
    const one = rig()
    for (const id of ['a', 'b']) one.pods.add(id)
    one.stats.set('a', new Error('Docker answered 404 to GET /containers/a/stats'))
    one.stats.set('b', { memory_stats: { usage: 5 } })
    const values = await one.run()
    expect(values['memory.usage b']).toEqual([5])
    expect(values['uptime a'], 'not even its uptime').toBeUndefined()
    expect(one.log.join('\n')).toContain(
      'Container stats for: a not available through collector "docker", err: Docker answered 404',
    )
  })

  test('one whose pod comes later is nil stats until then, said once', async () => {
    const one = rig()
    one.pods.add('a')
    one.stats.set('a', { memory_stats: { usage: 1 } })
    one.stats.set('b', { memory_stats: { usage: 2 } })
    const nil = (): number =>
      one.log.filter((line) => line.includes('| WARN |') && line.includes('nil stats')).length
    for (let run = 0; run < 2; run += 1) {
      const values = await one.run()
      expect(Object.keys(values).some((name) => name.endsWith(' b'))).toBe(false)
      expect(one.outcomes()).toEqual({ a: 'reported', b: "in no pod of the kubelet's list" })
      expect(nil()).toBe(1)
    }
    one.pods.add('b')
    expect((await one.run())['memory.usage b']).toEqual([2])
    expect(one.outcomes()).toEqual({ a: 'reported', b: 'reported' })
  })
})

test('without a runtime: a pod of the summary that is not whole costs its own numbers only', async () => {
  const one = rig(false)
  for (const id of ['a', 'b']) one.pods.add(id)
  one.summary = {
    pods: [
      null,
      {},
      { podRef: { uid: 'uid-a' }, containers: null },
      {
        podRef: { uid: 'uid-b' },
        containers: [{ name: 'app', memory: { usageBytes: 9 } }],
        network: { name: 'eth0' },
      },
      { podRef: { uid: 'uid-gone' }, containers: [{ name: 'app', memory: { usageBytes: 1 } }] },
    ],
  }
  const values = await one.run()
  expect(values['memory.usage b']).toEqual([9])
  expect(one.outcomes()).toEqual({ a: 'no numbers from the kubelet collector', b: 'reported' })
  expect(Object.keys(values).filter((name) => name.startsWith('net.'))).toEqual([])
})
