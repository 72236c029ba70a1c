import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger, waitFor } from '../src/core/index.ts'
import {
  createRuntime,
  startDockerApi,
  sweepLeftovers,
  type ContainerConfig,
  type ContainerInfo,
  type ContainerRuntime,
} from '../src/lab/runtime/index.ts'

/** A Docker Engine of this test's own: without networks of its own, and with all that it keeps in one folder. */
const missing = [
  ...(process.getuid?.() === 0 ? [] : ['root']),
  ...['dockerd', 'docker', 'runc'].filter((name) => spawnSync(name, ['--version']).status !== 0),
]
if (missing.length > 0) {
  console.warn(`the runtime "docker" is not tried here: no ${missing.join(', ')}`)
}

const run = promisify(execFile)
const log = createLogger('test', 'silent')
const cli = process.execPath
const WITHIN = { timeoutMs: 20_000 }

describe.skipIf(missing.length > 0)('the runtime docker', () => {
  let dir: string
  let socketPath: string
  let daemon: ChildProcess
  let runtime: ContainerRuntime
  let sandbox: ContainerInfo
  let strangerId: string

  const newRuntime = async (name: string): Promise<ContainerRuntime> => {
    const rootDir = join(dir, name)
    mkdirSync(rootDir, { recursive: true })
    return await createRuntime(
      { kind: 'docker', why: 'as asked for', socketPath },
      {
        rootDir,
        labId: name,
        nodeName: 'node-1',
        log,
        programs: { node: cli, sublet: 'sublet.js' },
      },
    )
  }
  const docker = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, DOCKER_CONFIG: dir, DOCKER_HOST: `unix://${socketPath}` }
    return (await run('docker', args, { timeout: 20_000, env })).stdout.trim()
  }
  const config = (name: string, more: Partial<ContainerConfig> = {}): ContainerConfig => ({
    ...{ name, attempt: 0, image: 'busybox:latest', command: [], args: [], env: [], mounts: [] },
    ...{ limits: {}, requests: {}, logPath: join(dir, 'logs', `${name}.log`) },
    ...more,
  })
  const shell = (script: string): Partial<ContainerConfig> => ({ command: ['sh', '-c', script] })
  const started = async (one: ContainerConfig): Promise<ContainerInfo> => {
    const { id } = await runtime.createContainer(sandbox.id, one)
    return await runtime.startContainer(id)
  }
  const ended = (id: string): Promise<ContainerInfo> =>
    waitFor(
      'its end',
      () => {
        const info = runtime.get(id)
        return info?.phase === 'exited' ? info : undefined
      },
      WITHIN,
    )
  const logOf = ({ logPath }: ContainerInfo): string =>
    readFileSync(logPath, 'utf8').replaceAll(/^\S+ (\S+) F /gm, '$1 ')

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sbl-'))
    socketPath = join(dir, 'd.sock')
    const folders = ['data-root', 'exec-root'].map((name) => `--${name}=${join(dir, name)}`)
    const noNetwork = [
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
    ]
    const place = [`--host=unix://${socketPath}`, `--pidfile=${join(dir, 'pid')}`]
    const args = [...place, ...folders, ...noNetwork, '--ip-masq=false', '--storage-driver=vfs']
    const { PATH } = process.env
    daemon = spawn('dockerd', args, { env: { PATH, HOME: dir }, stdio: 'ignore', detached: true })
    await waitFor('dockerd', () => docker('version').catch(() => undefined), { timeoutMs: 30_000 })
    runtime = await newRuntime('lab-a')
    sandbox = await runtime.runSandbox({
      podName: 'web-0',
      podNamespace: 'shop',
      podUid: '11111111-2222-3333-4444-555555555555',
      podIp: '127.3.2.1',
      hostNetwork: false,
      hostname: 'web-0',
      hostAliases: [{ ip: '127.9.9.9', hostnames: ['far.example'] }],
      qosClass: 'Burstable',
    })
    // Somebody else's container on the same engine.
    const image = await docker('images', '-q', 'sublet-lab-machine')
    const usr = ['-v', '/usr:/usr:ro']
    strangerId = await docker('run', '-d', '--network=none', ...usr, image, '/usr/bin/sleep', '900')
  })
  afterAll(async () => {
    await runtime[Symbol.asyncDispose]()
    await docker('rm', '-f', strangerId)
    // Nodes that start at once import the same image.
    const nodes = await Promise.all(['n-1', 'n-2', 'n-3'].map(newRuntime))
    for (const node of nodes) await node[Symbol.asyncDispose]()
    expect(await docker('images', '-aq')).toBe('')
    const gone = once(daemon, 'exit')
    daemon.kill('SIGTERM')
    await gone
    // The engine itself leaves this one.
    await run('umount', [join(dir, 'exec-root/netns/default')]).catch(() => undefined)
    expect(
      readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .filter((line) => line.includes(dir)),
    ).toEqual([])
    rmSync(dir, { recursive: true, force: true })
    expect(existsSync(dir)).toBe(false)
  })

  it('labels containers as the kubelet does, and as the lab’s', async () => {
    const format = '{{.Names}} {{.Label "io.kubernetes.docker.type"}} {{.Label "io.sublet.node"}}'
    const ours = await docker(
      'ps',
      '--no-trunc',
      '--filter',
      'label=io.sublet.lab',
      '--format',
      format,
    )
    expect(ours).toBe('k8s_POD_web-0_shop_11111111-2222-3333-4444-555555555555_0 podsandbox node-1')
    expect(runtime.list().map(({ id }) => id)).toEqual([sandbox.id])
    expect(runtime.kind).toBe('docker')
    expect(runtime.why).toMatch(/^as asked for, Docker \d+\./)
  })

  it('runs a program with mounts, variables and its own hosts; its output is a CRI log', async () => {
    const data = join(dir, 'data')
    mkdirSync(data)
    const script =
      'echo "$GREETING from $(hostname)"; grep far /etc/hosts; echo bad >&2; echo x >/data/out; touch /fixed/y; exit 5'
    const { id } = await started(
      config('main', {
        ...shell(script),
        env: [{ name: 'GREETING', value: 'hello' }],
        mounts: [
          { hostPath: data, containerPath: '/data', readOnly: false },
          { hostPath: data, containerPath: '/fixed', readOnly: true },
        ],
      }),
    )
    const info = await ended(id)
    expect(info).toMatchObject({ exitCode: 5, name: 'main', image: 'busybox:latest' })
    expect(logOf(info).trim().split('\n').toSorted()).toEqual([
      'stderr bad',
      expect.stringMatching(/stderr touch: .*Read-only file system/),
      'stdout 127.9.9.9\tfar.example',
      'stdout hello from web-0',
    ])
    expect(readFileSync(join(data, 'out'), 'utf8')).toBe('x\n')
    await runtime.removeContainer(id)
  })

  it('enforces limits, measures, and runs commands', async () => {
    const limits = { cpuMillicores: 200, memoryBytes: 64 << 20 }
    const busy = await started(config('busy', { ...shell('while :; do :; done'), limits }))
    const [before, at] = [await runtime.usage(busy.id), performance.now()]
    const echo = await runtime.exec(busy.id, ['sh', '-c', 'read x; echo "<$x> $A"; exit 3'], {
      ...{ stdin: 'in\n', env: { A: 'b' } },
    })
    expect([echo.exitCode, String(echo.stdout)]).toEqual([3, '<in> b\n'])
    const none = await runtime.exec(busy.id, ['no-such'])
    expect(none.exitCode).toBeGreaterThanOrEqual(126)
    expect(String(none.stderr)).toMatch(/executable file not found in \$PATH/)
    const stopper = new AbortController()
    const sleeping = runtime.exec(busy.id, ['sleep', '77'], { signal: stopper.signal })
    await waitFor(
      'sleep',
      async () => (await docker('top', busy.id)).includes('sleep 77') || undefined,
      WITHIN,
    )
    stopper.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
    let printed = ''
    const streams = await runtime.stream(busy.id, ['sh', '-c', 'read x; tty; stty size; echo $x'], {
      ...{ stdin: true, tty: true },
      onOutput: (_, chunk) => void (printed += String(chunk)),
    })
    streams.resize(101, 33)
    streams.stdin?.write('typed\n')
    expect(await streams.ended).toBe(0)
    expect(printed).toMatch(/\/dev\/pts\/\d+[^]*typed/)
    const after = await runtime.usage(busy.id)
    const cores =
      (after.cpuUsageNanoseconds - before.cpuUsageNanoseconds) / 1e6 / (performance.now() - at)
    expect(cores).toBeLessThan(0.45)
    expect(after).toMatchObject({ memoryUsageBytes: expect.any(Number) as number, threads: 1 })
    expect(after.cfsThrottledPeriods).toBeGreaterThan(0)
    const pod = await runtime.podUsage(sandbox.id)
    expect(pod.cpuUsageNanoseconds).toBeGreaterThan(after.cpuUsageNanoseconds)
    await runtime.removeContainer(busy.id)
  })

  it('runs as whom the pod says, who sees what all may see', async () => {
    const script = 'id -u; id -G; stat -c "%a %n" / /run /var /tmp; : >/tmp/x; : >/etc/x'
    const user = { uid: 1000, gid: 1001, groups: [1002] }
    const { id } = await started(config('user', { ...shell(script), user }))
    expect(
      logOf(await ended(id))
        .replaceAll('stdout ', '')
        .split('\n'),
    ).toEqual([
      ...['1000', '1001 1002', '755 /', '755 /run', '755 /var', '1777 /tmp'],
      expect.stringMatching(/\/etc\/x: Permission denied/),
      '',
    ])
    await runtime.removeContainer(id)
  })

  it('shows a container the processes of its pod where they are shared, else its own', async () => {
    const own = await started(config('own', shell('exec sleep 900')))
    const shared = await runtime.runSandbox({
      ...{ ...sandbox.sandbox, podName: 'open', podUid: `${sandbox.sandbox.podUid}-1` },
      processes: 'pod',
    })
    const { id } = await runtime.createContainer(
      shared.id,
      config('first', shell('exec sleep 901')),
    )
    await runtime.startContainer(id)
    const second = await runtime.createContainer(
      shared.id,
      config('second', shell('exec sleep 902')),
    )
    await runtime.startContainer(second.id)
    const seen = async (one: string): Promise<string> =>
      String((await runtime.exec(one, ['ps', '-eo', 'args='])).stdout)
    expect(await seen(own.id)).toMatch(/^sleep 900\nps -eo args=\n$/)
    expect(await seen(second.id)).toMatch(/^\/bin\/sh .* pause\ncat\nsleep 901\nsleep 902\nps /)
    await runtime.removeSandbox(shared.id, 0)
  })

  it('joins those who attach with the program’s input and output', async () => {
    const { id } = await started(config('cat', { ...shell('read a; echo "got $a"'), stdin: true }))
    let printed = ''
    const onOutput = (_: string, chunk: Buffer): void => void (printed += String(chunk))
    const streams = runtime.attach(id, { stdin: true, onOutput })
    streams.stdin?.end('word\n')
    expect(await streams.ended).toBe(0)
    expect(printed).toBe('got word\n')
  })

  it('follows no link that a tenant has made to where its volume is', async () => {
    const volume = join(dir, 'link')
    symlinkSync('/', volume)
    const mounts = [{ hostPath: join(volume, 'etc'), containerPath: '/stolen', readOnly: false }]
    await expect(
      runtime.createContainer(sandbox.id, config('thief', { ...shell('true'), mounts })),
    ).rejects.toMatchObject({ code: 'E_RUNTIME' })
    expect(await docker('ps', '-aq', '--filter', 'name=k8s_thief')).toBe('')
  })

  it('says why a program cannot run, and why an image cannot be had', async () => {
    const { id } = await runtime.createContainer(
      sandbox.id,
      config('bad', { command: ['no-such'] }),
    )
    await expect(runtime.startContainer(id)).rejects.toThrow(
      /failed to start container "bad": Error response from daemon: .*executable file not found in \$PATH/,
    )
    expect(runtime.get(id)).toMatchObject({ phase: 'exited', exitCode: 127 })
    await expect(
      runtime.createContainer(sandbox.id, config('none', { image: '127.0.0.1:1/no/such' })),
    ).rejects.toThrow(
      /^ErrImagePull: Error response from daemon: .*127\.0\.0\.1:1.*stand-ins for: /,
    )
  })

  it('runs a real image of the engine’s under its own entrypoint', async () => {
    const image = await docker(
      'images',
      '--format',
      '{{.Repository}}:{{.Tag}}',
      'sublet-lab-machine',
    )
    await docker('tag', image, 'shop/real:1')
    const facts = await runtime.findImage('shop/real:1')
    expect(facts).toMatchObject({ id: expect.stringMatching(/^sha256:/) as string, isRoot: true })
    const mounts = ['/usr', '/lib64'].filter((path) => existsSync(path) && path === '/usr')
    const real = await started(
      config('real', {
        image: 'shop/real:1',
        ...shell('echo real; ls /opt'),
        mounts: mounts.map((path) => ({ hostPath: path, containerPath: path, readOnly: true })),
      }),
    )
    expect(logOf(await ended(real.id))).toBe('stdout real\n')
    await runtime.removeContainer(real.id)
    await docker('rmi', 'shop/real:1')
  })

  it('starts Sublet’s own programs from the machine', async () => {
    const own = await started(
      config('node', { command: [cli, '-p', '"from node"'], image: 'nginx' }),
    )
    expect(own.argv[0]).toBe(cli)
    const answer = await runtime.exec(own.id, [cli, '-p', 'process.version'])
    expect(String(answer.stdout).trim()).toBe(process.version)
    await runtime.removeContainer(own.id)
  })

  it('shows its containers, and only those, through the lab’s Docker API', async () => {
    const api = await startDockerApi({
      runtime,
      socketPath: join(dir, 'l.sock'),
      nodeName: 'n',
      log,
    })
    const lab = async (...args: string[]): Promise<string> =>
      await docker('-H', `unix://${api.socketPath}`, ...args)
    try {
      const ids = (await lab('ps', '-q', '--no-trunc')).split('\n')
      expect(ids).toContain(sandbox.id)
      expect(ids).not.toContain(strangerId)
      expect(await lab('top', sandbox.id)).toMatch(/sh -c trap/)
      expect(await lab('exec', sandbox.id, 'sh', '-c', 'echo inside')).toBe('inside')
    } finally {
      await api[Symbol.asyncDispose]()
    }
  })

  it('leaves nothing of a lab that died, and everything of others', async () => {
    const dead = await newRuntime('lab-b')
    const its = await dead.runSandbox({ ...sandbox.sandbox, podUid: 'u-2', podName: 'dead' })
    // The same pod again: its name is taken on the engine.
    const twin = await dead.runSandbox({ ...sandbox.sandbox })
    expect(await docker('ps', '-q', '--no-trunc')).toContain(twin.id)
    expect(await sweepLeftovers(join(dir, 'lab-b'))).toMatchObject({ killed: 2 })
    const left = await docker('ps', '-aq', '--no-trunc')
    for (const id of [its.id, twin.id]) expect(left).not.toContain(id)
    for (const id of [sandbox.id, strangerId]) expect(left).toContain(id)
    expect(await sweepLeftovers(join(dir, 'lab-b'))).toMatchObject({ killed: 0 })
    expect(readdirSync(join(dir, 'lab-b'))).toEqual([])
  })

  it('is not mistaken for a lab’s own Docker', async () => {
    const api = await startDockerApi({
      runtime,
      socketPath: join(dir, 'm.sock'),
      nodeName: 'n',
      log,
    })
    const options = {
      rootDir: dir,
      labId: 'x',
      nodeName: 'n',
      log,
      programs: { node: cli, sublet: '' },
    }
    const wrong = { kind: 'docker', why: '', socketPath: api.socketPath } as const
    await expect(createRuntime(wrong, options)).rejects.toThrow(/is a lab's own/)
    await api[Symbol.asyncDispose]()
    await expect(createRuntime(wrong, options)).rejects.toMatchObject({ code: 'E_RUNTIME' })
  })
})
