import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { closeServer } from '../../core/index.ts'
import type { Container, Pod } from '../../kube/index.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import { createRecord, type ContainerList, type ContainerRecord } from './container-record.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import { runHook, runPreStop } from './lifecycle-hook.ts'
import { createProber } from './prober.ts'
import { stopContainers } from './stop-containers.ts'

const HOST = '127.0.0.1'
const SECOND = 1000

interface Call {
  readonly what: string
  readonly graceMs?: number
}

/** Notes what is asked of it; `slow` containers need that many milliseconds to end. */
function fakeRuntime(slow: Record<string, number> = {}, exitCode = 0) {
  const calls: Call[] = []
  const runtime: Pick<CountedRuntime, 'exec' | 'stopContainer'> = {
    exec(id, argv) {
      calls.push({ what: `exec ${id}: ${argv.join(' ')}` })
      return Promise.resolve({ exitCode, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) })
    },
    async stopContainer(id, graceMs) {
      calls.push({ what: `stop ${id}`, graceMs })
      await new Promise((resolve) => setTimeout(resolve, slow[id] ?? 0))
      calls.push({ what: `ended ${id}` })
    },
  }
  const told: string[] = []
  const tell = (...[, , , reason]: [Pod, unknown, string, string, string]): void => {
    told.push(reason)
  }
  const pod: Pod = { metadata: { name: 'p' }, spec: { containers: [] } }
  const addresses = { podIp: HOST }
  return { calls, told, runtime, tell, pod, addresses, prober: { stop: () => undefined } }
}

function running(
  name: string,
  more: Partial<Container> = {},
  list: ContainerList = 'containers',
): ContainerRecord {
  const record = createRecord({ name, image: 'busybox', ...more }, list)
  record.info = { id: name, phase: 'running' } as ContainerInfo
  return record
}
const sidecar = (name: string, more: Partial<Container> = {}): ContainerRecord =>
  running(name, { restartPolicy: 'Always', ...more }, 'initContainers')
const whats = (calls: readonly Call[]): string[] => calls.map(({ what }) => what)

const servers: ReturnType<typeof createServer>[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => closeServer(server)))
})
async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  return (server.address() as AddressInfo).port
}

test('sidecars end after the containers, the last one first', async () => {
  const context = fakeRuntime({ main: 30, second: 20 })
  const records = [sidecar('first'), sidecar('second'), running('main'), running('other')]
  await stopContainers(records, 30 * SECOND, context)
  expect(whats(context.calls)).toEqual([
    'stop main',
    'stop other',
    'ended other',
    'ended main',
    'stop second',
    'ended second',
    'stop first',
    'ended first',
  ])
})

test('a sidecar’s hook does not wait, and its turn comes at the end of the grace time at the latest', async () => {
  const context = fakeRuntime({ main: 200 })
  const lifecycle = { preStop: { exec: { command: ['bye'] } } }
  await stopContainers([sidecar('side', { lifecycle }), running('main')], 50, context)
  expect(whats(context.calls)).toEqual([
    'exec side: bye',
    'stop main',
    'stop side',
    'ended side',
    'ended main',
  ])
  // Nothing of the 50 ms is left, but everybody has two seconds.
  expect(context.calls[2]?.graceMs).toBe(2 * SECOND)
})

test('preStop: a command, once for a container; its failure is told only', async () => {
  const context = fakeRuntime({}, 1)
  const record = running('main', { lifecycle: { preStop: { exec: { command: ['bye'] } } } })
  await runPreStop(record, SECOND, context)
  await runPreStop(record, SECOND, context)
  expect(whats(context.calls)).toEqual(['exec main: bye'])
  expect(context.told).toEqual(['FailedPreStopHook'])
})

test('preStop: no grace time, no hook', async () => {
  const context = fakeRuntime()
  const record = running('main', { lifecycle: { preStop: { exec: { command: ['bye'] } } } })
  expect(await runPreStop(record, 0, context)).toBe(0)
  expect(context.calls).toEqual([])
})

test('preStop: a pause, which the grace time cuts short', async () => {
  const context = fakeRuntime()
  const lifecycle = { preStop: { sleep: { seconds: 60 } } }
  const started = performance.now()
  expect(await runPreStop(running('main', { lifecycle }), 40, context)).toBe(0)
  expect(performance.now() - started).toBeLessThan(2 * SECOND)
})

test.each(['preStop', 'postStart'] as const)(
  '%s: a request to a named port, whose answer does not matter',
  async (hook) => {
    const seen: unknown[] = []
    const port = await serve((request, answer) => {
      seen.push(request.method, request.url, request.headers['x-hook'])
      answer.writeHead(500).end()
    })
    const httpGet = { path: 'bye?x', port: 'http', httpHeaders: [{ name: 'X-Hook', value: 'on' }] }
    const ports = [{ name: 'http', containerPort: port }]
    const record = running('main', { ports, lifecycle: { [hook]: { httpGet } } })
    const context = fakeRuntime()
    if (hook === 'preStop') await runPreStop(record, SECOND, context)
    else await runHook({ httpGet }, record, context, AbortSignal.timeout(SECOND))
    expect(seen).toEqual(['GET', '/bye?x', 'on'])
    expect(context.told).toEqual([])
  },
)

test('a request that nobody takes is a failure', async () => {
  const context = fakeRuntime()
  const handler = { httpGet: { port: 1 } }
  const record = running('main')
  await expect(runHook(handler, record, context, AbortSignal.timeout(SECOND))).rejects.toThrow()
})

test.each([
  ['the probe’s own grace time', { terminationGracePeriodSeconds: 7 }, 7],
  ['the pod’s, when the probe has none', {}, 20],
])('a liveness probe runs preStop and gives %s', async (_name, own, seconds) => {
  const context = fakeRuntime({}, 1)
  const closing = new AbortController()
  const runtime = context.runtime as CountedRuntime
  const prober = createProber(runtime, closing.signal, context.tell)
  const record = running('main', {
    lifecycle: { preStop: { exec: { command: ['bye'] } } },
    livenessProbe: { exec: { command: ['alive'] }, failureThreshold: 1, periodSeconds: 60, ...own },
  })
  const pod: Pod = { metadata: {}, spec: { containers: [], terminationGracePeriodSeconds: 20 } }
  prober.start(record, { pod, podIp: HOST, changed: () => undefined })
  await vi.waitFor(() => expect(context.calls.length).toBeGreaterThan(3))
  closing.abort()
  expect(whats(context.calls)).toEqual([
    'exec main: alive',
    'exec main: bye',
    'stop main',
    'ended main',
  ])
  const graceMs = context.calls[2]?.graceMs ?? 0
  expect(graceMs).toBeGreaterThan((seconds - 2) * SECOND)
  expect(graceMs).toBeLessThanOrEqual(seconds * SECOND)
  expect(context.told).toEqual(['Unhealthy', 'Killing', 'FailedPreStopHook'])
})
