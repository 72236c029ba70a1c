import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger, readAll } from '../../../core/index.ts'
import { createProcessRuntime } from '../process-runtime.ts'
import type { ContainerInfo, ContainerRuntime } from '../types.ts'
import { startDockerApi, type DockerApi } from './start-docker-api.ts'

const log = createLogger('test', 'silent')
let dir: string
let runtime: ContainerRuntime
let api: DockerApi
let sandbox: ContainerInfo
let running: ContainerInfo

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sublet-docker-'))
  runtime = await createProcessRuntime({
    rootDir: dir,
    labId: `docker-${process.pid}`,
    nodeName: 'node-1',
    log,
    programs: { node: process.execPath, sublet: 'sublet.js' },
  })
  sandbox = await runtime.runSandbox({
    podName: 'web-0',
    podNamespace: 'shop',
    podUid: 'uid-1',
    podIp: '127.0.0.1',
    hostNetwork: false,
    qosClass: 'Burstable',
  })
  const config = {
    image: 'busybox:1.36',
    attempt: 2,
    args: [],
    env: [{ name: 'KEY', value: 'value' }],
    mounts: [{ hostPath: dir, containerPath: '/data', readOnly: true }],
    limits: { cpuMillicores: 200, memoryBytes: 128 << 20 },
    requests: { cpuMillicores: 100 },
  }
  const command = ['sh', '-c', 'sleep 300']
  const made = await runtime.createContainer(sandbox.id, {
    ...config,
    name: 'main',
    command,
    logPath: join(dir, 'main.log'),
  })
  running = await runtime.startContainer(made.id)
  await runtime.createContainer(sandbox.id, {
    ...config,
    name: 'later',
    command,
    logPath: join(dir, 'later.log'),
  })
  const socketPath = join(dir, 'docker.sock')
  api = await startDockerApi({ runtime, socketPath, nodeName: 'node-1', log })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await runtime[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

async function ask(path: string, method = 'GET') {
  return await new Promise<{
    status: number
    headers: NodeJS.Dict<string | string[]>
    text: string
  }>((resolve, reject) => {
    request({ socketPath: api.socketPath, path, method }, (response) => {
      readAll(response, 1 << 20).then((body) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: String(body) })
      }, reject)
    })
      .on('error', reject)
      .end()
  })
}
const json = async (path: string): Promise<unknown> => JSON.parse((await ask(path)).text)
const query = (filters: object): string => encodeURIComponent(JSON.stringify(filters))

