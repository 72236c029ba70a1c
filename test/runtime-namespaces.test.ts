import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger, waitFor } from '../src/core/index.ts'
import {
  chooseRuntime,
  createRuntime,
  type ContainerConfig,
  type ContainerRuntime,
  type RuntimeChoice,
} from '../src/lab/runtime/index.ts'
import { pidsOf } from '../src/lab/runtime/docker/top.ts'
import { buildProgram, inSource } from './helpers/build-program.ts'

const programs = { node: process.execPath, sublet: join(import.meta.dirname, '../bin/sublet.js') }
const best = chooseRuntime('auto', { rootDir: tmpdir(), programs })
const asUser: RuntimeChoice | undefined =
  best.kind === 'namespaces' ? { ...best, probe: { ...best.probe, isRoot: false } } : undefined
const isRoot = best.kind === 'namespaces' && best.probe.isRoot
/** Where the kernel allows neither, the reason is the name of what is skipped. */
const WAYS: readonly (readonly [string, RuntimeChoice | undefined])[] = [
  isRoot ? ['as root', best] : [`as root (${best.why})`, undefined],
  asUser ? ['in user namespaces', asUser] : [`in user namespaces (${best.why})`, undefined],
]

/** Of a process; undefined when there is none. */
const namespaceOf = (pid: string): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined
  }
}

