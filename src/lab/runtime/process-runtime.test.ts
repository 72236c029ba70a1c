import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger, waitFor } from '../../core/index.ts'
import { chooseRuntime, createRuntime } from './create-runtime.ts'
import { createProcessRuntime } from './process-runtime.ts'
import { readKernelFile } from './kernel-file.ts'
import { allPids, readProcess } from './process-table.ts'
import type { ContainerConfig, ContainerRuntime, RuntimeEvent, SandboxConfig } from './types.ts'

const SANDBOX: SandboxConfig = {
  podName: 'web-0',
  podNamespace: 'shop',
  podUid: '11111111-2222-3333-4444-555555555555',
  podIp: '127.0.0.1',
  hostNetwork: false,
  qosClass: 'Burstable',
}

const programs = { node: process.execPath, sublet: '/nowhere/sublet.js' }
const works = chooseRuntime('auto', { rootDir: tmpdir(), programs }).kind === 'namespaces'
const KINDS = [
  { kind: 'process', accounting: 'proc' },
  { kind: 'process', accounting: 'auto' },
  // Skipped where the machine does not let this user have any.
  ...(works ? [{ kind: 'namespaces', accounting: 'auto' } as const] : []),
] as const

describe.each(KINDS)('the $kind runtime with $accounting accounting', ({ kind, accounting }) => {
  const hasOwnRoot = kind === 'namespaces'
  let dir: string
  let runtime: ContainerRuntime
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sublet-runtime-'))
    const options = {
      rootDir: dir,
      labId: `test-${process.pid}-${Math.random().toString(36).slice(2)}`,
      nodeName: 'node-1',
      accounting,
      log: createLogger('test', 'silent'),
      programs: { node: process.execPath, sublet: join(dir, 'fake-sublet.js') },
    }
    writeFileSync(
      join(dir, 'fake-sublet.js'),
      'console.log(JSON.stringify([process.argv.slice(2), process.env.SUBLET_EXIT_WITH_STDIN ?? null]))',
    )
    runtime = await createRuntime(chooseRuntime(kind, options), options)
  })
  afterEach(async () => {
    await runtime[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true })
  })

  const config = (over: Partial<ContainerConfig>): ContainerConfig => ({
    name: 'main',
    attempt: 0,
    image: 'busybox',
    command: [],
    args: [],
    env: [],
    mounts: [],
    limits: {},
    requests: {},
    logPath: join(dir, 'logs', `${over.name ?? 'main'}.log`),
    ...over,
  })
  const start = async (sandboxId: string, over: Partial<ContainerConfig>) => {
    const { id } = await runtime.createContainer(sandboxId, config(over))
    return await runtime.startContainer(id)
  }
  const dies = (id: string): Promise<RuntimeEvent> =>
    new Promise((resolve) => {
      const stop = runtime.onEvent((event) => {
        if (event.type !== 'die' || event.container.id !== id) return
        stop()
        resolve(event)
      })
    })
  const shell = (script: string) => ({ command: ['sh', '-c', script] })
  const said = (name: string): string =>
    readFileSync(join(dir, 'logs', `${name}.log`), 'utf8').replaceAll(
      /^\S+ (stdout|stderr) F /gm,
      '',
    )

  it('runs a sandbox as a real, idle process', async () => {
    const sandbox = await runtime.runSandbox(SANDBOX)
    expect(sandbox).toMatchObject({
      kind: 'sandbox',
      name: 'POD',
      phase: 'running',
      runtimeName: `k8s_POD_web-0_shop_${SANDBOX.podUid}_0`,
      cgroupPath: `/kubepods/burstable/pod${SANDBOX.podUid}/${sandbox.id}`,
    })
    expect(sandbox.id).toMatch(/^[0-9a-f]{64}$/)
    expect(readProcess(sandbox.pid!)).toMatchObject({ session: sandbox.pid, parent: process.pid })
    await runtime.removeSandbox(sandbox.id, 0)
    expect(runtime.list()).toEqual([])
  })

  it('gives a command its volumes, variables and log, and nothing of the lab’s own variables', async () => {
    process.env['SUBLET_TEST_SECRET'] = 'not for containers'
    const volume = join(dir, 'volume')
    mkdirSync(volume)
    writeFileSync(join(volume, 'token'), 'from-volume')
    const sandbox = await runtime.runSandbox(SANDBOX)
    const created = await runtime.createContainer(
      sandbox.id,
      config({
        ...shell('cat /data/token; echo; echo copy >/data/new; echo err >&2; env; pwd; exit 3'),
        env: [{ name: 'GREETING', value: 'hello world' }],
        mounts: [{ hostPath: volume, containerPath: '/data', readOnly: false }],
      }),
    )
    expect(created.phase).toBe('created')
    const died = dies(created.id)
    const { pid } = await runtime.startContainer(created.id)
    expect((await died).container).toMatchObject({ phase: 'exited', exitCode: 3 })
    expect(readFileSync(join(volume, 'new'), 'utf8')).toBe('copy\n')
    const lines = said('main').split('\n')
    expect(lines).toEqual(
      expect.arrayContaining(['from-volume', 'err', 'GREETING=hello world', 'HOSTNAME=web-0']),
    )
    expect(lines).toContain(`SUBLET_CONTAINER_ROOT=${hasOwnRoot ? '/' : created.rootDir}`)
    expect(lines).toContain(hasOwnRoot ? '/' : created.rootDir)
    expect(said('main')).not.toContain('not for containers')
    expect(readProcess(pid!)).toBeUndefined()
    delete process.env['SUBLET_TEST_SECRET']
  })

  it('starts Sublet’s own programs with a stdin that ends with the lab', async () => {
    const sandbox = await runtime.runSandbox(SANDBOX)
    const { id } = await runtime.createContainer(
      sandbox.id,
      config({ image: 'gcr.io/datadoghq/agent:7.74.0', command: ['agent', 'run'] }),
    )
    const died = dies(id)
    await runtime.startContainer(id)
    await died
    expect(said('main').trim()).toBe('[["agent","run"],"1"]')
    const idle = await start(sandbox.id, { name: 'idle', image: 'registry.k8s.io/etcd:3.6' })
    const result = await runtime.exec(idle.id, ['agent', 'check', '/data/x'])
    expect(result.stdout.toString().trim()).toBe('[["agent","check","/data/x"],null]')
    // Also where the checkout happens to lie below a path that the container mounts.
    const mounts = [{ hostPath: '/dev', containerPath: dir, readOnly: true }]
    const other = await start(sandbox.id, {
      name: 'other',
      image: 'registry.k8s.io/etcd:3.6',
      mounts,
    })
    const direct = [process.execPath, join(dir, 'fake-sublet.js'), 'lab']
    expect(String((await runtime.exec(other.id, direct)).stdout).trim()).toBe('[["lab"],null]')
  })

  it('runs commands in a container, with input, and bounds their output', async () => {
    const sandbox = await runtime.runSandbox(SANDBOX)
    const { id } = await start(sandbox.id, shell('sleep 300'))
    const result = await runtime.exec(id, ['sh', '-c', 'cat; echo "$EXTRA" >&2; exit 7'], {
      stdin: 'input',
      env: { EXTRA: 'extra' },
    })
    expect([result.exitCode, String(result.stdout), String(result.stderr)]).toEqual([
      7,
      'input',
      'extra\n',
    ])
    expect((await runtime.exec(id, ['no-such-program'])).exitCode).toBe(127)
    await expect(runtime.exec(id, ['yes'], { maxBytes: 10_000 })).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
    })
    const signal = AbortSignal.timeout(50)
    await expect(runtime.exec(id, ['sleep', '300'], { signal })).rejects.toThrow(/timeout/)
    const early = new AbortController()
    const aborted = runtime.exec(id, ['sleep', '300'], { signal: early.signal })
    early.abort(new Error('before it ran'))
    await expect(aborted).rejects.toThrow('before it ran')
    await expect(runtime.exec('nope', ['true'])).rejects.toMatchObject({ code: 'E_RUNTIME' })
  })

  it('stops politely, then by force, with all that the container had started', async () => {
    const sandbox = await runtime.runSandbox(SANDBOX)
    const polite = await start(sandbox.id, {
      name: 'polite',
      ...shell('trap "exit 5" TERM; echo up; while :; do sleep 0.05; done'),
    })
    await waitFor('trap', () => (said('polite') === 'up\n' ? true : undefined), { timeoutMs: 5000 })
    await runtime.stopContainer(polite.id, 5000)
    expect(runtime.get(polite.id)).toMatchObject({ phase: 'exited', exitCode: 5 })
    await runtime.stopContainer(polite.id, 5000)

    const stubborn = await start(sandbox.id, {
      name: 'stubborn',
      ...shell('trap "" TERM; echo up; while :; do sleep 300; done'),
    })
    const pid = String(stubborn.pid)
    const child = await waitFor(
      'its child',
      () => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')) || undefined,
      { timeoutMs: 5000 },
    )
    await runtime.stopContainer(stubborn.id, 50)
    expect(runtime.get(stubborn.id)).toMatchObject({ phase: 'exited', exitCode: 137 })
    await waitFor(
      'the child to end',
      () => (['Z', 'X', undefined].includes(readProcess(child)?.state) ? true : undefined),
      { timeoutMs: 5000 },
    )
  })

  it('kills what a container leaves behind when it ends by itself', async () => {
    const sandbox = await runtime.runSandbox(SANDBOX)
    const time = `30${process.pid}.${Math.random().toString().slice(2)}`
    const { id } = await runtime.createContainer(sandbox.id, config(shell(`sleep ${time} & :`)))
    const died = dies(id)
    await runtime.startContainer(id)
    await died
    const left = () =>
      allPids().filter((pid) => readKernelFile(`/proc/${pid}/cmdline`) === `sleep\0${time}\0`)
    await waitFor('the child to end', () => (left().length === 0 ? true : undefined), {
      timeoutMs: 5000,
    })
  })

  it('measures containers, their pod and all pods', async () => {
    const sandbox = await runtime.runSandbox(SANDBOX)
    const busy = await start(sandbox.id, {
      ...shell('i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo done; sleep 300'),
      limits: { cpuMillicores: 2000, memoryBytes: 64 << 20 },
    })
    await waitFor('the work', () => (said('main') === 'done\n' ? true : undefined), {
      timeoutMs: 20_000,
    })
    const usage = await runtime.usage(busy.id)
    expect(usage.cpuUsageNanoseconds).toBeGreaterThan(5_000_000)
    expect(usage.memoryWorkingSetBytes).toBeGreaterThan(50_000)
    expect(usage.processes).toBeGreaterThanOrEqual(1)
    expect(usage.fileDescriptors).toBeGreaterThan(2)
    expect(usage.rootfsInodesUsed).toBeGreaterThan(0)
    const idle = await runtime.usage(sandbox.id)
    expect(idle.cpuUsageNanoseconds).toBeGreaterThan(0)
    expect(idle.memoryWorkingSetBytes).toBeGreaterThan(0)
    const pod = await runtime.podUsage(sandbox.id)
    expect(pod.processes).toBe(usage.processes + idle.processes)
    expect(pod.cpuUsageNanoseconds).toBeGreaterThanOrEqual(usage.cpuUsageNanoseconds)
    const all = await runtime.allPodsUsage()
    expect(all.cpuUsageNanoseconds).toBeGreaterThanOrEqual(pod.cpuUsageNanoseconds)

    await runtime.stopContainer(busy.id, 0)
    await runtime.removeContainer(busy.id)
    const after = await runtime.podUsage(sandbox.id)
    expect(after.cpuUsageNanoseconds).toBeGreaterThanOrEqual(pod.cpuUsageNanoseconds)
    expect(after.processes).toBe(1)
  })

  it('tells everything that happens, in order', async () => {
    const events: string[] = []
    runtime.onEvent(({ type, container }) => events.push(`${type} ${container.name}`))
    const sandbox = await runtime.runSandbox(SANDBOX)
    await start(sandbox.id, shell('sleep 300'))
    await runtime.removeSandbox(sandbox.id, 0)
    expect(events).toEqual([
      'create POD',
      'start POD',
      'create main',
      'start main',
      'die main',
      'destroy main',
      'die POD',
      'destroy POD',
    ])
    expect(readdirSync(join(dir, 'containers'))).toEqual([])
    expect(readdirSync(join(dir, 'processes'))).toEqual([])
  })

  it('says which image it cannot run, and which program is not there', async () => {
    const sandbox = await runtime.runSandbox(SANDBOX)
    await expect(runtime.createContainer(sandbox.id, config({ image: 'mysql' }))).rejects.toThrow(
      /ErrImagePull.*mysql/,
    )
    const { id } = await runtime.createContainer(
      sandbox.id,
      config({ command: ['sh', '-c', 'nonsense-xyz'] }),
    )
    const died = dies(id)
    await runtime.startContainer(id)
    expect((await died).container.exitCode).toBe(127)
    await expect(runtime.startContainer(id)).rejects.toMatchObject({ code: 'E_RUNTIME' })
    expect(runtime.images().map(({ names }) => names)).toEqual([
      ['registry.k8s.io/pause:3.10'],
      ['busybox:latest'],
    ])
  })

  it('leaves nothing behind when it is closed', async () => {
    const sandbox = await runtime.runSandbox(SANDBOX)
    const { pid } = await start(sandbox.id, shell('sleep 300'))
    const cgroups = readFileSync(join(dir, 'cgroups'), 'utf8').split('\n').filter(Boolean)
    expect(cgroups.every((path) => existsSync(path))).toBe(true)
    await runtime[Symbol.asyncDispose]()
    expect(readProcess(pid!)).toBeUndefined()
    expect(cgroups.filter((path) => existsSync(path))).toEqual([])
    expect(readdirSync(dir)).toEqual(['fake-sublet.js', 'logs'])
    await expect(runtime.runSandbox(SANDBOX)).rejects.toMatchObject({ code: 'E_RUNTIME' })
  })
})

describe('elsewhere than on Linux', () => {
  it('says what is missing and makes nothing', async () => {
    const rootDir = join(tmpdir(), `sublet-elsewhere-${process.pid}`)
    const linux = Object.getOwnPropertyDescriptor(process, 'platform')!
    Object.defineProperty(process, 'platform', { ...linux, value: 'darwin' })
    try {
      const attempt = createProcessRuntime({
        rootDir,
        labId: 'x',
        nodeName: 'n',
        log: createLogger('test', 'silent'),
        programs: { node: process.execPath, sublet: 'sublet.js' },
      })
      await expect(attempt).rejects.toMatchObject({ code: 'E_PLATFORM' })
      await expect(attempt).rejects.toThrow(/needs Linux.*darwin/)
      expect(existsSync(rootDir)).toBe(false)
    } finally {
      Object.defineProperty(process, 'platform', linux)
    }
  })
})
