import { expect, test } from 'vitest'
import {
  runCheck,
  type ApiAnswer,
  type ContainerEntry,
  type RequestRecord,
} from '../src/agent/index.ts'
import { TOKENS, startAgentRig, type AgentRig } from './helpers/agent-rig.ts'

interface Entry {
  readonly aggregator: {
    readonly metrics?: {
      metric: string
      tags: string[]
      host: string
      type: string
      points: [number, number][]
    }[]
    readonly service_checks?: { check: string; status: number; message: string }[]
  }
  readonly runner: {
    readonly MetricSamples: number
    readonly ServiceChecks: number
    readonly LastError: string
    readonly LastWarnings: string[]
    readonly ExecutionTimes: number[]
    readonly TotalRuns: number
  }
  readonly inventories: {
    readonly source?: string
    readonly requests: RequestRecord[]
    readonly containers: ContainerEntry[]
    readonly api: ApiAnswer
  }
}

async function check(
  rig: AgentRig,
  name: string,
  env: Record<string, string> = {},
  more: { times?: number; pauseMs?: number } = {},
): Promise<{ entry: Entry; log: string[]; output: string }> {
  const log: string[] = []
  const result = await runCheck(name, {
    env: { ...rig.env, ...env },
    json: true,
    write: (line) => void log.push(line),
    ...more,
  })
  expect(result.exitCode).toBe(0)
  const [entry] = JSON.parse(result.text) as [Entry]
  return { entry, log, output: result.text + log.join('\n') }
}

const metricNames = (entry: Entry): Set<string> =>
  new Set((entry.aggregator.metrics ?? []).map(({ metric }) => metric))
const ownPods = (entry: Entry): string[] =>
  entry.inventories.containers
    .flatMap(({ pod }) => (pod ? [`${pod.namespace}/${pod.name}`] : []))
    .sort()

const VIRTUAL_PODS = [
  'monitoring/a-rather-long-pod-name-as-operators-make-them-7d9f8b6c5d-x2k4q',
  'test-app/simple-app-k8s1',
  'test-app/web-64dddff6c4-dnk2p',
]

test('a virtual token at the host kubelet: warning, no sample, one critical service check', async () => {
  await using rig = await startAgentRig()
  const { entry, output } = await check(rig, 'kubelet', { DD_LOG_LEVEL: 'debug' })
  const url = `https://127.0.0.1:${rig.kubelet.port}`
  expect(entry.runner).toMatchObject({
    MetricSamples: 0,
    ServiceChecks: 1,
    LastError: '',
    TotalRuns: 1,
  })
  expect(entry.runner.LastWarnings[0]).toBe(
    `Error reporting metrics: couldn't fetch "statssummary": unexpected status code 401 on ${url}/stats/summary: Unauthorized`,
  )
  expect(entry.aggregator).toEqual({
    service_checks: [
      expect.objectContaining({
        check: 'kubernetes.kubelet.check',
        status: 2,
        message: 'Kubelet health check failed, http response code = 401',
        host_name: 'rig-node',
      }),
    ],
  })
  expect(
    entry.inventories.requests.map(({ url, status }) => `${new URL(url).pathname} ${status}`),
  ).toEqual([
    '/pods 401',
    '/healthz 401',
    '/spec/ 404',
    '/stats/summary 401',
    '/metrics/cadvisor 401',
    '/metrics 401',
    '/metrics/probes 401',
    '/metrics/slis 401',
  ])
  expect(
    rig.kubelet.requests.some(({ authorization }) => authorization === `Bearer ${TOKENS.virtual}`),
  ).toBe(true)
  expect(output).toContain(
    `error pulling from collector "kubelet": couldn't fetch "podlist": unexpected status code 401 on ${url}/pods: Unauthorized`,
  )
  expect(output).not.toContain(TOKENS.virtual)
})

