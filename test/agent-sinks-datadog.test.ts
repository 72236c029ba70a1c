import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Series } from '../src/agent/aggregator/series.ts'
import { createAgentLog } from '../src/agent/log.ts'
import type { Batch } from '../src/agent/sinks/batch.ts'
import { openDatadogSink, type DatadogConfig } from '../src/agent/sinks/datadog/sink.ts'
import type { Sink } from '../src/agent/sinks/sink.ts'
import { secret, waitFor } from '../src/core/index.ts'
import { createAuthority } from '../src/kube/index.ts'
import { API_KEY, FAILURES, startIntake, type Intake } from './helpers/intake.ts'

const TIMESTAMP = 1_768_210_205

const series = (metric: string, more: Partial<Series> = {}): Series => ({
  metric,
  points: [[TIMESTAMP, 1.5]],
  tags: ['pod_name:web-0'],
  host: 'node-1',
  type: 'gauge',
  interval: 0,
  source_type_name: 'System',
  ...more,
})

const batch = (...metrics: readonly string[]): Batch => ({
  source: 'kubelet',
  series: metrics.map((metric) => series(metric)),
  serviceChecks: [],
  logs: [],
})

let intake: Intake
let folder: string
let lines: string[]

beforeAll(async () => {
  intake = await startIntake()
  folder = await mkdtemp(join(tmpdir(), 'sublet-sinks-'))
})
afterAll(async () => {
  await intake[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  intake.behave = undefined
  intake.validKey = API_KEY
  intake.received.length = 0
  intake.requests.length = 0
  lines = []
})

let count = 0
const newFolder = (): string => join(folder, String((count += 1)))

async function openSink(config: Partial<DatadogConfig> = {}, timeoutMs = 300): Promise<Sink> {
  const all: DatadogConfig = {
    keyOrigin: { kind: 'env', key: secret(API_KEY) },
    metricsUrl: intake.url,
    logsUrl: intake.url,
    encoding: 'deflate',
    caFile: undefined,
    verify: true,
    storageFolder: newFolder(),
    storageMaxBytes: 1024 * 1024,
    hostTags: [],
    ...config,
  }
  const log = createAgentLog('debug', (line) => void lines.push(line))
  const deps = { log, now: Date.now, version: '0.1.0', random: () => 0, timeoutMs }
  return openDatadogSink(all, { ...deps, backoffBaseMs: 20, stopTimeoutMs: 50 })
}

const { signal } = new AbortController()
const settled = (sink: Sink): Promise<true> =>
  waitFor('an empty queue', () => (sink.status().queuedItems === 0 ? true : undefined), {
    timeoutMs: 5_000,
    intervalMs: 2,
    last: () => sink.status().lastError,
  })
const failedOnce = (sink: Sink): Promise<string> =>
  waitFor('an error', () => sink.status().lastError || undefined, {
    timeoutMs: 5_000,
    intervalMs: 2,
  })

test('series, service checks and log lines arrive as the public API documents them', async () => {
  await using sink = await openSink({ hostTags: ['env:test'] })
  await sink.take(
    {
      source: 'kubelet',
      series: [
        series('kubernetes.io.read_bytes', { tags: ['a:b', 'device:/dev/sda1'] }),
        series('kubernetes.kubelet.evictions', { type: 'count' }),
      ],
      serviceChecks: [
        {
          check: 'kubernetes.kubelet.check',
          host_name: 'node-1',
          timestamp: TIMESTAMP,
          status: 2,
          message: 'down',
          tags: [],
        },
      ],
      logs: [
        {
          message: 'GET / 200',
          timestampMs: 1_768_210_205_123,
          status: 'info',
          service: 'web',
          source: 'nginx',
          tags: ['pod_name:web-0', 'kube_namespace:shop'],
          host: 'node-1',
        },
      ],
    },
    signal,
  )
  await settled(sink)
  const byPath = new Map(intake.received.map((one) => [one.path, one]))
  const points = [{ timestamp: TIMESTAMP, value: 1.5 }]
  const host = { type: 'host', name: 'node-1' }
  expect(byPath.get('/api/v2/series')?.body).toEqual({
    series: [
      {
        metric: 'kubernetes.io.read_bytes',
        type: 3,
        points,
        tags: ['a:b', 'env:test'],
        resources: [host, { type: 'device', name: '/dev/sda1' }],
        source_type_name: 'System',
      },
      {
        metric: 'kubernetes.kubelet.evictions',
        type: 1,
        points,
        tags: ['pod_name:web-0', 'env:test'],
        resources: [host],
        source_type_name: 'System',
      },
    ],
  })
  expect(byPath.get('/api/v1/check_run')?.body).toEqual([
    {
      check: 'kubernetes.kubelet.check',
      host_name: 'node-1',
      timestamp: TIMESTAMP,
      status: 2,
      message: 'down',
      tags: ['env:test'],
    },
  ])
  expect(byPath.get('/api/v2/logs')?.body).toEqual([
    {
      message: 'GET / 200',
      status: 'info',
      timestamp: 1_768_210_205_123,
      hostname: 'node-1',
      service: 'web',
      ddsource: 'nginx',
      ddtags: 'pod_name:web-0,kube_namespace:shop,env:test',
    },
  ])
  expect(byPath.get('/api/v2/series')?.headers).toMatchObject({
    'content-type': 'application/json',
    'content-encoding': 'deflate',
    'dd-agent-version': '0.1.0',
    'user-agent': 'sublet-agent/0.1.0',
  })
  expect(sink.status()).toMatchObject({ sent: 4, failed: 0, dropped: 0, lastError: '' })
  expect(sink.status().details['API key']).toBe('valid')
})

test.each([
  ['408', FAILURES.status(408)],
  ['429 with Retry-After', FAILURES.status(429, { 'retry-after': '0.05' })],
  ['401', FAILURES.status(401)],
  ['404', FAILURES.status(404)],
  ['500', FAILURES.status(500)],
  ['503', FAILURES.status(503)],
  ['no answer in time', FAILURES.silent],
  ['a cut half way through the answer', FAILURES.closesHalfWay],
  ['a cut before the answer', FAILURES.hangsUp],
])('after %s the same body is sent again', async (_name, failure) => {
  await using sink = await openSink()
  intake.behave = failure
  await sink.take(batch('a.metric'), signal)
  await failedOnce(sink)
  expect(sink.status()).toMatchObject({ sent: 0, queuedItems: 1 })
  intake.behave = undefined
  await settled(sink)
  expect(intake.metrics()).toEqual(['a.metric'])
  expect(sink.status()).toMatchObject({ sent: 1, failed: 0, dropped: 0, queueBytes: 0 })
  expect(sink.status().lastError).not.toBe('')
})

test('an endpoint that asks for time gets it', async () => {
  await using sink = await openSink()
  intake.behave = FAILURES.status(429, { 'retry-after': '0.4' })
  await sink.take(batch('a.metric'), signal)
  await failedOnce(sink)
  const asked = performance.now()
  intake.behave = undefined
  await settled(sink)
  expect(performance.now() - asked).toBeGreaterThan(350)
})

test.each([400, 413])(
  'what is refused with %d is lost, counted, and not sent again',
  async (status) => {
    await using sink = await openSink()
    intake.behave = FAILURES.status(status)
    await sink.take(batch('a.metric', 'b.metric'), signal)
    await settled(sink)
    expect(intake.requests).toHaveLength(1)
    expect(sink.status()).toMatchObject({ sent: 0, failed: 2, queuedItems: 0 })
    expect(sink.status().lastError).toContain(`${status} from ${intake.url}/api/v2/series: told to`)
  },
)

test('a bad key loses the data, is named in the log, and is itself never shown', async () => {
  await using sink = await openSink()
  intake.validKey = 'another'
  await sink.take(batch('a.metric'), signal)
  await settled(sink)
  expect(sink.status()).toMatchObject({ sent: 0, failed: 1 })
  const log = lines.join('\n')
  expect(log).toContain('API Key invalid, dropping transaction for 1 items of series')
  expect(log + JSON.stringify(sink.status())).not.toContain(API_KEY)
})

test('a key that was replaced in its file is used at once when the old one is refused', async () => {
  const path = join(folder, 'api-key')
  await writeFile(path, 'old-key\n')
  intake.validKey = 'old-key'
  await using sink = await openSink({ keyOrigin: { kind: 'file', path } })
  await sink.take(batch('a.metric'), signal)
  await settled(sink)
  intake.validKey = 'new-key'
  await writeFile(path, 'new-key\n')
  await sink.take(batch('b.metric'), signal)
  await settled(sink)
  expect(intake.metrics()).toEqual(['a.metric', 'b.metric'])
  expect(sink.status()).toMatchObject({ sent: 2, failed: 0 })
})

test('a server that nobody vouches for gets no key and no data', async () => {
  const [authority, other] = await Promise.all([
    createAuthority('intake-ca'),
    createAuthority('other'),
  ])
  const pair = await authority.issueServing({ commonName: 'intake', addresses: ['127.0.0.1'] })
  await using secure = await startIntake(pair)
  const [good, bad] = [join(folder, 'good.crt'), join(folder, 'bad.crt')]
  await writeFile(good, authority.certPem)
  await writeFile(bad, other.certPem)
  const storageFolder = newFolder()
  const urls = { metricsUrl: secure.url, logsUrl: secure.url, storageFolder }
  {
    await using sink = await openSink({ ...urls, caFile: bad })
    await sink.take(batch('a.metric'), signal)
    expect(await failedOnce(sink)).toMatch(/certificate/)
    expect(secure.requests).toEqual([])
  }
  await using sink = await openSink({ ...urls, caFile: good })
  await settled(sink)
  expect(secure.metrics()).toEqual(['a.metric'])
})

test('what waits survives the agent, and goes out newest first', async () => {
  const storageFolder = newFolder()
  await intake.stop()
  {
    await using sink = await openSink({ storageFolder })
    for (const metric of ['a.metric', 'b.metric', 'c.metric'])
      await sink.take(batch(metric), signal)
    await failedOnce(sink)
  }
  await intake.start()
  await using sink = await openSink({ storageFolder })
  await settled(sink)
  expect(intake.metrics().toSorted()).toEqual(['a.metric', 'b.metric', 'c.metric'])
  expect(sink.status()).toMatchObject({ sent: 3, dropped: 0 })
})

test('a full queue drops the oldest and counts them', async () => {
  await intake.stop()
  const storageFolder = newFolder()
  await using sink = await openSink({ storageFolder, storageMaxBytes: 3_000 })
  for (let index = 0; index < 10; index += 1) await sink.take(batch(`metric.${index}`), signal)
  await failedOnce(sink)
  const { dropped, queuedItems, queueBytes } = sink.status()
  expect(queueBytes).toBeLessThanOrEqual(3_000)
  expect(dropped + queuedItems).toBe(10)
  expect(queuedItems).toBeGreaterThan(2)
  await intake.start()
  await settled(sink)
  const kept = Array.from(
    { length: queuedItems },
    (_, index) => `metric.${10 - queuedItems + index}`,
  )
  expect(intake.metrics().toSorted()).toEqual(kept)
})

test('a second agent on the same queue is refused; after the first has ended it is not', async () => {
  const storageFolder = newFolder()
  {
    await using first = await openSink({ storageFolder })
    await expect(openSink({ storageFolder })).rejects.toMatchObject({
      code: 'E_PORT_IN_USE',
      message: `another agent has the queue in ${storageFolder} open`,
    })
    expect(first.status().sent).toBe(0)
  }
  await using second = await openSink({ storageFolder })
  expect(second.status().queuedItems).toBe(0)
})

test('a body that the intake would refuse for its size is never sent: batches are split', async () => {
  await using sink = await openSink({}, 10_000)
  const noise = (index: number): string => createHash('sha512').update(`${index}`).digest('hex')
  const many = Array.from({ length: 12_000 }, (_, index) =>
    series('kubernetes.cpu.usage.total', { tags: [`id:${noise(index)}`] }),
  )
  await sink.take({ source: 'kubelet', series: many, serviceChecks: [], logs: [] }, signal)
  await settled(sink)
  expect(intake.requests.map(({ status }) => status)).not.toContain(413)
  expect(intake.received).toHaveLength(3)
  expect(intake.metrics()).toHaveLength(12_000)
  expect(sink.status().sent).toBe(12_000)
})
