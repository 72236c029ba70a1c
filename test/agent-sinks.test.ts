import { createSocket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Series, ServiceCheck } from '../src/agent/aggregator/series.ts'
import { loadConfig } from '../src/agent/config.ts'
import { parseExposition } from '../src/agent/exposition.ts'
import { createAgentLog } from '../src/agent/log.ts'
import { openDogStatsdSink } from '../src/agent/sinks/dogstatsd/sink.ts'
import { loadSinksConfig, openSinks, type Batch, type SinkSet } from '../src/agent/sinks/index.ts'
import { openStdoutSink } from '../src/agent/sinks/stdout/sink.ts'
import { closeServer, listen, readAll, waitFor } from '../src/core/index.ts'

const TIMESTAMP = 1_768_210_205

const series = (metric: string, value: number, more: Partial<Series> = {}): Series => ({
  metric,
  points: [[TIMESTAMP, value]],
  tags: ['kube_namespace:shop', 'pod_name:web-0'],
  host: 'node-1',
  type: 'gauge',
  interval: 0,
  source_type_name: 'System',
  ...more,
})

const CHECK: ServiceCheck = {
  check: 'kubernetes.kubelet.check',
  host_name: 'node-1',
  timestamp: TIMESTAMP,
  status: 2,
  message: 'down',
  tags: [],
}

const batch = (...all: readonly Series[]): Batch => ({
  source: 'kubelet',
  series: all,
  serviceChecks: [CHECK],
  logs: [],
})

const { signal } = new AbortController()
const log = createAgentLog('off')
const loopback = { address: '127.0.0.1', port: 0 }

async function open(env: Record<string, string>): Promise<SinkSet> {
  const all = { DD_HOSTNAME: 'node-1', ...env }
  const config = loadSinksConfig(all, loadConfig(all))
  return openSinks(config, { log, now: Date.now, version: '0.1.0' })
}

const sentBy = (sinks: SinkSet, name: string, items: number): Promise<true> =>
  waitFor(
    `${items} items sent to ${name}`,
    () => statusOf(sinks, name).sent >= items || undefined,
    {
      timeoutMs: 5_000,
      intervalMs: 2,
      last: () => JSON.stringify(sinks.status()),
    },
  )

const statusOf = (sinks: SinkSet, name: string): ReturnType<SinkSet['status']>[number] => {
  const found = sinks.status().find((sink) => sink.name === name)
  if (!found) throw new Error(`no sink ${name}`)
  return found
}

test('the Prometheus page has the last values, in the format that was asked for', async () => {
  await using sinks = await open({ SUBLET_PROMETHEUS_LISTEN: '127.0.0.1:0' })
  const { target } = statusOf(sinks, 'prometheus')
  const evictions = series('kubernetes.kubelet.evictions', 2, { type: 'count', tags: [] })
  sinks.accept(batch(series('kubernetes.cpu.usage.total', 1.5), evictions))
  sinks.accept(batch(series('kubernetes.memory.rss', 4096), evictions))
  await sentBy(sinks, 'prometheus', 6)
  const plain = await fetch(target)
  expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await plain.text()
  expect(text).toBe(
    [
      '# HELP kubernetes_kubelet_evictions_total Datadog: kubernetes.kubelet.evictions',
      '# TYPE kubernetes_kubelet_evictions_total counter',
      'kubernetes_kubelet_evictions_total{host="node-1"} 4',
      '# HELP kubernetes_memory_rss Datadog: kubernetes.memory.rss',
      '# TYPE kubernetes_memory_rss gauge',
      'kubernetes_memory_rss{host="node-1",kube_namespace="shop",pod_name="web-0"} 4096',
      '# HELP service_check_status Datadog: service_check.status',
      '# TYPE service_check_status gauge',
      'service_check_status{check="kubernetes.kubelet.check",host="node-1"} 2',
      '# HELP sublet_agent_sink_items_total Series, service checks and log lines that a sink has sent, lost or left out',
      '# TYPE sublet_agent_sink_items_total counter',
      'sublet_agent_sink_items_total{sink="prometheus",outcome="sent"} 6',
      'sublet_agent_sink_items_total{sink="prometheus",outcome="failed"} 0',
      'sublet_agent_sink_items_total{sink="prometheus",outcome="dropped"} 0',
      '# HELP sublet_agent_sink_queue_bytes Bytes that wait in the queue of a sink',
      '# TYPE sublet_agent_sink_queue_bytes gauge',
      'sublet_agent_sink_queue_bytes{sink="prometheus"} 0',
      '# HELP sublet_agent_sink_queue_items Series, service checks and log lines that wait in the queue of a sink',
      '# TYPE sublet_agent_sink_queue_items gauge',
      'sublet_agent_sink_queue_items{sink="prometheus"} 0',
      '',
    ].join('\n'),
  )
  expect(parseExposition(text).size).toBe(6)
  const open1 = await fetch(target, { headers: { accept: 'application/openmetrics-text' } })
  expect(open1.headers.get('content-type')).toMatch(
    /^application\/openmetrics-text; version=1\.0\.0/,
  )
  const openText = await open1.text()
  expect(openText).toContain('# TYPE kubernetes_kubelet_evictions counter\n')
  expect(openText).toContain('kubernetes_kubelet_evictions_total{host="node-1"} 4\n')
  expect(openText.endsWith('# EOF\n')).toBe(true)
  expect((await fetch(target.replace('/metrics', '/'))).status).toBe(404)
  expect((await fetch(target, { method: 'POST' })).status).toBe(405)
})

