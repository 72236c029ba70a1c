import { readFileSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../src/core/index.ts'
import type { RemedyResult } from '../src/lab/compare/result.ts'
import type { LabFacts } from '../src/lab/state.ts'
import { runSublet, temporaryLab } from './helpers/run-sublet.ts'

/** The main job, end to end, as a user runs it: the real program, real processes, real TLS, real tokens. */

const lab = temporaryLab()
let facts: LabFacts
let results: Map<string, RemedyResult>
let output = ''

beforeAll(async () => {
  const up = await runSublet(['lab', 'up', '--state-dir', lab.dir, '--json'])
  expect(up.stderr + up.stdout).toContain('"hostApi"')
  facts = JSON.parse(up.stdout) as LabFacts
  const compare = await runSublet(['lab', 'compare', '--state-dir', lab.dir, '--json'])
  expect(compare.code, compare.stderr).toBe(0)
  output = compare.stdout + compare.stderr
  const { remedies } = JSON.parse(compare.stdout) as { remedies: RemedyResult[] }
  results = new Map(remedies.map((remedy) => [remedy.id, remedy]))
}, 180_000)

afterAll(async () => {
  await lab.remove()
}, 60_000)

const of = (id: string): RemedyResult => {
  const found = results.get(id)
  if (found === undefined) throw new Error(`no result for ${id}`)
  return found
}

test('without a remedy the kubelet answers 401, the check warns, and neighbours show as nil stats', () => {
  const none = of('none')
  expect(none.kubeletCheck.status).toBe('warning')
  expect(none.kubeletCheck.httpStatus).toBe(401)
  expect(none.kubeletCheck.warning).toBe(
    `Error reporting metrics: couldn't fetch "statssummary": unexpected status code 401 on ${facts.kubelet}/stats/summary: Unauthorized`,
  )
  expect(none.metricSamples).toBe(0)
  expect(none.serviceChecks.worst).toBe(2)
  expect(none.containers.nilStats).toBeGreaterThan(0)
  expect(none.containers.foreignVisible).toBeGreaterThan(0)
  expect(none.foreignBytes).toBeGreaterThan(0)
  expect(none.virtualApi).toBe('ok')
  expect(none.hostCredentialInTenant).toBe(false)
  expect(none.reach).toEqual([])
})

test('the known workaround gives the metrics, and every price of it shows', () => {
  const override = of('token-override')
  expect(override.kubeletCheck).toEqual({ status: 'ok', httpStatus: 200, warning: null })
  expect(override.metricSamples).toBeGreaterThanOrEqual(600)
  expect(override.serviceChecks).toEqual({ count: 4, worst: 0 })
  expect(override.names).toBe('host')
  expect(override.virtualApi).toBe('broken')
  expect(override.hostCredentialInTenant).toBe(true)
  expect(override.foreignBytes).toBeGreaterThan(0)
  expect(override.reach).toEqual(
    expect.arrayContaining(['nodes/stats', 'nodes/metrics', 'nodes/pods', 'nodes/proxy']),
  )
  expect(override.reach).toContain('run commands in k8s2’s containers')
  expect(override.reach.join('\n')).toMatch(
    /read k8s2’s ServiceAccount token of \S+ out of \/pods and use it/,
  )
})

test('a host token in a file of its own gives the metrics too, and leaves the agent its own API server', () => {
  const path = of('token-path')
  expect(path.kubeletCheck).toEqual({ status: 'ok', httpStatus: 200, warning: null })
  expect(path.metricSamples).toBeGreaterThanOrEqual(600)
  expect(path.serviceChecks).toEqual({ count: 4, worst: 0 })
  expect(path.virtualApi).toBe('ok')
  // The rest of the price is that of the workaround, but for nodes/proxy.
  expect(path.names).toBe('host')
  expect(path.hostCredentialInTenant).toBe(true)
  expect(path.foreignBytes).toBeGreaterThan(0)
  expect(path.reach).toEqual(expect.arrayContaining(['nodes/stats', 'nodes/metrics', 'nodes/pods']))
  expect(path.reach).not.toContain('nodes/proxy')
  expect(path.reach.join('\n')).toMatch(/read k8s2’s ServiceAccount token/)
})

test('an agent on the host tells every own container by its virtual names, and the tenant keeps nothing', () => {
  const host = of('host-agent')
  expect(host.kubeletCheck).toEqual({ status: 'ok', httpStatus: 200, warning: null })
  expect(host.metricSamples).toBeGreaterThan(0)
  expect(host.metricSamples).toBeLessThan(of('token-path').metricSamples)
  expect(host.serviceChecks).toEqual({ count: 4, worst: 0 })
  expect(host.containers.own).toBeGreaterThan(0)
  expect(host.containers).toEqual({
    own: host.containers.own,
    ownWithStats: host.containers.own,
    foreignVisible: 0,
    nilStats: 0,
  })
  expect(host).toMatchObject({
    names: 'virtual',
    virtualApi: 'ok',
    hostCredentialInTenant: false,
    reach: [],
    foreignBytes: 0,
  })
})

test('without any kubelet own containers have their stats, and all of the node’s are seen', () => {
  const runtime = of('runtime')
  expect(runtime.kubeletCheck).toEqual({
    status: 'error',
    httpStatus: null,
    warning: 'no valid check found',
  })
  expect(runtime.metricSamples).toBeGreaterThan(0)
  expect(runtime.serviceChecks).toEqual({ count: 0, worst: 0 })
  const { own, ownWithStats, foreignVisible, nilStats } = runtime.containers
  expect(ownWithStats).toBe(own)
  expect(foreignVisible).toBeGreaterThan(0)
  expect(nilStats).toBe(foreignVisible)
  expect(runtime).toMatchObject({
    names: 'virtual',
    virtualApi: 'ok',
    hostCredentialInTenant: false,
    reach: [],
  })
  expect(runtime.foreignBytes).toBeGreaterThan(0)
})

test('the gateway gives every own container its stats, and nothing of anybody else', () => {
  const gateway = of('gateway')
  expect(gateway.kubeletCheck).toEqual({ status: 'ok', httpStatus: 200, warning: null })
  expect(gateway.metricSamples).toBeGreaterThan(0)
  expect(gateway.serviceChecks).toEqual({ count: 4, worst: 0 })
  expect(gateway.containers.own).toBeGreaterThan(0)
  expect(gateway.containers).toEqual({
    own: gateway.containers.own,
    ownWithStats: gateway.containers.own,
    foreignVisible: 0,
    nilStats: 0,
  })
  expect(gateway.foreignBytes).toBe(0)
  expect(gateway.names).toBe('virtual')
  expect(gateway.virtualApi).toBe('ok')
  expect(gateway.hostCredentialInTenant).toBe(false)
  expect(gateway.reach).toEqual(['nodes/stats', 'nodes/metrics', 'nodes/pods'])
})

/** All logs of the lab; undefined when a pod went away meanwhile, and its logs with it. */
function readLogs(): string[] | undefined {
  try {
    const entries = readdirSync(lab.dir, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile() && /\.log(\.\d)?$/.test(entry.name))
    const paths = files.map((file) => `${file.parentPath}/${file.name}`)
    return paths.map((path) => readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

test('no token shows in what the commands print or in any log of the lab', async () => {
  const logs = await waitFor('logs that hold still', readLogs, { timeoutMs: 10_000 })
  expect(logs.length).toBeGreaterThan(10)
  for (const text of [output, ...logs]) expect(text).not.toMatch(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{20,}/)
})

test('everything together stays under 600 MiB of memory', async () => {
  const status = await runSublet(['lab', 'status', '--state-dir', lab.dir, '--json'])
  const { memoryBytes } = JSON.parse(status.stdout) as { memoryBytes: number }
  expect(memoryBytes).toBeGreaterThan(50 * 1024 * 1024)
  expect(memoryBytes).toBeLessThan(600 * 1024 * 1024)
})
