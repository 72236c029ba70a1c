import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLUSTERROLEBINDINGS, NODES, type Pod } from '../src/kube/index.ts'
import { startKubeletRig, type KubeletRig } from './helpers/kubelet-rig.ts'

const installed = spawnSync('kubectl', ['version', '--client'], { timeout: 20_000 }).status === 0

let rig: KubeletRig

const sh = (script: string): string[] => ['/bin/sh', '-c', script]
const pod = (name: string, spec: Partial<Pod['spec']> & { script?: string }): Pod => {
  const { script = '', ...rest } = spec
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'logs', labels: { app: 'talker' } },
    spec: {
      nodeName: rig.nodeName,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'busybox', command: sh(script) }],
      ...rest,
    },
  }
}
const FEW = 'echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three; exec sleep 600'

beforeAll(async () => {
  rig = await startKubeletRig()
  await Promise.all([
    rig.create(pod('few', { script: FEW })),
    rig.create(
      pod('again', {
        script: 'echo run; exit 3',
        restartPolicy: 'Always',
      }),
    ),
    rig.create(
      pod('two', {
        initContainers: [{ name: 'before', image: 'busybox', command: sh('echo first') }],
        containers: ['left', 'right'].map((name) => ({
          name,
          image: 'busybox',
          command: sh(`echo ${name}; sleep 600`),
        })),
      }),
    ),
    rig.create(pod('nowhere', { nodeName: '' })),
    rig.create(pod('lost', { nodeName: 'gone' })),
    rig.create(pod('odd', { containers: [{ name: 'main', image: 'nowhere.example/unknown:1' }] })),
  ])
  const restarted = (seen: Pod): boolean =>
    (seen.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0
  const runs = (seen: Pod): boolean => seen.status?.phase === 'Running'
  await Promise.all([
    rig.waitForPod('logs', 'few', runs),
    rig.waitForPod('logs', 'two', runs),
    rig.waitForPod('logs', 'again', restarted),
    rig.waitForPod(
      'logs',
      'odd',
      (seen) => !!seen.status?.containerStatuses?.[0]?.state.waiting?.reason?.includes('Pull'),
    ),
  ])
  await written('few', 'three')
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
})

const log = (name: string, query = ''): Promise<{ status: number; text: string }> =>
  rig.admin
    .raw('GET', `/api/v1/namespaces/logs/pods/${name}/log${query}`)
    .then(({ status, body }) => ({ status, text: body.toString() }))

const kubelet = async (path: string): Promise<{ status: number; text: string }> => {
  const { status, body } = await rig.get(`/containerLogs/${path}`, {
    cert: rig.api.adminCredential,
  })
  return { status, text: body.toString() }
}

/** Waits until a container has written something. */
async function written(name: string, text: string): Promise<void> {
  const signal = AbortSignal.timeout(10_000)
  const path = `/api/v1/namespaces/logs/pods/${name}/log?follow=true`
  const { body } = await rig.admin.stream(path, { signal })
  let seen = ''
  for await (const chunk of body as AsyncIterable<Buffer>) {
    seen += chunk.toString()
    if (seen.includes(text)) break
  }
}

test('a log is where a node has it, in CRI format, with the link that collectors follow', async () => {
  const varLog = join(rig.dir, 'node/var/log')
  const { metadata, status } = await rig.waitForPod('logs', 'few', () => true)
  const path = join(varLog, 'pods', `logs_few_${metadata.uid ?? ''}`, 'main/0.log')
  expect(await readFile(path, 'utf8')).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F one\n/,
  )
  const id = status?.containerStatuses?.[0]?.containerID?.replace('docker://', '') ?? ''
  const link = join(varLog, 'containers', `few_logs_main-${id}.log`)
  expect(await readFile(link, 'utf8')).toBe(await readFile(path, 'utf8'))
  expect(await readlink(link)).toMatch(/^\.\.\/pods\/logs_few_/)
})

test('the API server reads it from the kubelet, as itself, and only as the options say', async () => {
  expect(await log('few')).toEqual({ status: 200, text: 'one\ntwo\nthree\n' })
  expect((await log('few', '?tailLines=1')).text).toBe('three\n')
  expect((await log('few', '?limitBytes=5')).text).toBe('one\nt')
  expect((await log('few', '?sinceTime=2126-01-01T00:00:00Z')).text).toBe('')
  expect((await log('few', '?sinceSeconds=3600&timestamps=true')).text).toMatch(
    /^(\d{4}-\S{15,}Z \w+\n){3}$/,
  )
  expect((await log('two', '?container=before')).text).toBe('first\n')
  expect((await log('again', '?previous=true')).text).toBe('run\n')
})

test.each([
  ['few', '?tailLines=x', 400, 'strconv.ParseInt: parsing \\"x\\": invalid syntax'],
  [
    'few',
    '?tailLines=-1',
    422,
    'PodLogOptions \\"few\\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
  ],
  ['few', '?container=other', 400, 'container other is not valid for pod few'],
  [
    'few',
    '?previous=true',
    400,
    'previous terminated container \\"main\\" in pod \\"few\\" not found',
  ],
  [
    'two',
    '',
    400,
    'a container name must be specified for pod two, choose one of: [left right] or one of the init containers: [before]',
  ],
  ['none', '', 404, 'pods \\"none\\" not found'],
  ['lost', '', 404, 'nodes \\"gone\\" not found'],
  ['odd', '', 400, 'container \\"main\\" in pod \\"odd\\" is waiting to start: '],
  ['nowhere', '', 204, ''],
])('%s/log%s: %i', async (name, query, status, message) => {
  const answer = await log(name, query)
  expect(answer.status, answer.text).toBe(status)
  expect(answer.text).toContain(message)
})