interface OtlpRequest {
  resourceMetrics: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] }
    scopeMetrics: {
      scope: unknown
      metrics: {
        name: string
        gauge?: { dataPoints: Record<string, unknown>[] }
        sum?: {
          dataPoints: Record<string, unknown>[]
          aggregationTemporality: number
          isMonotonic: boolean
        }
      }[]
    }[]
  }[]
}

/** Collects what OTLP's exporter posts; may answer something else first. */
async function startCollector(
  answers: number[] = [],
): Promise<
  AsyncDisposable & { url: string; bodies: { request: IncomingMessage; body: Buffer }[] }
> {
  const bodies: { request: IncomingMessage; body: Buffer }[] = []
  const server = createHttpServer((request, response) => {
    void readAll(request, 1e7).then((raw) => {
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      bodies.push({ request, body })
      const status = answers.shift() ?? 200
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' })
      response.end('{}')
    })
  })
  const port = await listen(server, loopback, 'the collector of a test')
  const url = `http://127.0.0.1:${port}`
  return { url, bodies, [Symbol.asyncDispose]: () => closeServer(server) }
}

test('OTLP brings gauges and cumulative sums with the tags as attributes, again after a 503', async () => {
  await using collector = await startCollector([503])
  await using sinks = await open({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-token=geheim%21',
    DD_CLUSTER_NAME: 'k8s1',
  })
  const claims = ['persistentvolumeclaim:a', 'persistentvolumeclaim:b']
  const count = series('kubernetes.kubelet.evictions', 2, { type: 'count', tags: claims })
  sinks.accept(batch(series('kubernetes.cpu.usage.total', 1.5)))
  sinks.accept(batch(count))
  sinks.accept(batch(count))
  await sentBy(sinks, 'otlp', 6)
  expect(collector.bodies).toHaveLength(4)
  const [first, , , last] = collector.bodies
  expect(first?.request.url).toBe('/v1/metrics')
  expect(first?.request.headers['x-token']).toBe('geheim!')
  expect(first?.request.headers['content-encoding']).toBe('gzip')
  const { resourceMetrics } = JSON.parse(String(first?.body)) as OtlpRequest
  const attributes = resourceMetrics[0]!.resource.attributes.map(({ key, value }) => [
    key,
    value.stringValue,
  ])
  expect(attributes).toContainEqual(['host.name', 'node-1'])
  expect(attributes).toContainEqual(['k8s.cluster.name', 'k8s1'])
  const [gauge, check] = resourceMetrics[0]!.scopeMetrics[0]!.metrics
  expect(gauge).toMatchObject({
    name: 'kubernetes.cpu.usage.total',
    gauge: {
      dataPoints: [
        {
          asDouble: 1.5,
          timeUnixNano: `${TIMESTAMP}000000000`,
          attributes: [
            { key: 'kube_namespace', value: { stringValue: 'shop' } },
            { key: 'pod_name', value: { stringValue: 'web-0' } },
          ],
        },
      ],
    },
  })
  expect(check?.name).toBe('service_check.status')
  const sum = (JSON.parse(String(last?.body)) as OtlpRequest).resourceMetrics[0]!.scopeMetrics[0]!
    .metrics[0]
  expect(sum).toMatchObject({
    name: 'kubernetes.kubelet.evictions',
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [
        {
          asDouble: 4,
          attributes: [
            { value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
          ],
        },
      ],
    },
  })
  expect(JSON.stringify(sinks.status())).not.toContain('geheim')
})