test('the same for people: the status block says WARNING and the line, and as nothing is logged the check', async () => {
  await using rig = await startAgentRig()
  const { text, exitCode } = await runCheck('kubelet', { env: rig.env })
  expect(exitCode).toBe(0)
  expect(text).toMatch(/^=== Service Checks ===\n\[\n/)
  expect(text).toContain(
    '\n  Running Checks\n  ==============\n    \n    kubelet\n    -------\n      Instance ID: kubelet [WARNING]\n',
  )
  expect(text).toContain(
    '      Metric Samples: Last Run: 0, Total: 0\n      Events: Last Run: 0, Total: 0\n      Service Checks: Last Run: 1, Total: 1\n',
  )
  expect(text).toMatch(
    /\n {6}\n {6}Warning: Error reporting metrics: couldn't fetch "statssummary": unexpected status code 401 on https:\/\/127\.0\.0\.1:\d+\/stats\/summary: Unauthorized \(check:kubelet\)\n {8}\n/,
  )
})

test("Docker lists everybody: own containers have stats under virtual names, the neighbours' are nil stats", async () => {
  await using rig = await startAgentRig()
  const { entry, log } = await check(rig, 'container', { DD_LOG_LEVEL: 'INFO' })
  const { containers, api, source } = entry.inventories
  expect(source).toBe('docker')
  expect(api).toEqual({ server: `https://127.0.0.1:${rig.api.port}`, ok: true, error: null })
  expect(containers).toHaveLength(5)
  expect(ownPods(entry)).toEqual(VIRTUAL_PODS)
  expect(
    containers.filter(({ stats }) => stats).every(({ pod, nilStats }) => pod !== null && !nilStats),
  ).toBe(true)
  const nil = containers.filter(({ nilStats }) => nilStats)
  expect(nil.map(({ pod, stats }) => [pod, stats])).toEqual([
    [null, false],
    [null, false],
  ])
  expect(
    nil
      .map(({ name }) => name)
      .sort()
      .join(),
  ).toMatch(/k8s_app_host-app_monitoring.*,k8s_app_simple-app-k8s2/)
  const lines = log.filter((line) =>
    line.includes('Metrics provider returned nil stats for container'),
  )
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \| CORE \| WARN \| \(.+\) \| Metrics provider/,
  )
  const metrics = entry.aggregator.metrics ?? []
  expect(metrics.some(({ tags }) => tags.some((tag) => /k8s2|host-app/.test(tag)))).toBe(false)
  expect(metricNames(entry)).toEqual(
    new Set([
      'container.uptime',
      'container.cpu.limit',
      'container.memory.usage',
      'container.memory.limit',
      'container.memory.rss',
      'container.memory.cache',
      'container.memory.working_set',
      'container.pid.thread_count',
    ]),
  )
  const limit = metrics.find(
    ({ metric, tags }) =>
      metric === 'container.cpu.limit' && tags.includes('pod_name:simple-app-k8s1'),
  )
  expect(limit?.points[0]?.[1]).toBe(200_000_000)
  expect(limit?.tags).toEqual(
    expect.arrayContaining([
      'kube_namespace:test-app',
      'kube_container_name:simple-app',
      'runtime:docker',
      'docker_image:busybox:latest',
    ]),
  )
})

test('a host token over the own one: the kubelet tells everything, the own API server is lost', async () => {
  await using rig = await startAgentRig()
  await rig.mount('host')
  const kubelet = await check(rig, 'kubelet')
  expect(kubelet.entry.runner).toMatchObject({ LastError: '', LastWarnings: [], ServiceChecks: 5 })
  expect(kubelet.entry.runner.MetricSamples).toBeGreaterThan(500)
  expect(new Set(kubelet.entry.aggregator.service_checks?.map(({ status }) => status))).toEqual(
    new Set([0]),
  )
  const pods = new Set(
    kubelet.entry.aggregator.metrics?.flatMap(({ tags }) =>
      tags.filter((tag) => tag.startsWith('pod_name:')),
    ),
  )
  expect(pods).toContain('pod_name:simple-app-k8s1-x-test-app-x-k8s1')
  expect(pods).toContain('pod_name:simple-app-k8s2-x-test-app-x-k8s2')

  const container = await check(rig, 'container')
  const { api, containers } = container.entry.inventories
  expect(api.ok).toBe(false)
  expect(api.error).toContain('x509: certificate signed by unknown authority')
  expect(container.entry.runner.LastWarnings[0]).toContain(
    `own API server https://127.0.0.1:${rig.api.port} cannot be used`,
  )
  expect(containers.every(({ stats, pod }) => stats && pod)).toBe(true)
  expect(ownPods(container.entry)).toContain('vcluster-k8s2/simple-app-k8s2-x-test-app-x-k8s2')
  expect(rig.api.requests).toEqual([])
})

test('a host token with the own CA left alone: the own API server says 401', async () => {
  await using rig = await startAgentRig()
  await rig.mount('host')
  const { writeFile, readFile } = await import('node:fs/promises')
  const ca = `${rig.root}/var/run/secrets/kubernetes.io/serviceaccount/ca.crt`
  await rig.mount('virtual')
  const virtualCa = await readFile(ca)
  await rig.mount('host')
  await writeFile(ca, virtualCa)
  const { entry } = await check(rig, 'container')
  expect(entry.inventories.api.error).toMatch(/\/api\/v1\/pods: 401 Unauthorized$/)
  expect(entry.inventories.containers.filter(({ nilStats }) => nilStats)).toEqual([])
})

