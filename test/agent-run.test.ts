import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readStatus, runAgent } from '../src/agent/index.ts'
import { waitFor } from '../src/core/index.ts'
import { startAgentRig, type AgentRig } from './helpers/agent-rig.ts'

/** Runs an agent until the end of the scope; gives its log. */
async function startAgent(
  rig: AgentRig,
  env: Record<string, string> = {},
): Promise<AsyncDisposable & { log: string[]; env: Record<string, string> }> {
  const stop = new AbortController()
  const log: string[] = []
  const all = { ...rig.env, ...env }
  const running = runAgent({ env: all, signal: stop.signal, log: (line) => void log.push(line) })
  const agent = {
    log,
    env: all,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
  const ranBoth = async (): Promise<true | undefined> => {
    const { text, exitCode } = await readStatus({ env: all })
    return exitCode === 0 && /kubelet \[/.test(text) && /container \[/.test(text) ? true : undefined
  }
  await Promise.race([
    waitFor('the first run of both checks', ranBoth, { timeoutMs: 15_000, intervalMs: 20 }),
    running,
  ])
  return agent
}

test('a running agent tells its status to whoever is in its container', async () => {
  await using rig = await startAgentRig()
  await using agent = await startAgent(rig, { DD_CLUSTER_NAME: 'k8s1' })
  const { text, exitCode } = await readStatus({ env: agent.env })
  expect(exitCode).toBe(0)
  expect(text).toMatch(/^Getting the status from the agent\.\n\n=+\nAgent \(sublet v\d/)
  expect(text).toContain(
    '=========\nCollector\n=========\n\n  Running Checks\n  ==============\n    \n    container\n',
  )
  expect(text).toContain('Instance ID: container [OK]')
  expect(text).toContain('Instance ID: kubelet [WARNING]')
  expect(text).toContain('unexpected status code 401 on https://127.0.0.1')

  const collector = await readStatus({ env: agent.env, section: 'collector' })
  expect(collector.text).toMatch(/^Getting the status from the agent\.\n\n=========\nCollector\n/)
  const json = JSON.parse((await readStatus({ env: agent.env, json: true })).text) as {
    cluster_name: string
    runnerStats: {
      Checks: Record<string, Record<string, { MetricSamples: number; LastWarnings: string[] }>>
    }
  }
  expect(json.cluster_name).toBe('k8s1')
  expect(json.runnerStats.Checks['kubelet']?.['kubelet']?.MetricSamples).toBe(0)
  expect((await readStatus({ env: agent.env, section: 'forwarder' })).exitCode).toBe(255)
  expect(agent.log.join('\n')).toContain('Metrics provider returned nil stats for container')
})

test('the status socket is for its owner only, also where the path is too long for a socket', async () => {
  await using rig = await startAgentRig()
  const deep = join(rig.root, 'x'.repeat(60), 'y'.repeat(60))
  await mkdir(deep, { recursive: true })
  for (const root of [rig.root, deep]) {
    const runPath = join(root.slice(rig.root.length) || '/', 'run')
    await using agent = await startAgent(rig, { DD_RUN_PATH: runPath })
    const socket = await stat(join(root, 'run/agent.sock'))
    expect(socket.mode & 0o777).toBe(0o600)
    expect((await readStatus({ env: agent.env })).exitCode).toBe(0)
  }
})

test('without a running agent the status is an error with exit code 255', async () => {
  await using rig = await startAgentRig()
  const { text, exitCode } = await readStatus({ env: rig.env })
  expect(exitCode).toBe(255)
  expect(text).toMatch(
    /^Error: could not reach the agent: nothing answers in \/opt\/datadog-agent\/run/,
  )
})

test('a second agent in one container is refused; what a killed one left behind is not in the way', async () => {
  await using rig = await startAgentRig()
  {
    await using agent = await startAgent(rig)
    await expect(runAgent({ env: agent.env, log: () => undefined })).rejects.toMatchObject({
      code: 'E_PORT_IN_USE',
    })
  }
  await writeFile(join(rig.root, 'opt/datadog-agent/run/agent.sock'), '')
  await using agent = await startAgent(rig)
  expect((await readStatus({ env: agent.env })).exitCode).toBe(0)
})

test.skipIf(process.getuid?.() === 0)(
  'a run directory that cannot be written costs the status only',
  async () => {
    await using rig = await startAgentRig()
    await mkdir(join(rig.root, 'closed'))
    await chmod(join(rig.root, 'closed'), 0o500)
    const stop = new AbortController()
    const log: string[] = []
    const env = { ...rig.env, DD_RUN_PATH: '/closed/run' }
    const running = runAgent({ env, signal: stop.signal, log: (line) => void log.push(line) })
    await waitFor(
      'the warning',
      () => log.find((line) => line.includes('`agent status` will not work')),
      { timeoutMs: 5_000 },
    )
    stop.abort()
    await running
  },
)

test('with SUBLET_EXIT_WITH_STDIN the agent ends when its standard input ends', async () => {
  await using rig = await startAgentRig()
  const stdin = new PassThrough()
  const env = { ...rig.env, SUBLET_EXIT_WITH_STDIN: '1' }
  const log: string[] = []
  const running = runAgent({ env, stdin, log: (line) => void log.push(line) })
  await waitFor('the start', () => log.find((line) => line.includes('Starting the agent')), {
    timeoutMs: 5_000,
  })
  stdin.end()
  await running
  expect(log.at(-1)).toContain('The agent has stopped')
  expect((await readStatus({ env })).exitCode).toBe(255)
})