describe('the Docker API', () => {
  it.each(['GET', 'HEAD'])('answers a %s ping with what the CLI negotiates on', async (method) => {
    const { status, headers, text } = await ask('/_ping', method)
    expect([status, text]).toEqual([200, method === 'GET' ? 'OK' : ''])
    expect(headers).toMatchObject({
      'api-version': '1.48',
      'docker-experimental': 'false',
      ostype: 'linux',
      'content-type': 'text/plain; charset=utf-8',
    })
    expect(headers['server']).toMatch(/^Docker\//)
  })

  it('is open to its user and group only', () => {
    expect(statSync(api.socketPath).mode & 0o777).toBe(0o660)
  })

  it('knows the node by its name, with and without a version in the path', async () => {
    for (const path of ['/info', '/v1.24/info', '/v1.48/info']) {
      expect(await json(path)).toMatchObject({
        Name: 'node-1',
        Containers: 3,
        ContainersRunning: 2,
        ContainersStopped: 1,
        OSType: 'linux',
      })
    }
    expect(await json('/version')).toMatchObject({ ApiVersion: '1.48', MinAPIVersion: '1.24' })
  })

  it.each([
    ['/v1.49/info', 'client version 1.49 is too new. Maximum supported API version is 1.48'],
    ['/v2.0/info', 'client version 2.0 is too new. Maximum supported API version is 1.48'],
    [
      '/v1.12/info',
      'client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    ],
    ['/containers/json?filters=x', 'invalid filter'],
    ['/containers/json?filters=%7B%22health%22%3A%5B%22x%22%5D%7D', "invalid filter 'health'"],
    ['/containers/%E0%A4%A/json', 'invalid path'],
  ])('refuses %s with 400', async (path, message) => {
    const { status, text } = await ask(path)
    expect([status, JSON.parse(text)]).toEqual([400, { message }])
  })

  it('has images that are as old as the project, with one layer each', async () => {
    const json = async (path: string): Promise<unknown> => JSON.parse((await ask(path)).text)
    const images = (await json('/images/json')) as { Created: number; RepoTags: string[] }[]
    const image = images.find(({ RepoTags }) => RepoTags.includes('busybox:1.36'))
    expect(image?.Created).toBe(Date.parse('2026-11-22T12:00:00Z') / 1000)
    expect(await json('/images/busybox:1.36/json')).toMatchObject({
      Created: '2026-11-22T12:00:00Z',
      Metadata: { LastTagTime: '2026-11-22T12:00:00Z' },
    })
    expect(await json('/images/busybox:1.36/history')).toMatchObject([
      { Created: image?.Created, CreatedBy: '', Tags: ['busybox:1.36'] },
    ])
  })

  it.each([
    ['/nothing', 'page not found'],
    ['/containers/x/logs', 'No such container: x'],
    ['/exec/x/json', 'No such exec instance: x'],
    ['/images/x/json', 'No such image: x:latest'],
    ['/images/x:1/history', 'No such image: x:1'],
    ['/networks/x', 'network x not found'],
    ['/containers/nope/json', 'No such container: nope'],
    ['/containers/__proto__/stats?stream=0', 'No such container: __proto__'],
    ['//evil/info', 'page not found'],
  ])('does not find %s', async (path, message) => {
    const { status, text } = await ask(path)
    expect([status, JSON.parse(text)]).toEqual([404, { message }])
  })

  it.each([
    ['POST', '/containers/create', 403, "owns its containers' life. Make a pod instead"],
    ['DELETE', '/containers/POD', 403, 'kubectl delete pod -n shop web-0'],
    ['POST', '/containers/POD/kill?signal=9', 403, 'cannot kill k8s_main_web-0_shop_uid-1_2: '],
    ['PUT', '/containers/POD/archive', 501, 'kubectl cp shop/web-0:PATH PATH'],
    ['POST', '/images/create?fromImage=nginx', 403, 'Name the image in a pod'],
    ['POST', '/swarm/init', 403, 'POST /swarm/init is not allowed'],
    ['DELETE', '/containers/x', 404, 'No such container: x'],
    ['POST', '/containers/x/exec', 404, 'No such container: x'],
    ['POST', '/containers/POD/exec', 400, 'No exec command specified'],
    ['POST', '/exec/x/start', 404, 'No such exec instance: x'],
    ['GET', '/containers/POD/logs', 400, 'you must choose at least one stream'],
    ['GET', '/containers/POD/logs?stdout=1&since=x', 400, 'strconv.ParseInt'],
    ['GET', '/containers/POD/top?ps_args=nonsense', 500, 'ps: '],
    ['GET', '/events?since=9&until=8', 400, "can't be after"],
  ])('answers %s %s with %i', async (method, path, wanted, why) => {
    const { status, text } = await ask(path.replace('POD', running.id), method)
    expect([status, text]).toEqual([wanted, expect.stringContaining(why)])
  })

  it('lists what runs, and all on demand', async () => {
    const list = (await json('/containers/json')) as { Id: string }[]
    expect(list.map(({ Id }) => Id).toSorted()).toEqual([running.id, sandbox.id].toSorted())
    expect(list.find(({ Id }) => Id === running.id)).toMatchObject({
      Names: ['/k8s_main_web-0_shop_uid-1_2'],
      Image: 'busybox:1.36',
      Command: "sh -c 'sleep 300'",
      State: 'running',
      Labels: {
        'io.kubernetes.container.name': 'main',
        'io.kubernetes.docker.type': 'container',
        'io.kubernetes.pod.name': 'web-0',
        'io.kubernetes.pod.namespace': 'shop',
        'io.kubernetes.pod.uid': 'uid-1',
        'io.kubernetes.sandbox.id': sandbox.id,
        'annotation.io.kubernetes.container.restartCount': '2',
      },
      HostConfig: { NetworkMode: `container:${sandbox.id}` },
    })
    expect(await json('/containers/json?all=1')).toHaveLength(3)
    expect(await json('/containers/json?all=false')).toHaveLength(2)
    expect(await json('/containers/json?limit=1')).toHaveLength(1)
  })

  it.each([
    [{ status: ['created'] }, ['later']],
    [{ label: ['io.kubernetes.docker.type=podsandbox'] }, ['POD']],
    [
      { label: { 'io.kubernetes.pod.name=web-0': true, 'io.kubernetes.sandbox.id': true } },
      ['main'],
    ],
    [{ name: ['k8s_POD'] }, ['POD']],
    [{ ancestor: ['busybox:1.36'] }, ['main']],
    [{ ancestor: ['nginx'] }, []],
  ])('filters by %j', async (filters, names) => {
    const list = (await json(`/containers/json?filters=${query(filters)}`)) as {
      Labels: Record<string, string>
    }[]
    expect(list.map(({ Labels }) => Labels['io.kubernetes.container.name'])).toEqual(names)
  })

  it('shows one by id, beginning of the id, and name', async () => {
    for (const reference of [running.id, running.id.slice(0, 12), running.runtimeName]) {
      expect(await json(`/containers/${reference}/json`)).toMatchObject({
        Id: running.id,
        Name: '/k8s_main_web-0_shop_uid-1_2',
        State: { Status: 'running', Running: true, Pid: running.pid },
        HostConfig: {
          Memory: 128 << 20,
          CpuQuota: 20_000,
          CgroupParent: '/kubepods/burstable/poduid-1',
        },
        Mounts: [{ Destination: '/data', RW: false }],
        Config: { Env: expect.arrayContaining(['KEY=value']) as unknown },
      })
    }
  })

  it('measures: two readings for a share, one on demand, none for what does not run', async () => {
    const path = `/containers/${running.id}/stats?stream=0`
    const started = performance.now()
    const oneShot = await json(`${path}&one-shot=1`)
    expect(performance.now() - started).toBeLessThan(900)
    expect(oneShot).toMatchObject({
      id: running.id,
      name: '/k8s_main_web-0_shop_uid-1_2',
      memory_stats: { limit: 128 << 20 },
      precpu_stats: { cpu_usage: { total_usage: 0 } },
    })
    const both = (await json(path)) as {
      read: string
      preread: string
      cpu_stats: { system_cpu_usage: number; cpu_usage: { total_usage: number } }
      precpu_stats: { system_cpu_usage: number }
      memory_stats: { usage: number }
    }
    expect(Date.parse(both.read) - Date.parse(both.preread)).toBeGreaterThanOrEqual(990)
    expect(both.cpu_stats.system_cpu_usage).toBeGreaterThan(both.precpu_stats.system_cpu_usage)
    expect(both.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(0)
    expect(both.memory_stats.usage).toBeGreaterThan(0)
    const later = runtime.list().find(({ name }) => name === 'later')!
    expect(await json(`/containers/${later.id}/stats?stream=0`)).toMatchObject({ memory_stats: {} })
  })

  it('streams events as they happen', async () => {
    const lines = await new Promise<string>((resolve, reject) => {
      const filters = query({ type: ['container'], event: ['create'] })
      const asked = request(
        { socketPath: api.socketPath, path: `/v1.41/events?filters=${filters}` },
        (response) => {
          response.once('data', (chunk: Buffer) => {
            resolve(String(chunk))
            asked.destroy()
          })
          const config = { ...sandbox.sandbox, podUid: 'uid-2' }
          runtime.runSandbox(config).catch(reject)
        },
      )
      asked.on('error', reject).end()
    })
    expect(JSON.parse(lines)).toMatchObject({
      Type: 'container',
      Action: 'create',
      Actor: {
        Attributes: { 'io.kubernetes.pod.uid': 'uid-2', name: 'k8s_POD_web-0_shop_uid-2_0' },
      },
    })
    expect((await ask('/events?until=1')).text).toBe('')
  })
})

describe('its socket', () => {
  const start = (socketPath: string) => startDockerApi({ runtime, socketPath, nodeName: 'n', log })

  it('is not taken from a living program, but from a dead one', async () => {
    await expect(start(api.socketPath)).rejects.toMatchObject({ code: 'E_PORT_IN_USE' })
    const path = join(dir, 'other.sock')
    writeFileSync(path, 'a file')
    await expect(start(path)).rejects.toMatchObject({ code: 'E_PORT_IN_USE' })
    rmSync(path)
    const dead = createServer()
    await new Promise<void>((resolve) => dead.listen(path, resolve))
    // A process that is killed does not remove its socket; close() would.
    renameSync(path, `${path}.kept`)
    await new Promise((resolve) => dead.close(resolve))
    renameSync(`${path}.kept`, path)
    const second = await start(path)
    await second[Symbol.asyncDispose]()
    expect(existsSync(path)).toBe(false)
  })

  it('has a path that fits', async () => {
    await expect(start(join(dir, 'x'.repeat(120)))).rejects.toMatchObject({ code: 'E_CONFIG' })
  })
})
