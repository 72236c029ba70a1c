import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
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
import { waitFor } from '../src/core/index.ts'
import { chooseRuntime, sweepLeftovers } from '../src/lab/runtime/index.ts'
import { buildProgram, inSource } from './helpers/build-program.ts'

/** A process that holds a runtime with one container of each kind, as the lab process does; it tells their pids. */
const HOLDER = `
import { chooseRuntime, createRuntime } from ${inSource('lab/runtime/index.ts')}
import { createLogger } from ${inSource('core/index.ts')}
const [, , rootDir, kind, accounting] = process.argv
const options = {
  rootDir, accounting, labId: 'crash-' + process.pid, nodeName: 'n', log: createLogger('holder', 'silent'),
  programs: { node: process.execPath, sublet: 'sublet.js' },
}
const runtime = await createRuntime(chooseRuntime(kind, options), options)
const sandbox = await runtime.runSandbox({
  podName: 'p', podNamespace: 'n', podUid: 'u', podIp: '127.0.0.1', hostNetwork: false, qosClass: 'BestEffort',
})
const config = { attempt: 0, args: [], env: [], mounts: [], limits: {}, requests: {} }
const pids = [sandbox.pid]
for (const [name, image, command] of [
  ['idle', 'registry.k8s.io/etcd:3', []],
  ['web', 'nginx', []],
  ['foreign', 'busybox', ['sh', '-c', 'trap "" TERM HUP; sleep 1000; sleep 1000']],
]) {
  const { id } = await runtime.createContainer(sandbox.id, { ...config, name, image, command, logPath: rootDir + '/' + name + '.log' })
  pids.push((await runtime.startContainer(id)).pid)
}
const foreign = runtime.list().find(({ name }) => name === 'foreign')
runtime.exec(foreign.id, ['sleep', '1000']).catch(() => undefined)
setTimeout(() => console.log(JSON.stringify(pids)), 100)
`
const holderProgram = buildProgram(HOLDER)
const programs = { node: process.execPath, sublet: 'sublet.js' }
const best = chooseRuntime('auto', { rootDir: tmpdir(), programs }).kind
const KINDS = [
  ['process', 'proc'],
  ['process', 'auto'],
  ...(best === 'namespaces' ? [[best, 'proc'] as const, [best, 'auto'] as const] : []),
] as const

describe.each(KINDS)('when the lab process is killed (%s, %s accounting)', (kind, accounting) => {
  const isNamespaces = kind === 'namespaces'
  let rootDir: string
  let holder: ChildProcess
  let pids: number[]
  let cgroups: string[]

  beforeEach(async () => {
    rootDir = mkdtempSync(join(tmpdir(), 'sublet-crash-'))
    const program = await holderProgram
    holder = spawn(process.execPath, [program, rootDir, kind, accounting], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(holder.stdout!, 'data')) as [Buffer]
    pids = JSON.parse(String(line)) as number[]
    cgroups = readFileSync(join(rootDir, 'cgroups'), 'utf8').split('\n').filter(Boolean)
  })
  afterEach(async () => {
    holder.kill('SIGKILL')
    await sweepLeftovers(rootDir)
    rmSync(rootDir, { recursive: true, force: true })
  })

  const alive = (pid: number): boolean => {
    try {
      return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    } catch {
      return false
    }
  }
  const kill = async (): Promise<void> => {
    const gone = once(holder, 'exit')
    holder.kill('SIGKILL')
    await gone
  }
  const recorded = (): number[] => readdirSync(join(rootDir, 'processes')).map(Number)
  const until = async (what: string, done: () => boolean): Promise<void> => {
    await waitFor(what, () => (done() ? true : undefined), { timeoutMs: 10_000 })
  }

  /** The small shell that watches over the lab: the only child of the holder that is no container. */
  const guardian = (): number => {
    const children = readFileSync(`/proc/${holder.pid!}/task/${holder.pid!}/children`, 'utf8')
    const found = children
      .trim()
      .split(' ')
      .map(Number)
      .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('sublet-guardian'))
    expect(found).toHaveLength(1)
    return found[0]!
  }

  it('its containers end, whatever they run, and their cgroups go', async () => {
    expect(pids.filter(alive)).toEqual(pids)
    const all = [...new Set([...pids, ...recorded()])]
    // A container of its own namespaces, and a command in one, is two processes.
    expect(all).toHaveLength(isNamespaces ? 9 : pids.length + 1)
    await kill()
    await until('all containers to end', () => all.filter(alive).length === 0)
    await until('the cgroups to go', () => !cgroups.some((path) => existsSync(path)))
  })

  it('and its guardian too, a sweep ends what is left', async () => {
    process.kill(guardian(), 'SIGKILL')
    await kill()
    await until('the idle ones to end', () => pids.slice(0, 3).filter(alive).length === 0)
    const foreign = pids[3]!
    expect(alive(foreign)).toBe(true)
    const swept = await sweepLeftovers(rootDir)
    expect(swept.killed).toBeGreaterThanOrEqual(2)
    expect(swept.cgroups > 0).toBe(cgroups.length > 0)
    await until('the rest to end', () => !alive(foreign))
    expect(cgroups.filter((path) => existsSync(path))).toEqual([])
    expect(existsSync(join(rootDir, 'processes'))).toBe(false)
    expect(await sweepLeftovers(rootDir)).toEqual({ killed: 0, cgroups: 0 })
  })
})

describe('sweepLeftovers', () => {
  it('spares a process that has the pid of an earlier container', async () => {
    const rootDir = mkdtempSync(join(tmpdir(), 'sublet-sweep-'))
    const bystander = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
    try {
      mkdirSync(join(rootDir, 'processes'))
      writeFileSync(join(rootDir, 'processes', String(bystander.pid)), `${bystander.pid!} 1 abc\n`)
      writeFileSync(join(rootDir, 'cgroups'), `${rootDir}\n/etc/../sublet-x\n`)
      expect(await sweepLeftovers(rootDir)).toEqual({ killed: 0, cgroups: 0 })
      expect(bystander.exitCode).toBeNull()
      expect(existsSync(`/proc/${bystander.pid!}`)).toBe(true)
      expect(existsSync(rootDir)).toBe(true)
    } finally {
      bystander.kill('SIGKILL')
      rmSync(rootDir, { recursive: true, force: true })
    }
  })

  it('has nothing to do where no lab was', async () => {
    expect(await sweepLeftovers(join(tmpdir(), 'sublet-never-was'))).toEqual({
      killed: 0,
      cgroups: 0,
    })
  })
})