test('a separate token for the kubelet leaves the own API server alone', async () => {
  await using rig = await startAgentRig()
  const { writeFile } = await import('node:fs/promises')
  await writeFile(`${rig.root}/kubelet-token`, TOKENS.host)
  for (const name of ['DD_KUBELET_AUTH_TOKEN_PATH', 'DD_KUBELET_BEARER_TOKEN_PATH']) {
    const { entry } = await check(rig, 'kubelet', { [name]: '/kubelet-token' })
    expect(entry.runner.LastWarnings).toEqual([])
  }
  const { entry } = await check(rig, 'container', { DD_KUBELET_AUTH_TOKEN_PATH: '/kubelet-token' })
  expect(entry.inventories.api.ok).toBe(true)
  expect(ownPods(entry)).toEqual(VIRTUAL_PODS)
})

test('the gateway and no runtime socket: own containers only, all with stats, under virtual names', async () => {
  await using rig = await startAgentRig()
  await rig.withoutDocker()
  const env = { DD_KUBERNETES_HTTPS_KUBELET_PORT: String(rig.gateway.port) }
  const kubelet = await check(rig, 'kubelet', env)
  expect(kubelet.entry.runner.LastWarnings).toEqual([])
  expect(kubelet.entry.runner.MetricSamples).toBeGreaterThan(20)

  const { entry } = await check(rig, 'container', env)
  expect(entry.inventories).toMatchObject({ source: 'kubelet', api: { ok: true } })
  expect(ownPods(entry)).toEqual(VIRTUAL_PODS)
  expect(entry.inventories.containers.every(({ stats, nilStats }) => stats && !nilStats)).toBe(true)
  expect(entry.runner.LastWarnings).toEqual([])
  const memory = entry.aggregator.metrics?.filter(
    ({ metric }) => metric === 'container.memory.usage',
  )
  expect(memory).toHaveLength(3)
  expect(memory?.every(({ tags }) => tags.includes('runtime:containerd'))).toBe(true)
  expect(rig.docker.requests).toEqual([])
})

test('an endpoint without /metrics costs a warning, in the words of the parser: its 404 is read as metrics', async () => {
  await using rig = await startAgentRig()
  rig.gatewayAnswers.delete('/metrics')
  const env = { DD_KUBERNETES_HTTPS_KUBELET_PORT: String(rig.gateway.port) }
  expect((await check(rig, 'kubelet', env)).entry.runner.LastWarnings).toEqual([
    'Error reporting metrics: text format parsing error in line 1: invalid metric name (check:kubelet)',
  ])
})

test('run twice, a check shows its rates and the totals of both runs', async () => {
  await using rig = await startAgentRig()
  const { entry } = await check(rig, 'container', {}, { times: 2, pauseMs: 5 })
  expect(entry.runner.TotalRuns).toBe(2)
  expect(entry.runner.ExecutionTimes).toHaveLength(32)
  const cpu = entry.aggregator.metrics?.filter(({ metric }) => metric === 'container.cpu.usage')
  // Nothing was used between the runs, at a counter of 9.1e18 ns.
  expect(cpu?.map(({ points, type }) => [points[0]?.[1], type])).toEqual([
    [0, 'gauge'],
    [0, 'gauge'],
    [0, 'gauge'],
  ])
})

test('a certificate that nobody vouches for is no kubelet, unless verification is off', async () => {
  await using rig = await startAgentRig()
  const { entry, log } = await check(rig, 'kubelet', {
    DD_KUBELET_TLS_VERIFY: 'true',
    DD_LOG_LEVEL: 'debug',
  })
  expect(entry.runner.LastError).toBe(
    'temporary failure in kubeutil, will retry later: Kubelet connection check failed',
  )
  expect(entry.runner.LastWarnings).toEqual([`Error initialising check: ${entry.runner.LastError}`])
  expect(entry.aggregator).toEqual({})
  expect(log.join('\n')).toContain('x509: certificate signed by unknown authority')
  expect(rig.kubelet.requests).toEqual([])
})

test('a kubelet that refuses even /spec is still the one that the check talks about', async () => {
  await using rig = await startAgentRig()
  const { createServer } = await import('node:http')
  const refusing = createServer((_, response) => response.writeHead(401).end('Unauthorized'))
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve))
  const { port } = refusing.address() as { port: number }
  const ports = {
    DD_KUBERNETES_HTTPS_KUBELET_PORT: '0',
    DD_KUBERNETES_HTTP_KUBELET_PORT: String(port),
  }
  const { entry } = await check(rig, 'kubelet', ports)
  expect(entry.runner).toMatchObject({ LastError: '', MetricSamples: 0, ServiceChecks: 1 })
  refusing.close()
})

test('a check that there is not is an error with exit code 255', async () => {
  await using rig = await startAgentRig()
  expect(await runCheck('disk', { env: rig.env })).toEqual({
    text: 'Error: no valid check found\n',
    exitCode: 255,
  })
})
