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

  it('runs commands in one', async () => {
    const id = web.id.slice(0, 12)
    const exec = async (...args: string[]): Promise<string> => await docker('exec', ...args)
    expect(await exec(id, 'sh', '-c', 'echo $HOSTNAME; echo no >&2')).toBe(
      'simple-app-k8s1-x-test-app-x-k8s1\n',
    )
    expect(await exec('-e', 'A=b', '-w', '/usr', id, 'sh', '-c', 'echo $A; pwd')).toBe('b\n/usr\n')
    await expect(exec(id, 'sh', '-c', 'exit 7')).rejects.toMatchObject({ code: 7 })
    await expect(exec(id, 'no-such')).rejects.toMatchObject({
      code: 127,
      stdout: expect.stringContaining('exec: "no-such": executable file not found') as string,
    })
    await expect(exec('-u', '1', id, 'id')).rejects.toThrow(/runAsUser/)
    expect(await exec('-d', id, 'true')).toBe('')
    // Its input comes from a pipe, ends, and only then does the command.
    const piped = `printf 'one\ntwo\n' | docker -H unix://${api.socketPath} exec -i ${id} wc -l`
    expect((await run('sh', ['-c', piped])).stdout.trim()).toBe('2')
    const big = await exec(id, 'sh', '-c', 'head -c 300000 /dev/zero | tr "\\0" x')
    expect(big).toHaveLength(300_000)
    const inTerminal = `docker -H unix://${api.socketPath} exec -it ${id} sh -c 'tty; exit 3'`
    await expect(run('script', ['-qec', inTerminal, '/dev/null'])).rejects.toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^\/dev\/pts\/\d+/) as string,
    })
    // Not `0s`: the command makes a whole second of that, which leaves out what has just happened.
    const now = (Date.now() / 1000).toFixed(3)
    const seen = await docker('events', '--since', '1m', '--until', now, '-f', 'event=exec_die')
    expect(seen).toMatch(/container exec_die \S+ \(.*execID=\w{64}, exitCode=7, image=nginx:alpine/)
  })

  it('shows its log, and its processes', async () => {
    const { id } = web
    expect(await docker('logs', id)).toMatch(/^127.*"GET \/ HTTP/)
    expect(await docker('logs', '--tail', '1', '-t', id)).toMatch(/^2\d{3}-\S+Z .+\n$/)
    expect(await docker('logs', '--since', '2100-01-01T00:00:00Z', id)).toBe('')
    expect(await docker('top', id)).toMatch(new RegExp(`UID +PID[^]*\n\\S+ +${web.pid} .*nginx`))
    expect(await docker('top', id, '-o', 'pid,comm')).toMatch(
      new RegExp(`^PID +COMMAND\n${web.pid} `),
    )
  })

  it('follows the log of one until it ends, and waits for that', async () => {
    const { id } = await runtime.createContainer(web.sandboxId, {
      ...web,
      name: 'short',
      image: 'busybox',
      command: ['sh', '-c', 'read line; echo "got $line"; exit 5'],
      args: [],
      stdin: true,
      logPath: join(dir, 'short.log'),
    })
    await runtime.startContainer(id)
    const ends = Promise.all([docker('logs', '-f', id), docker('wait', id)])
    const attached = `echo word | docker -H unix://${api.socketPath} attach ${id}`
    await run('sh', ['-c', attached]).catch(() => undefined)
    expect(await ends).toEqual(['got word\n', '5\n'])
    await expect(docker('exec', id, 'true')).rejects.toThrow(/is not running/)
    expect(await docker('ps', '-a', '--filter', 'exited=5', '--format', '{{.Names}}')).toMatch(
      /^k8s_short_/,
    )
  })

  it.each([
    [
      ['rm', '-f', 'WEB'],
      /cannot remove k8s_nginx_.*kubectl delete pod -n vcluster-k8s1 simple-app/,
    ],
    [['stop', 'WEB'], /cannot stop .*kubelet owns its containers/],
    [['kill', 'WEB'], /cannot kill .*kubelet owns its containers/],
    [['restart', 'WEB'], /cannot restart /],
    [['pause', 'WEB'], /cannot pause /],
    [['run', 'nginx:alpine'], /cannot create a container: .*kubectl run NAME --image=IMAGE/],
    [['create', 'nginx:alpine'], /cannot create a container/],
    [['pull', 'alpine'], /cannot pull or import an image: .*Name the image in a pod/],
    [['rmi', 'nginx:alpine'], /cannot remove an image/],
    [['cp', 'WEB:/etc/passwd', '-'], /kubectl cp vcluster-k8s1\/simple-app/],
    [['diff', 'WEB'], /cannot list the changes/],
    [['commit', 'WEB', 'x'], /cannot commit a container/],
    [['network', 'create', 'x'], /POST \/networks\/create is not allowed/],
    [['exec', 'nope', 'true'], /No such container: nope/],
    [['inspect', 'nope'], /[Nn]o such object: nope/],
  ])('refuses: docker %j', async (args, why) => {
    await expect(docker(...args.map((word) => word.replace('WEB', web.id)))).rejects.toThrow(why)
    expect(runtime.get(web.id)?.phase).toBe('running')
  })

  it.each([
    [['network', 'ls', '--format', '{{.Name}}'], /^host\nnone\n$/],
    [['volume', 'ls', '-q'], /^$/],
    [['image', 'inspect', 'nginx:alpine', '-f', '{{.RepoTags}}'], /^\[nginx:alpine\]\n$/],
    [['port', 'WEB'], /^$/],
  ])('answers docker %j', async (args, wanted) => {
    expect(await docker(...args.map((word) => word.replace('WEB', web.id)))).toMatch(wanted)
  })
})
