import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readStatus, runAgent } from '../src/agent/index.ts'
import { waitFor } from '../src/core/index.ts'
import { fixture } from './helpers/agent-provider.ts'
import { startAgentRig, type AgentRig } from './helpers/agent-rig.ts'
import { API_KEY, startIntake, type Intake } from './helpers/intake.ts'

interface Line {
  readonly message: string
  readonly status: string
  readonly ddsource: string
  readonly ddtags: string
}

const { items } = JSON.parse(fixture('vcluster-node/pods.json')) as {
  items: {
    metadata: { name: string; namespace: string; uid: string }
    spec: { containers: { name: string }[] }
  }[]
}
const [pod] = items
if (pod === undefined) throw new Error('the fixture has no pod')
const { namespace, name, uid } = pod.metadata
const container = pod.spec.containers[0]?.name ?? ''

const fileOf = (rig: AgentRig, folder: string): string =>
  join(rig.root, 'var/log/pods', folder, container, '0.log')

const linesOf = (intake: Intake): Line[] =>
  intake.received.flatMap(({ path, body }) => (path === '/api/v2/logs' ? (body as Line[]) : []))

const came = (intake: Intake, count: number): Promise<Line[]> =>
  waitFor(
    `${count} lines at the intake`,
    () => (linesOf(intake).length >= count ? linesOf(intake) : undefined),
    { timeoutMs: 15_000, intervalMs: 10 },
  )

function startAgent(
  env: Record<string, string>,
): AsyncDisposable & { readonly env: Record<string, string> } {
  const stop = new AbortController()
  const running = runAgent({ env, signal: stop.signal, log: () => undefined })
  return {
    env,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

test('lines go from the files of the own pods to the intake, each once over a restart', async () => {
  await using rig = await startAgentRig()
  await using intake = await startIntake()
  await rig.mount('host')
  const own = fileOf(rig, `${namespace}_${name}_${uid}`)
  const foreign = fileOf(rig, `${namespace}_${name}_of-somebody-else`)
  for (const file of [own, foreign]) await mkdir(dirname(file), { recursive: true })
  await writeFile(foreign, '2026-01-12T09:00:00Z stdout F not for this agent\n')
  await writeFile(own, '2026-01-12T09:00:00.5Z stderr F first\n')
  const env = {
    ...rig.env,
    DD_API_KEY: API_KEY,
    DD_DD_URL: intake.url,
    DD_LOGS_ENABLED: 'true',
    DD_LOGS_CONFIG_CONTAINER_COLLECT_ALL: 'true',
  }
  {
    await using agent = startAgent(env)
    const [line] = await came(intake, 1)
    expect(line).toMatchObject({ message: 'first', status: 'error' })
    expect(line?.ddtags.split(',')).toEqual(
      expect.arrayContaining([
        `pod_name:${name}`,
        `kube_namespace:${namespace}`,
        `kube_container_name:${container}`,
        'filename:0.log',
      ]),
    )
    const { text } = await readStatus({ env: agent.env, section: 'logs' })
    expect(text).toContain('==========\nLogs Agent\n==========\n')
    expect(text).toContain('LogsSent: 1\n')
    expect(text).toContain('Folders of others: 1, not read\n')
  }
  await appendFile(own, '2026-01-12T09:00:01Z stdout F second\n')
  await using again = startAgent(env)
  expect((await came(intake, 2)).map(({ message }) => message)).toEqual(['first', 'second'])
  expect((await readStatus({ env: again.env, section: 'logs' })).text).toContain('LogsSent: 1\n')
})

test('without a sink for lines nothing is collected, and the status says so', async () => {
  await using rig = await startAgentRig()
  await using agent = startAgent({ ...rig.env, DD_LOGS_ENABLED: 'true' })
  const shown = async (): Promise<string | undefined> => {
    const { text, exitCode } = await readStatus({ env: agent.env, section: 'logs' })
    return exitCode === 0 && text.includes('Warning') ? text : undefined
  }
  const text = await waitFor('a status', shown, { timeoutMs: 10_000, intervalMs: 20 })
  expect(text).toContain('  Logs Agent is not running\n  Warning: no sink takes log lines')
})
