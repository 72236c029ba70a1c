import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger, waitFor } from '../src/core/index.ts'
import {
  createProcessRuntime,
  startDockerApi,
  type ContainerInfo,
  type ContainerRuntime,
} from '../src/lab/runtime/index.ts'

const run = promisify(execFile)
const hasDocker = spawnSync('docker', ['--version']).status === 0
const log = createLogger('test', 'silent')

let dir: string
let runtime: ContainerRuntime
let api: Awaited<ReturnType<typeof startDockerApi>>
let web: ContainerInfo
/** 127.3.x.y: an address of this test's own, so that port 80 is free. */
const podIp = `127.3.${(process.pid >> 8) & 255}.${process.pid & 255 || 1}`

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sublet-docker-cli-'))
  runtime = await createProcessRuntime({
    rootDir: dir,
    labId: `docker-cli-${process.pid}`,
    nodeName: 'node-1',
    log,
    programs: { node: process.execPath, sublet: 'sublet.js' },
  })
  const sandbox = await runtime.runSandbox({
    podName: 'simple-app-k8s1-x-test-app-x-k8s1',
    podNamespace: 'vcluster-k8s1',
    podUid: '11111111-2222-3333-4444-555555555555',
    podIp,
    hostNetwork: false,
    qosClass: 'Burstable',
  })
  const { id } = await runtime.createContainer(sandbox.id, {
    name: 'nginx',
    attempt: 0,
    image: 'nginx:alpine',
    command: [],
    args: [],
    env: [],
    mounts: [],
    limits: { cpuMillicores: 200, memoryBytes: 128 << 20 },
    requests: { cpuMillicores: 100, memoryBytes: 64 << 20 },
    logPath: join(dir, 'nginx.log'),
  })
  web = await runtime.startContainer(id)
  const socketPath = join(dir, 'docker.sock')
  api = await startDockerApi({ runtime, socketPath, nodeName: 'node-1', log })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await runtime[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

describe('the nginx stand-in', () => {
  it('serves its page at the pod’s address, logs requests, and ends when the address is taken', async () => {
    const said = (): string => readFileSync(web.logPath, 'utf8')
    const port = await waitFor('nginx', () => /listening on [\d.]+:(\d+)/.exec(said())?.[1], {
      timeoutMs: 20_000,
    })
    const answer = await fetch(`http://${podIp}:${port}/`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html'])
    expect(await answer.text()).toContain('Welcome to nginx!')
    expect((await fetch(`http://${podIp}:${port}/nothing`)).status).toBe(404)
    await waitFor('the access log', () => (said().includes('/nothing') ? true : undefined), {
      timeoutMs: 5000,
    })
    expect(said()).toMatch(/Z stdout F 127\.\S+ - - \[\S+\] "GET \/ HTTP\/1\.1" 200 \d+ /)
    const { pid } = web
    const { id } = await runtime.createContainer(web.sandboxId, {
      ...web,
      name: 'second',
      attempt: 0,
      command: [],
      args: [],
      logPath: join(dir, 'second.log'),
    })
    const died = new Promise<number | undefined>((resolve) => {
      runtime.onEvent(({ type, container }) => {
        if (type === 'die' && container.id === id) resolve(container.exitCode)
      })
    })
    await runtime.startContainer(id)
    expect(await died).toBe(1)
    expect(runtime.get(web.id)).toMatchObject({ phase: 'running', pid })
  })
})

describe.skipIf(!hasDocker)('the real docker CLI', () => {
  const docker = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('docker', ['-H', `unix://${api.socketPath}`, ...args], {
      timeout: 15_000,
      env: { ...process.env, DOCKER_CONFIG: dir },
    })
    return stdout
  }

  it('lists the containers', async () => {
    const table = (await docker('ps')).trim().split('\n')
    expect(table).toHaveLength(3)
    expect(table.join('\n')).toMatch(
      /nginx:alpine\s+"\/docker-entrypoint\.…"\s.*Up .*k8s_nginx_simple-app-k8s1-x-test-app-x-k8s1_vcluster-k8s1_/,
    )
    const format = '{{.ID}} {{.Image}} {{.State}} {{.Label "io.kubernetes.pod.namespace"}}'
    const lines = await docker('ps', '--no-trunc', '--format', format)
    expect(lines).toContain(`${web.id} nginx:alpine running vcluster-k8s1\n`)
    expect(await docker('ps', '-q', '--filter', 'label=io.kubernetes.docker.type=podsandbox')).toBe(
      `${web.sandboxId.slice(0, 12)}\n`,
    )
    expect((await docker('ps', '-a')).trim().split('\n').length).toBeGreaterThanOrEqual(3)
  })

  it('measures them', async () => {
    const table = await docker('stats', '--no-stream')
    expect(table).toMatch(/k8s_nginx_\S+\s+\d+\.\d\d%\s+[\d.]+MiB \/ 128MiB\s+\d+\.\d\d%/)
    expect(table).toMatch(/k8s_POD_\S+\s+\d+\.\d\d%\s+[\d.]+[KM]iB \/ /)
  })

  it('inspects one, and tells of the engine', async () => {
    const [shown] = JSON.parse(await docker('inspect', web.id.slice(0, 12))) as object[]
    expect(shown).toMatchObject({ Id: web.id, State: { Pid: web.pid } })
    expect(
      await docker('version', '--format', '{{.Server.Version}} {{.Client.APIVersion}}'),
    ).toMatch(/^\d+\.\d+\.\d+ 1\.\d+\n$/)
    expect(await docker('info', '--format', '{{.Name}} {{.NCPU}}')).toMatch(/^node-1 \d+\n$/)
    expect(await docker('images', '--format', '{{.Repository}}:{{.Tag}}')).toContain('nginx:alpine')
  })

  it('cannot end one', async () => {
    await expect(docker('rm', '-f', web.id)).rejects.toThrow(/kubelet owns its containers/)
    await expect(docker('exec', web.id, 'true')).rejects.toThrow(/kubelet owns its containers/)
    expect(runtime.get(web.id)?.phase).toBe('running')
  })
})
