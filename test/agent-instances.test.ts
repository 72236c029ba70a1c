import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { readStatus, runAgent, runCheck } from '../src/agent/index.ts'
import { TOKENS, startAgentRig } from './helpers/agent-rig.ts'

interface Entry {
  readonly aggregator: {
    readonly metrics?: { metric: string; tags: string[] }[]
    readonly service_checks?: { status: number; tags: string[] }[]
  }
  readonly runner: { readonly CheckID: string; readonly CheckConfigSource: string }
}

test('two instances of the kubelet check, each with its own token, tags and containers', async () => {
  await using rig = await startAgentRig()
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(rig.root + path), { recursive: true })
    await writeFile(rig.root + path, text)
  }
  await put('/kubelet-token', TOKENS.host)
  await put(
    '/etc/datadog-agent/conf.d/kubelet.d/conf.yaml',
    `instances:
  - tags: ['view:host']
    bearer_token_path: /kubelet-token
    container_exclude: ['kube_namespace:.*']
  - tags: ['view:own']
`,
  )
  // What the environment says of the kubelet goes before the file.
  await put('/etc/datadog-agent/datadog.yaml', 'kubelet_tls_verify: true\nlog_level: warn\n')
  const log: string[] = []
  const write = (line: string): void => void log.push(line)
  const { text, exitCode } = await runCheck('kubelet', { env: rig.env, json: true, write })
  expect(exitCode).toBe(0)
  const entries = JSON.parse(text) as Entry[]
  const of = (view: string): Entry | undefined =>
    entries.find(({ aggregator }) => aggregator.service_checks?.[0]?.tags.includes(view))
  const [host, own] = [of('view:host'), of('view:own')]
  expect(entries).toHaveLength(2)
  expect(new Set(entries.map(({ runner }) => runner.CheckID)).size).toBe(2)
  const metrics = host?.aggregator.metrics ?? []
  expect(metrics.length).toBeGreaterThan(5)
  expect(metrics.every(({ tags }) => tags.includes('view:host'))).toBe(true)
  expect(metrics.filter(({ metric }) => metric === 'kubernetes.memory.usage')).toEqual([])
  expect(own?.aggregator.metrics ?? []).toEqual([])
  expect(own?.aggregator.service_checks?.map(({ status }) => status)).toEqual([2])
  expect(log.join('\n')).toContain('401')
  for (const token of Object.values(TOKENS)) expect(text + log.join('')).not.toContain(token)

  const people = await runCheck('kubelet', { env: rig.env, write })
  expect(people.text.match(/^ {4}kubelet$/gm)).toHaveLength(1)
  expect(people.text.match(/^ {6}Instance ID: kubelet:[0-9a-f]+ \[(OK|WARNING)\]$/gm)).toHaveLength(
    2,
  )

  await put('/etc/datadog-agent/conf.d/kubelet.d/conf.yaml', 'instances: [{ssl_verify: maybe}]')
  const broken = await runCheck('kubelet', { env: rig.env, write })
  expect(broken).toEqual({
    exitCode: 255,
    text: 'Error: /etc/datadog-agent/conf.d/kubelet.d/conf.yaml:1: ssl_verify: must be true or false, not "maybe"\nError: no valid check found\n',
  })
  await put('/etc/datadog-agent/datadog.yaml', 'log_level: loud')
  await expect(runCheck('kubelet', { env: rig.env })).rejects.toMatchObject({ code: 'E_CONFIG' })
})

test('an agent whose checks are all wrongly configured stays, and its status says why', async () => {
  await using rig = await startAgentRig()
  for (const check of ['kubelet', 'container']) {
    const file = `${rig.root}/etc/datadog-agent/conf.d/${check}.d/conf.yaml`
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, 'instances: [{tags: {a: b}}]')
  }
  const end = new AbortController()
  const env = { ...rig.env, SUBLET_SINKS: 'none' }
  let running: Promise<void> = Promise.resolve()
  await new Promise<void>((resolve) => {
    const log = (line: string): void => {
      if (line.includes('Starting the agent')) resolve()
    }
    running = runAgent({ env, signal: end.signal, log })
  })
  const { text } = await readStatus({ env, section: 'collector' })
  const file = '/etc/datadog-agent/conf.d/kubelet.d/conf.yaml'
  expect(text).toContain('    No checks have run yet\n')
  expect(text).toContain(`  Config Errors\n  ==============\n    container\n    ---------\n`)
  expect(text).toContain(`    kubelet\n    -------\n      ${file}:1: tags: must be a list of texts`)
  end.abort()
  await running
})
