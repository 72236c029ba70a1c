import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agentVersion, diagnose, readHealth, runAgent } from '../src/agent/index.ts'
import { waitFor } from '../src/core/index.ts'
import { TOKENS, startAgentRig, type AgentRig } from './helpers/agent-rig.ts'
import { API_KEY, startIntake, type Intake } from './helpers/intake.ts'

let rig: AgentRig
let intake: Intake
beforeAll(async () => {
  ;[rig, intake] = await Promise.all([startAgentRig(), startIntake()])
})
afterAll(() => Promise.all([rig[Symbol.asyncDispose](), intake[Symbol.asyncDispose]()]))

interface Document {
  readonly runs: readonly {
    readonly suite_name: string
    readonly diagnoses: readonly {
      readonly result: number
      readonly name: string
      readonly diagnosis: string
      readonly remediation?: string
      readonly rawerror?: string
      readonly connectivity_result: string
    }[]
  }[]
  readonly summary: Readonly<Record<string, number>>
}

/** One suite's findings by name, and all that was printed. */
async function findings(
  suite: string,
  env: Record<string, string> = {},
): Promise<{ exitCode: number; text: string; of: Record<string, string>; all: Document }> {
  const { text, exitCode } = await diagnose({
    env: { ...rig.env, ...env },
    json: true,
    include: [suite],
  })
  const all = JSON.parse(text) as Document
  const diagnoses = all.runs.flatMap((run) => run.diagnoses)
  const of = Object.fromEntries(diagnoses.map((one) => [one.name, one.connectivity_result]))
  return { exitCode, text, of, all }
}

test('the kubelet refuses the virtual token, and each other way is named with what came of it', async () => {
  const { exitCode, of, text, all } = await findings('kubelet')
  expect(exitCode).toBe(1)
  expect(of).toEqual({
    Address: 'PASS',
    'ServiceAccount token': 'FAIL',
    'No credential': 'SKIPPED',
    'Client certificate': 'SKIPPED',
    'Token of DD_KUBELET_AUTH_TOKEN_PATH': 'SKIPPED',
    'API server node proxy': 'SKIPPED',
  })
  const own = all.runs[0]?.diagnoses.find(({ name }) => name === 'ServiceAccount token')
  expect(own?.diagnosis).toContain('401: the kubelet, and the API server that it asks, do not know')
  expect(own?.remediation).toContain('DD_KUBELET_AUTH_TOKEN_PATH')
  expect(text).not.toContain(TOKENS.virtual)
  expect(text).toContain(' /var/run/secrets/kubernetes.io/serviceaccount/token holds a token')
  expect(text).not.toContain(rig.root)
})

test('with a token of the host apart from the own one the kubelet gives all', async () => {
  await writeFile(join(rig.root, 'host-token'), TOKENS.host)
  const { exitCode, of, text } = await findings('kubelet', {
    DD_KUBELET_AUTH_TOKEN_PATH: '/host-token',
  })
  expect(exitCode).toBe(0)
  expect(of).toMatchObject({
    'Token of DD_KUBELET_AUTH_TOKEN_PATH': 'PASS',
    'ServiceAccount token': 'SKIPPED',
    'Endpoint /pods': 'PASS',
    'Endpoint /metrics/cadvisor': 'PASS',
  })
  expect(text).not.toContain(TOKENS.host)
})

test.each<[string, Record<string, string>, string, RegExp]>([
  ['nobody listens', { DD_KUBERNETES_HTTPS_KUBELET_PORT: '1' }, 'Address', /connection refused/],
  ['a certificate nobody vouches for', { DD_KUBELET_TLS_VERIFY: 'true' }, 'Address', /x509/],
  [
    'a token file that is not there',
    { DD_KUBELET_AUTH_TOKEN_PATH: '/nowhere' },
    'Address',
    /kubelet token defined \(\/nowhere\) but unable to read/,
  ],
])('%s', async (_, env, name, error) => {
  const { exitCode, of, text } = await findings('kubelet', env)
  expect([exitCode, of[name]]).toEqual([1, 'FAIL'])
  expect(text).toMatch(error)
})

test('the own API server, Docker and the folders', async () => {
  const well = await diagnose({ env: rig.env, exclude: ['kubelet', 'check-datadog'] })
  expect(well.exitCode).toBe(0)
  expect(well.text).toMatch(/^=== Starting diagnose ===\n\.+\n-+\n {2}Total:\d+, Success:\d+/)

  await rig.mount('host')
  const broken = await findings('api-server')
  await rig.mount('virtual')
  expect([broken.exitCode, broken.of['API server']]).toEqual([1, 'FAIL'])

  const lost = await findings('container-runtime', { DOCKER_HOST: 'unix:///nowhere/docker.sock' })
  expect(lost.of['Docker']).toBe('FAIL')
  expect(lost.text).toContain('no such file or directory')
})