describe.each(WAYS)('containers with namespaces of their own, %s', (how, choice) => {
  if (choice === undefined) {
    it.skip('are not possible here', () => undefined)
    return
  }
  const hasRoot = how === 'as root'
  let dir: string
  let runtime: ContainerRuntime
  let sandboxId: string
  const hostName = spawnSync('uname', ['-n'], { encoding: 'utf8' }).stdout.trim()

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sublet-namespaces-'))
    const options = {
      rootDir: join(dir, 'lab', 'runtime'),
      labId: `ns-${process.pid}-${Math.random().toString(36).slice(2)}`,
      nodeName: 'node-1',
      log: createLogger('test', 'silent'),
      programs,
    }
    runtime = await createRuntime(choice, options)
    const sandbox = await runtime.runSandbox({
      podName: 'web-0',
      podNamespace: 'shop',
      podUid: '11111111-2222-3333-4444-555555555555',
      podIp: '127.0.0.1',
      hostNetwork: false,
      hostAliases: [{ ip: '10.9.8.7', hostnames: ['old.test', 'older.test'] }],
      qosClass: 'Burstable',
    })
    sandboxId = sandbox.id
  })
  afterAll(async () => {
    await runtime[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true })
  })

  let made = 0
  const create = (over: Partial<ContainerConfig>, sandbox = sandboxId) =>
    runtime.createContainer(sandbox, {
      name: `c${++made}`,
      attempt: 0,
      image: 'busybox',
      command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.05; done'],
      args: [],
      env: [],
      mounts: [],
      limits: {},
      requests: {},
      logPath: join(dir, 'logs', `c${made}.log`),
      ...over,
    })
  const start = async (over: Partial<ContainerConfig> = {}) =>
    await runtime.startContainer((await create(over)).id)
  const sh = async (id: string, script: string, stdin?: string) => {
    const { exitCode, stdout, stderr } = await runtime.exec(
      id,
      ['sh', '-c', script],
      stdin === undefined ? {} : { stdin },
    )
    return { exitCode, out: String(stdout), err: String(stderr) }
  }
  const folder = (name: string): string => {
    const path = join(dir, 'lab', 'volumes', name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const ended = (id: string) =>
    waitFor('its end', () => (runtime.get(id)?.phase === 'exited' ? true : undefined), {
      timeoutMs: 5000,
    })

  it('have their mounts at their real paths: folders, files, one in another, and below the machine’s own', async () => {
    const [tokens, outer, file] = [folder('tokens'), folder('outer'), join(folder('f'), 'conf')]
    writeFileSync(join(tokens, 'token'), 'secret')
    writeFileSync(file, 'setting')
    const { id } = await start({
      mounts: [
        { hostPath: tokens, containerPath: '/var/run/secrets/sa', readOnly: true },
        { hostPath: file, containerPath: '/etc/conf.d/app.conf', readOnly: false },
        { hostPath: outer, containerPath: '/data/', readOnly: false },
        { hostPath: tokens, containerPath: '/data/below/it', readOnly: false },
        { hostPath: file, containerPath: '/usr/share/not-here/conf', readOnly: true },
        { hostPath: file, containerPath: '/dev/termination-log', readOnly: false },
      ],
    })
    const { out, err } = await sh(
      id,
      `cat /var/run/secrets/sa/token /run/secrets/sa/token; echo
       echo no >/var/run/secrets/sa/token; echo no >/usr/share/not-here/conf
       cat /etc/conf.d/app.conf /data/below/it/token /usr/share/not-here/conf; echo
       echo last words >/dev/termination-log; echo new >/data/new; ls /usr/share/not-here /data`,
    )
    expect(out.split('\n')).toEqual([
      'secretsecret',
      'settingsecretsetting',
      '/data:',
      'below',
      'new',
      '',
      '/usr/share/not-here:',
      'conf',
      '',
    ])
    expect(err.match(/Read-only file system/g)).toHaveLength(2)
    expect(readFileSync(file, 'utf8')).toBe('last words\n')
    expect(readFileSync(join(outer, 'new'), 'utf8')).toBe('new\n')
    expect(existsSync('/usr/share/not-here')).toBe(false)
  })

  it('see nothing of the machine but its programs: no home, no lab, no other process, another host name', async () => {
    const { id } = await start()
    const { out } = await sh(
      id,
      `ls -A /home /root /tmp /mnt /var/lib; ls -d ${dir} ${import.meta.dirname} /etc/shadow
       ls /proc | grep -c '^[0-9]'; cat /proc/1/comm; uname -n; cat /etc/hostname; cat /etc/hosts | tail -3
       grep -c ${dir} /proc/self/environ; ls /dev | tr '\\n' ' '`,
    )
    const lines = out.split('\n').slice(out.split('\n').indexOf('/var/lib:') + 1)
    expect(lines.slice(0, 2).map((count) => Number(count) < 8 || count)).toEqual([true, 'sh'])
    expect(lines.slice(2)).toEqual([
      'web-0',
      'web-0',
      '',
      '# Entries added by HostAliases.',
      '10.9.8.7\told.test\tolder.test',
      '0',
      'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero ',
    ])
    expect(out).toContain('/home:\n\n/mnt:\n\n/root:\n\n/tmp:\n\n/var/lib:\n')
    expect(out).not.toMatch(/^\/etc\/shadow|^\/tmp\/sublet|\/test$/m)
    expect(spawnSync('uname', ['-n'], { encoding: 'utf8' }).stdout.trim()).toBe(hostName)
  })

  it.skipIf(!hasRoot)(
    'have Docker’s capabilities, and the user, groups and folder of their spec',
    async () => {
      const { id: plain } = await start()
      expect((await sh(plain, 'grep CapBnd /proc/self/status; mount -t tmpfs x /mnt')).out).toBe(
        'CapBnd:\t00000000a80425fb\n',
      )
      const { id: other } = await start({ capabilities: { add: ['SYS_TIME'], drop: ['all'] } })
      expect((await sh(other, 'grep CapEff /proc/self/status')).out).toBe(
        'CapEff:\t0000000002000000\n',
      )
      expect((await sh(plain, 'echo x >/proc/sys/kernel/core_pattern')).err).toMatch(/Read-only/)
      const { id } = await start({
        user: { uid: 1000, gid: 2000, groups: [3000] },
        workingDir: '/srv/app',
        readOnlyRoot: true,
      })
      const { out, err } = await sh(id, 'id -u; id -g; id -G; pwd; touch /tmp/x')
      expect(out).toBe('1000\n2000\n2000 3000\n/srv/app\n')
      expect(err).toMatch(/Read-only file system/)
    },
  )

  it('take no orders from the variables of a pod before its program runs', async () => {
    const env = {
      LD_PRELOAD: '/evil.so',
      _sublet_privileges: 'touch',
      PATH: '/nowhere:/bin',
      'with space': "it's\n$(touch /x) `y`",
      IFS: 'a',
      BASH_ENV: '/evil',
      n: '5',
    }
    const { id } = await start({
      command: ['/usr/bin/env', '-0'],
      env: Object.entries(env).map(([name, value]) => ({ name, value })),
    })
    await ended(id)
    const log = readFileSync(runtime.get(id)!.logPath, 'utf8').replaceAll(/^\S+ \S+ \S /gm, '')
    for (const [name, value] of Object.entries(env)) {
      const shown = name === 'PATH' ? `/opt/sublet/path:${value}` : value
      expect(log.split('\0')).toContain(`${name}=${shown}`)
    }
    // One warning, of the program itself: neither the helpers nor what drops its privileges have loaded it.
    expect(runtime.get(id)).toMatchObject({ exitCode: 0 })
    expect(log).not.toMatch(/_sublet_(env|root|mount)/)
  })

  it('run commands: input, output, exit codes, a terminal, and runc’s words when there is no program', async () => {
    const { id } = await start()
    expect(await sh(id, 'cat; echo e >&2; exit 7', 'in')).toEqual({
      exitCode: 7,
      out: 'in',
      err: 'e\n',
    })
    expect(await sh(id, 'kill -9 $$')).toMatchObject({ exitCode: 137 })
    const absent = await runtime.exec(id, ['absent'])
    expect([absent.exitCode, String(absent.stderr)]).toEqual([
      127,
      'exec: "absent": executable file not found in $PATH',
    ])
    await expect(
      runtime.stream(id, ['/etc/hosts'], { stdin: false, tty: true, onOutput: () => undefined }),
    ).rejects.toThrow('exec: "/etc/hosts": permission denied')
    let text = ''
    const onOutput = (_: string, chunk: Buffer): void => void (text += String(chunk))
    const stream = await runtime.stream(id, ['sh', '-c', 'read x; stty size; exit 4'], {
      stdin: true,
      tty: true,
      onOutput,
    })
    stream.resize(111, 33)
    await new Promise((resolve) => setTimeout(resolve, 100))
    stream.stdin?.write('go\n')
    expect(await stream.ended).toBe(4)
    expect(text).toContain('33 111')
  })

  it('say why they could not start', async () => {
    const said = async (over: Partial<ContainerConfig>): Promise<unknown> => {
      const { id } = await create(over)
      await expect(runtime.startContainer(id)).rejects.toMatchObject({ code: 'E_RUNTIME' })
      const { phase, exitCode, startError } = runtime.get(id)!
      return [phase, exitCode, startError?.replace(/^.*process: /, '')]
    }
    expect(await said({ command: ['/no/such'] })).toEqual([
      'exited',
      127,
      'exec: "/no/such": stat /no/such: no such file or directory: unknown',
    ])
    expect(await said({ command: ['ls'], workingDir: '/usr/no/such' })).toEqual([
      'exited',
      126,
      'chdir to cwd ("/usr/no/such") set in config.json failed: no such file or directory: unknown',
    ])
  })

  it('refuse mounts behind links that a tenant may have made', async () => {
    const [evil, good] = [folder('evil'), folder('good')]
    symlinkSync('/', join(evil, 'machine'))
    const mount = (hostPath: string, containerPath: string) => ({
      hostPath,
      containerPath,
      readOnly: false,
    })
    const behind = /behind a symbolic link/
    await expect(create({ mounts: [mount(join(evil, 'machine'), '/m')] })).rejects.toThrow(behind)
    await expect(create({ mounts: [mount(join(evil, 'machine/etc'), '/m')] })).rejects.toThrow(
      behind,
    )
    await expect(
      create({ mounts: [mount(evil, '/v'), mount(good, '/v/machine/sublet-made-this')] }),
    ).rejects.toThrow(behind)
    await expect(create({ mounts: [mount(good, '/')] })).rejects.toThrow(/whole root/)
    expect(existsSync('/sublet-made-this')).toBe(false)
  })

  it('end by SIGTERM only if their first process hears it, and with them all that they started', async () => {
    const polite = await start({
      command: ['sh', '-c', 'trap "exit 5" TERM; echo up; while :; do sleep 0.02; done'],
    })
    await waitFor(
      'its trap',
      () =>
        (existsSync(polite.logPath) && readFileSync(polite.logPath, 'utf8').includes('up')) ||
        undefined,
      { timeoutMs: 5000 },
    )
    await runtime.stopContainer(polite.id, 5000)
    expect(runtime.get(polite.id)).toMatchObject({ exitCode: 5 })
    // SIGTERM comes before the trap, as to a program that has just been started.
    const early = await start({
      command: ['sh', '-c', 'sleep 0.2; trap "exit 6" TERM; while :; do sleep 0.02; done'],
    })
    await runtime.stopContainer(early.id, 5000)
    expect(runtime.get(early.id)).toMatchObject({ exitCode: 6 })
    const deaf = await start({ command: ['sleep', '300'] })
    await sh(deaf.id, 'setsid sleep 301 >/dev/null 2>&1 &')
    const namespace = namespaceOf(String(deaf.pid))
    await runtime.stopContainer(deaf.id, 100)
    expect(runtime.get(deaf.id)).toMatchObject({ exitCode: 137 })
    const inside = () => readdirSync('/proc').filter((pid) => namespaceOf(pid) === namespace)
    expect(namespace).toMatch(/^pid:/)
    await waitFor('all to end', () => (inside().length === 0 ? true : undefined), {
      timeoutMs: 5000,
    })
  })

  it('see one another’s processes, not the machine’s, when their pod shares them, and still end with all of their own', async () => {
    const { sandbox } = runtime.get(sandboxId)!
    const shared = await runtime.runSandbox({ ...sandbox, podName: 'open', processes: 'pod' })
    const startIn = async (over: Partial<ContainerConfig>) =>
      await runtime.startContainer((await create(over, shared.id)).id)
    const first = await startIn({ command: ['sleep', '311'] })
    const second = await startIn({ readOnlyRoot: true })
    const { out } = await sh(
      second.id,
      `ps -eo pid=,args= | sed 's/^ *//' | grep -v -e 'ps -eo' -e 'sed ' -e grep -e '^[0-9]* sh -c ps'
       kill -0 $(pgrep -xf 'sleep 311') && echo reached; ls /proc/1/root/home; uname -n
       touch /x || ls /mnt; echo x >/proc/sys/kernel/core_pattern; grep -c ' /proc proc' /proc/mounts`,
    )
    const lines = out.split('\n').filter((line) => !/^\d+ (cat|sleep 0\.05)$/.test(line))
    expect(lines[0]).toMatch(/^1 \/bin\/sh -c trap .* pause$/)
    expect(lines[1]).toMatch(/^\d+ sleep 311$/)
    expect(lines.slice(3)).toEqual(['reached', 'open', '1', ''])
    const own = pidsOf(runtime.get(first.id)!)
    expect([...own]).toEqual([first.pid])
    // What has lost its parent is not a zombie afterwards, and ends with its container.
    await sh(second.id, 'setsid sh -c "sleep 0.01 & sleep 312" >/dev/null 2>&1 &')
    await sh(first.id, 'setsid sleep 313 >/dev/null 2>&1 &')
    await runtime.stopContainer(second.id, 2000)
    await ended(second.id)
    const { stdout: left } = await runtime.exec(first.id, ['ps', '-eo', 'stat=,comm='])
    expect(String(left)).not.toMatch(/^Z/m)
    await runtime.stopContainer(first.id, 2000)
    expect(runtime.get(first.id)).toMatchObject({ exitCode: 143 })
    const namespace = namespaceOf(String(shared.pid))
    const inside = () => readdirSync('/proc').filter((pid) => namespaceOf(pid) === namespace)
    // What was killed needs a moment to be gone.
    await waitFor('their end', () => (inside().length === 2 ? true : undefined), {
      timeoutMs: 5000,
    })
    await runtime.removeSandbox(shared.id, 100)
    await waitFor('all to end', () => (inside().length === 0 ? true : undefined), {
      timeoutMs: 5000,
    })
  })

  it('have the exit code of SIGKILL, and only what their program has written, when the kernel ends it', async () => {
    const { id, pid, logPath } = await start({ command: ['sh', '-c', 'echo up; sleep 300'] })
    const log = () => (existsSync(logPath) && readFileSync(logPath, 'utf8')) || undefined
    await waitFor('its output', log, { timeoutMs: 5000 })
    process.kill(pid!, 'SIGKILL')
    await ended(id)
    expect(runtime.get(id)).toMatchObject({ exitCode: 137 })
    expect(log()).toMatch(/^\S+ stdout F up\n$/)
  })

  it('use no more of a core than their limit, where there are control groups', async ({ skip }) => {
    if (runtime.accounting === 'proc') skip('no control groups here')
    const { id } = await start({
      command: ['sh', '-c', 'while :; do :; done'],
      limits: { cpuMillicores: 200 },
    })
    const before = await runtime.usage(id)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const after = await runtime.usage(id)
    const share =
      (after.cpuUsageNanoseconds - before.cpuUsageNanoseconds) / (after.at - before.at) / 1e6
    expect(share).toBeLessThan(0.26)
    expect(after.processes).toBe(1)
    await runtime.stopContainer(id, 0)
  })
})