test('OTLP speaks protobuf unless told otherwise; what is refused is counted as failed', async () => {
  await using collector = await startCollector([400])
  await using sinks = await open({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${collector.url}/x` })
  sinks.accept(batch(series('kubernetes.cpu.usage.total', 1.5)))
  sinks.accept(batch(series('kubernetes.cpu.usage.total', 1.5)))
  await sentBy(sinks, 'otlp', 2)
  expect(collector.bodies[1]?.request.url).toBe('/x')
  expect(collector.bodies[1]?.request.headers['content-type']).toBe('application/x-protobuf')
  expect(collector.bodies[1]?.body.includes('kubernetes.cpu.usage.total')).toBe(true)
  expect(statusOf(sinks, 'otlp')).toMatchObject({ sent: 2, failed: 2 })
  expect(statusOf(sinks, 'otlp').lastError).toMatch(/Bad Request|400/)
})

test('DogStatsD goes over UDP in datagrams of one frame', async () => {
  const agent = createSocket('udp4')
  const datagrams: string[] = []
  agent.on('message', (message) => void datagrams.push(String(message)))
  await new Promise<void>((resolve) => agent.bind(0, '127.0.0.1', () => resolve()))
  try {
    await using sinks = await open({ DD_DOGSTATSD_URL: `udp://127.0.0.1:${agent.address().port}` })
    const many = Array.from({ length: 100 }, (_, index) =>
      series(`kubernetes.metric.${index}`, index),
    )
    sinks.accept(batch(...many))
    await sentBy(sinks, 'dogstatsd', 101)
    await waitFor('all datagrams', () => datagrams.join('\n').includes('_sc|') || undefined, {
      timeoutMs: 5_000,
      intervalMs: 2,
    })
    const lines = datagrams.join('\n').split('\n')
    expect(lines).toHaveLength(101)
    expect(lines[7]).toBe(
      `kubernetes.metric.7:7|g|#kube_namespace:shop,pod_name:web-0,host:node-1|T${TIMESTAMP}`,
    )
    expect(lines.at(-1)).toBe(`_sc|kubernetes.kubelet.check|2|d:${TIMESTAMP}|h:node-1|m:down`)
    expect(Math.max(...datagrams.map((one) => one.length))).toBeLessThanOrEqual(1432)
    expect(datagrams.length).toBeLessThan(10)
  } finally {
    agent.close()
  }
})

/** Reads DogStatsD's stream protocol. */
async function startStreamSocket(path: string): Promise<{ server: Server; packets: string[] }> {
  const packets: string[] = []
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0)
    socket
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk])
        while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32LE(0)) {
          const end = 4 + bytes.readUInt32LE(0)
          packets.push(bytes.subarray(4, end).toString())
          bytes = bytes.subarray(end)
        }
      })
  })
  await listen(server, { path }, 'a DogStatsD socket')
  return { server, packets }
}

test("DogStatsD goes to an Agent's stream socket, and there again after the Agent restarted", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sublet-dsd-'))
  const path = join(folder, 'dsd.sock')
  let agent = await startStreamSocket(path)
  try {
    await using sinks = await open({ DD_DOGSTATSD_URL: `unixstream://${path}` })
    sinks.accept(
      batch(
        series('kubernetes.one', 1),
        series('kubernetes.huge', 1, { tags: [`a:${'x'.repeat(9000)}`] }),
      ),
    )
    await sentBy(sinks, 'dogstatsd', 2)
    await waitFor('the first', () => agent.packets.length || undefined, {
      timeoutMs: 5_000,
      intervalMs: 2,
    })
    expect(agent.packets[0]).toContain('kubernetes.one:1|g')
    await closeServer(agent.server)
    await waitFor(
      'a failure',
      () => {
        sinks.accept(batch(series('kubernetes.two', 1)))
        return statusOf(sinks, 'dogstatsd').failed || undefined
      },
      { timeoutMs: 5_000, intervalMs: 5 },
    )
    agent = await startStreamSocket(path)
    sinks.accept(batch(series('kubernetes.three', 1)))
    await waitFor(
      'the third',
      () => agent.packets.find((one) => one.includes('kubernetes.three')),
      {
        timeoutMs: 5_000,
        intervalMs: 2,
      },
    )
    expect(statusOf(sinks, 'dogstatsd').dropped).toBe(1)
  } finally {
    await closeServer(agent.server)
    await rm(folder, { recursive: true, force: true })
  }
})

test('what nobody listens to over UDP or in the file system is counted as failed', async () => {
  const target = { kind: 'unix', path: '/nonexistent/dsd.sock' } as const
  await using sink = openDogStatsdSink({ target, maxBytes: undefined }, { log, now: Date.now })
  await sink.take(batch(series('kubernetes.one', 1)), signal)
  expect(sink.status()).toMatchObject({ sent: 0, failed: 2 })
  expect(sink.status().lastError).toContain('ENOENT')
})

test('standard output gets one line of JSON for each batch', async () => {
  const stream = new PassThrough()
  await using sink = openStdoutSink({ now: Date.now, stream })
  await sink.take(batch(series('kubernetes.one', 1)), signal)
  expect(JSON.parse(String(stream.read()))).toEqual({
    source: 'kubelet',
    aggregator: { metrics: [series('kubernetes.one', 1)], service_checks: [CHECK] },
  })
})