test('the intake knows the key or not, and nobody is shown it', async () => {
  const env = { DD_API_KEY: API_KEY, DD_DD_URL: intake.url }
  const good = await findings('core-endpoints', env)
  expect([good.exitCode, good.of]).toEqual([0, { 'API key': 'PASS' }])
  const bad = await findings('core-endpoints', { ...env, DD_API_KEY: 'f'.repeat(32) })
  expect([bad.exitCode, bad.of['API key']]).toEqual([1, 'FAIL'])
  const open = await findings('core-endpoints', { ...env, DD_DD_URL: `${intake.url}/elsewhere` })
  expect([open.exitCode, open.of['API key']]).toEqual([0, 'WARNING'])
  const gone = await findings('core-endpoints', { ...env, DD_DD_URL: 'http://127.0.0.1:1' })
  expect([gone.exitCode, gone.of['API key']]).toEqual([1, 'FAIL'])
  const none = await findings('core-endpoints')
  expect(none.of).toEqual({ 'API key': 'SKIPPED' })
  for (const { text } of [good, bad, open, gone]) expect(text).not.toContain(API_KEY)
  expect(bad.text).not.toContain('f'.repeat(32))
})

test('what is wrong in the files is told in one suite, with the key and the line', async () => {
  const folder = join(rig.root, 'etc/datadog-agent')
  await mkdir(join(folder, 'conf.d/kubelet.d'), { recursive: true })
  await writeFile(
    join(folder, 'datadog.yaml'),
    'kubelet_tls_verify: perhaps\nkubelet_tls_verfy: 1\n',
  )
  await writeFile(join(folder, 'conf.d/kubelet.d/conf.yaml'), 'instances:\n  - timeout: soon\n')
  // An empty variable is not set: the file counts.
  const env = { ...rig.env, DD_KUBELET_TLS_VERIFY: '' }
  const { text, exitCode } = await diagnose({ env, include: ['^agent-conf'] })
  await rm(folder, { recursive: true })
  expect(exitCode).toBe(1)
  expect(text).toMatch(
    /FAIL \[agent-configuration\] Settings\n {2}Diagnosis: \/etc\/datadog-agent\/datadog.yaml:1: kubelet_tls_verify/,
  )
  expect(text).toMatch(
    /WARNING \[agent-configuration\] Settings\n {2}Diagnosis: .*Unknown key .*verfy/,
  )
  expect(text).toMatch(/FAIL \[agent-configuration\] Check kubelet\n/)
})

test('suites are chosen by name', async () => {
  const list = await diagnose({ env: rig.env, list: true, exclude: ['connectivity'] })
  expect(list.text).toMatch(/^Available diagnose suites:\n {2}1\. agent-configuration: /)
  expect(list.text).not.toContain('connectivity')
  for (const include of [['nothing'], ['(']]) {
    const { exitCode, text } = await diagnose({ env: rig.env, include })
    expect(exitCode).toBe(255)
    expect(text).toMatch(/^Error: (no suite is left|--include is no regular expression)/)
  }
})

test('the running agent tells its health, also to probes, and its checks are diagnosed', async () => {
  const before = await readHealth({ env: rig.env })
  expect(before.exitCode).toBe(255)
  expect(before.text).toMatch(
    /^Error: could not reach the agent: nothing answers in .* before requesting the health/,
  )

  const stop = new AbortController()
  const port = intake.url.replace(/.*:/, '')
  // A port that is taken costs the probes, not the agent.
  const log: string[] = []
  const env = {
    ...rig.env,
    DD_HEALTH_PORT: port,
    DD_API_KEY: 'f'.repeat(32),
    DD_DD_URL: intake.url,
  }
  const running = runAgent({ env, signal: stop.signal, log: (line) => void log.push(line) })
  try {
    const unhealthy = await waitFor(
      'the verdict on the key',
      async () => {
        const { text, exitCode } = await readHealth({ env })
        return exitCode === 1 ? text : undefined
      },
      { timeoutMs: 10_000, intervalMs: 20 },
    )
    expect(unhealthy).toContain('=== 1 unhealthy components ===\nforwarder\n')
    expect(unhealthy).toContain('agent-api, collector-queue-15s, collector-queue-20s')
    expect(log.join('\n')).toContain('no probe is answered')
    const { of, text } = await findings('check-datadog', env)
    expect(of).toMatchObject({ forwarder: 'FAIL' })
    expect(text).not.toContain('f'.repeat(32))
  } finally {
    stop.abort()
    await running
  }
})

test('the version says whose it is', () => {
  expect(agentVersion().text).toMatch(
    /^Agent \d+\.\d+\.\d+ - Meta: sublet, follows Agent 7\.\d+ - Serialization version: .* - Node\.js version: v\d/,
  )
  expect(JSON.parse(agentVersion({ json: true }).text)).toMatchObject({ meta: 'sublet' })
})
