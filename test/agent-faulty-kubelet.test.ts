import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runCheck } from '../src/agent/index.ts'
import { closeServer, listen } from '../src/core/index.ts'
import { fixture } from './helpers/agent-provider.ts'

/** One kubelet over a real socket, each of whose paths may fail in its own way. */
type Answer = (response: ServerResponse) => void
const whole =
  (body: string): Answer =>
  (response) =>
    response.end(body)
const silent: Answer = () => undefined
const stalls: Answer = (response) => response.writeHead(200).write('# TYPE x gauge\n')
const cut: Answer = (response) => {
  response.writeHead(200, { 'content-length': 1000 }).write('# TYPE go_threads gauge\ngo_thr')
  setImmediate(() => response.destroy())
}
const cutGzip: Answer = (response) => {
  const packed = gzipSync(fixture('vcluster-node/metrics.txt'))
  response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed.subarray(0, 2000))
}
const noGzip: Answer = (response) =>
  response.writeHead(200, { 'content-encoding': 'gzip' }).end('go_threads 1\n')
const hangsUp: Answer = (response) => response.destroy()

const answers = new Map<string, Answer>()
const server = createServer((request, response) => {
  const answer = answers.get(request.url ?? '')
  if (answer) answer(response)
  else response.writeHead(404).end('404 page not found\n')
})
const root = mkdtempSync(join(tmpdir(), 'sublet-faulty-'))
const env: Record<string, string> = {}

beforeAll(async () => {
  const port = await listen(server, { address: '127.0.0.1', port: 0 }, 'the test')
  const folder = join(root, 'etc/datadog-agent/conf.d/kubelet.d')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'conf.yaml'), 'instances: [{timeout: 0.25}]')
  Object.assign(env, {
    SUBLET_CONTAINER_ROOT: root,
    DD_HOSTNAME: 'h',
    DD_LOG_LEVEL: 'warn',
    DOCKER_DD_AGENT: 'true',
    DD_KUBERNETES_KUBELET_HOST: '127.0.0.1',
    DD_KUBERNETES_HTTPS_KUBELET_PORT: '0',
    DD_KUBERNETES_HTTP_KUBELET_PORT: String(port),
    base: `http://127.0.0.1:${port}`,
  })
})
afterAll(async () => {
  await closeServer(server)
  rmSync(root, { recursive: true, force: true })
})
beforeEach(() => {
  answers.clear()
  const good = {
    '/pods': 'pods.json',
    '/healthz?verbose': 'healthz-verbose.txt',
    '/stats/summary': 'stats-summary.json',
    '/metrics/cadvisor': 'metrics-cadvisor.txt',
    '/metrics': 'metrics.txt',
  }
  for (const [path, file] of Object.entries(good))
    answers.set(path, whole(fixture(`vcluster-node/${file}`)))
})

interface Entry {
  aggregator: {
    metrics?: { metric: string }[]
    service_checks?: { check: string; status: number; message: string }[]
  }
  runner: { LastError: string; LastWarnings: string[] | null }
}

async function run(): Promise<Entry & { names: Set<string>; log: string }> {
  const log: string[] = []
  const options = { env, json: true, write: (line: string) => void log.push(line) }
  const [entry] = JSON.parse((await runCheck('kubelet', options)).text) as [Entry]
  const names = new Set((entry.aggregator.metrics ?? []).map(({ metric }) => metric))
  return { ...entry, names, log: log.join('\n') }
}
const prefix = 'Error reporting metrics: '
const deadline = (path: string): string =>
  `Get "${env['base'] ?? ''}${path}": context deadline exceeded`

/** Metrics by which one sees that a provider has done its work. */
const ALL = {
  '/pods': 'kubernetes.pods.running',
  '/stats/summary': 'kubernetes.node.filesystem.usage',
  '/metrics/cadvisor': 'kubernetes.memory.usage',
  '/metrics': 'kubernetes.go_threads',
}
type Path = keyof typeof ALL

const CASES: readonly (readonly [string, Path, Answer, RegExp])[] = [
  ['never answers', '/metrics/cadvisor', silent, /: context deadline exceeded$/],
  [
    'never answers',
    '/stats/summary',
    silent,
    /^couldn't fetch "statssummary": error performing kubelet query .*: context deadline exceeded$/,
  ],
  ['begins and stalls', '/metrics', stalls, /: context deadline exceeded$/],
  ['is cut in the middle', '/metrics', cut, /: (unexpected )?EOF$/],
  ['is cut in the middle of gzip', '/metrics', cutGzip, /: unexpected EOF$/],
  ['says gzip and is none', '/metrics', noGzip, /: gzip: invalid header$/],
  ['hangs up', '/metrics', hangsUp, /: EOF$/],
  ['is empty', '/stats/summary', whole(''), /unexpected end of JSON input/i],
  ['is half a JSON', '/stats/summary', whole('{"node":{"fs":{'), /JSON/],
]

test.each(CASES)('a kubelet that %s on %s costs that path, and says why', async (...row) => {
  const [, path, answer, why] = row
  answers.set(path, answer)
  const { runner, names } = await run()
  expect(runner.LastError).toBe('')
  expect(runner.LastWarnings).toEqual([expect.stringMatching(/^Error reporting metrics: /)])
  expect(runner.LastWarnings?.[0]?.slice(prefix.length)).toMatch(why)
  const missing = Object.values(ALL).filter((metric) => !names.has(metric))
  expect(missing).toEqual([ALL[path]])
})

test('a pod list that does not come leaves what needs no pod, and the log says why', async () => {
  answers.set('/pods', hangsUp)
  const { runner, names, log } = await run()
  expect(runner).toMatchObject({ LastError: '', LastWarnings: [] })
  expect([...Object.values(ALL)].filter((metric) => names.has(metric))).toEqual([
    ALL['/stats/summary'],
    ALL['/metrics'],
  ])
  expect(log).toContain('error pulling from collector "kubelet": couldn\'t fetch "podlist"')
})

test('a health that does not come is critical, with the reason, and a warning', async () => {
  answers.set('/healthz?verbose', silent)
  const { aggregator, runner } = await run()
  const why = deadline('/healthz?verbose')
  expect(aggregator.service_checks).toEqual([
    expect.objectContaining({
      check: 'kubernetes.kubelet.check',
      status: 2,
      message: `Kubelet health check failed: ${why}`,
    }),
  ])
  expect(runner.LastWarnings).toEqual([prefix + why])
})

test('one that does not answer at all says so for every path, and the check stays up', async () => {
  for (const path of answers.keys()) answers.set(path, hangsUp)
  for (const path of ['/spec/', '/metrics/probes', '/metrics/slis']) answers.set(path, hangsUp)
  const { runner, aggregator } = await run()
  expect(runner.LastError).toBe('')
  expect(runner.LastWarnings).toHaveLength(7)
  expect(aggregator.metrics).toBeUndefined()
})