/** Uses the runtime as the user that it runs as, and tells what a container says. */
const HOLDER = `
import { chooseRuntime, createRuntime } from ${inSource('lab/runtime/index.ts')}
import { createLogger } from ${inSource('core/index.ts')}
const [, , dir, sublet] = process.argv
const options = {
  rootDir: dir + '/runtime', labId: 'user-' + process.pid, nodeName: 'n', log: createLogger('holder', 'silent'),
  programs: { node: process.execPath, sublet },
}
const choice = chooseRuntime('auto', options)
if (choice.kind !== 'namespaces') { console.log(JSON.stringify(choice)); process.exit() }
const runtime = await createRuntime(choice, options)
const sandbox = await runtime.runSandbox({
  podName: 'p', podNamespace: 'n', podUid: 'u', podIp: '127.0.0.1', hostNetwork: false, qosClass: 'BestEffort',
})
const { id } = await runtime.createContainer(sandbox.id, {
  name: 'c', attempt: 0, image: 'busybox', command: ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.05; done'],
  args: [], env: [], limits: {}, requests: {}, logPath: dir + '/log',
  mounts: [{ hostPath: dir + '/volume', containerPath: '/data', readOnly: true }],
})
await runtime.startContainer(id)
const result = await runtime.exec(id, ['sh', '-c', 'id -u; uname -n; cat /data/file; touch /data/x || touch /here && sublet --version'])
await runtime.stopContainer(id, 5000)
const { exitCode } = runtime.get(id)
await runtime[Symbol.asyncDispose]()
console.log(JSON.stringify({ ...choice, exitCode, out: String(result.stdout), err: String(result.stderr) }))
`
describe('for somebody who is not root', () => {
  it.skipIf(process.getuid?.() !== 0)(
    'containers are in user namespaces, if the kernel allows it',
    async ({ skip }) => {
      const dir = mkdtempSync(join(tmpdir(), 'sublet-nobody-'))
      chmodSync(dir, 0o777)
      mkdirSync(join(dir, 'volume'))
      writeFileSync(join(dir, 'volume', 'file'), 'from-volume\n')
      try {
        const user = ['--reuid=65534', '--regid=65534', '--clear-groups']
        const command = [process.execPath, await buildProgram(HOLDER), dir, programs.sublet]
        const holder = spawn('setpriv', [...user, ...command])
        let [out, err] = ['', '']
        holder.stdout.on('data', (chunk) => (out += String(chunk)))
        holder.stderr.on('data', (chunk) => (err += String(chunk)))
        await new Promise((resolve) => holder.once('close', resolve))
        expect(err).toBe('')
        const told = JSON.parse(out) as Record<string, unknown>
        if (told['kind'] !== 'namespaces') skip(String(told['why']))
        expect(told).toMatchObject({
          why: 'the best that works here, in user namespaces',
          exitCode: 3,
        })
        expect(told['out']).toMatch(/^0\np\nfrom-volume\n\d+\.\d+\.\d+/)
        expect(told['err']).toMatch(/Read-only file system/)
      } finally {
        rmSync(dir, { recursive: true })
      }
    },
  )
})