test.each([
  ['logs/few/main?tailLines=x', 400, '{"message": "Unable to decode query."}'],
  ['logs/few/main?sinceSeconds=0', 422, '{"message": "Invalid request."}'],
  ['logs/none/main', 404, 'pod "none" does not exist'],
  ['logs/few/none', 404, 'container "none" not found in pod "few"'],
  ['logs/few/main?previous=1', 400, 'previous terminated container "main" in pod "few" not found'],
  ['logs/few/main?tail=1', 200, 'three\n'],
])('the kubelet itself answers /containerLogs/%s with %i', async (path, status, text) => {
  expect(await kubelet(path)).toEqual({ status, text })
})

test('a kubelet that cannot be asked, or refuses, is told of in the API server’s words', async () => {
  const bindings = await rig.admin.list(CLUSTERROLEBINDINGS)
  expect(bindings.items.map(({ metadata }) => metadata.name)).toContain('system:kubelet-api-admin')
  await rig.admin.create(NODES, { metadata: { name: 'empty' } })
  await rig.create(pod('unheard', { nodeName: 'empty' }))
  const { status, text } = await log('unheard')
  expect(status).toBe(500)
  expect(text).toContain('no preferred addresses found')
})

test('a follow ends with its container, and the kubelet’s with its caller', async () => {
  await rig.create(pod('brief', { script: FEW, restartPolicy: 'Never' }))
  await rig.waitForPod('logs', 'brief', (seen) => seen.status?.phase === 'Running')
  const path = '/api/v1/namespaces/logs/pods/brief/log?follow=true'
  const { body } = await rig.admin.stream(path, { signal: AbortSignal.timeout(20_000) })
  let seen = ''
  for await (const chunk of body as AsyncIterable<Buffer>) {
    seen += chunk.toString()
    if (seen.endsWith('three\n')) {
      const id = rig.runtime
        .list()
        .find(({ sandbox, name }) => sandbox.podName === 'brief' && name === 'main')?.id
      await rig.runtime.stopContainer(id ?? '', 2000)
    }
  }
  expect(seen).toBe('one\ntwo\nthree\n')
  // Its log is there although the runtime has forgotten the container.
  await rig.waitForPod('logs', 'brief', ({ status }) => status?.phase === 'Failed')
  expect((await log('brief', '?tailLines=1')).text).toBe('three\n')
})

test('a deleted pod leaves no log and no link', async () => {
  await rig.create(pod('going', { script: FEW }))
  await rig.waitForPod('logs', 'going', (seen) => seen.status?.phase === 'Running')
  const { metadata } = await rig.waitForPod('logs', 'going', () => true)
  await rig.admin.raw('DELETE', '/api/v1/namespaces/logs/pods/going')
  const varLog = join(rig.dir, 'node/var/log')
  await expect
    .poll(async () => (await readdir(join(varLog, 'pods'))).join(), { timeout: 10_000 })
    .not.toContain(metadata.uid)
  await expect
    .poll(async () => (await readdir(join(varLog, 'containers'))).join(), { timeout: 10_000 })
    .not.toContain('going_')
})

describe.skipIf(!installed)('the real kubectl', () => {
  let environment: NodeJS.ProcessEnv
  beforeAll(async () => {
    await writeFile(join(rig.dir, 'config'), await rig.api.kubeconfig(), { mode: 0o600 })
    environment = { PATH: process.env['PATH'], HOME: rig.dir, KUBECONFIG: join(rig.dir, 'config') }
  })
  const logs = (line: string): Promise<string> =>
    new Promise((resolve) => {
      const args = ['-n', 'logs', 'logs', ...line.split(' ')]
      execFile('kubectl', args, { env: environment, timeout: 20_000 }, (_, stdout, stderr) =>
        resolve(stdout + stderr),
      )
    })

  test.each([
    ['few --tail=2', /^two\nthree\n$/],
    ['few --since=1h --timestamps', /^(20\S+Z (one|two|three)\n){3}$/],
    ['two', /Defaulted container "left" out of: left, right, before \(init\)/],
    ['two --all-containers --prefix', /\[pod\/two\/before\] first\n/],
    ['-p again', /^run\n$/],
    ['-c nope few', /container nope is not valid for pod few/],
    ['-l app=talker --tail=1 --max-log-requests=9 --ignore-errors', /three\n/],
  ])('kubectl logs %s', async (line, expected) => {
    expect(await logs(line)).toMatch(expected)
  })

  test('kubectl logs -f, until it is stopped', async () => {
    const child = spawn('kubectl', ['-n', 'logs', 'logs', '-f', 'few'], { env: environment })
    let seen = ''
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      seen += chunk.toString()
      if (seen.endsWith('three\n')) break
    }
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(seen).toBe('one\ntwo\nthree\n')
  })
})

test('without pods/log there is no log', async () => {
  const headers = { 'impersonate-user': 'jane' }
  const answer = await rig.admin.raw('GET', '/api/v1/namespaces/logs/pods/few/log', { headers })
  expect(answer.status).toBe(403)
  expect(answer.body.toString()).toContain('cannot get resource \\"pods/log\\"')
})
