import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { waitFor } from '../src/core/index.ts'
import { KUBELET_PORT, chooseNetwork } from '../src/lab/network.ts'
import type { LabFacts } from '../src/lab/state.ts'
import { runSublet, startSublet, temporaryLab } from './helpers/run-sublet.ts'

/** What goes wrong on real machines: each trouble a clear message, and nothing left behind. */

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
}, 60_000)

function labDir(): string {
  const lab = temporaryLab()
  cleanups.push(() => lab.remove())
  return lab.dir
}

/** Processes whose command line or root folder names the lab's folder. */
function processesOf(dir: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const cwd = readlinkSync(`/proc/${pid}/cwd`)
        return cwd.startsWith(dir) || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir)
      } catch {
        return false
      }
    })
}

test('a second lab in the same folder is refused; one in another folder runs beside it', async () => {
  const [first, second] = [labDir(), labDir()]
  expect((await runSublet(['lab', 'up', '--state-dir', first, '--vclusters', 'a'])).code).toBe(0)
  const refused = await runSublet(['lab', 'up', '--state-dir', first])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain(`a lab is already running in ${first}`)
  expect(refused.stderr).toContain('Next:')
  expect((await runSublet(['lab', 'up', '--state-dir', second, '--vclusters', 'a'])).code).toBe(0)
  for (const dir of [first, second]) {
    expect((await runSublet(['lab', 'down', '--state-dir', dir])).stdout).toContain(
      'is stopped and removed',
    )
    expect(processesOf(dir)).toEqual([])
    expect(existsSync(dir)).toBe(false)
  }
}, 90_000)

test('after kill -9 of the lab nothing runs on, down cleans up, and up works again', async () => {
  const dir = labDir()
  const up = await runSublet(['lab', 'up', '--state-dir', dir, '--vclusters', 'a', '--json'])
  const { pid } = JSON.parse(up.stdout) as LabFacts
  process.kill(pid, 'SIGKILL')
  const again = await runSublet(['lab', 'up', '--state-dir', dir, '--vclusters', 'a'])
  expect(again.stderr).toContain('cleaned up after an earlier lab that crashed')
  expect(again.code).toBe(0)
  const status = await runSublet(['lab', 'status', '--state-dir', dir, '--json'])
  process.kill((JSON.parse(status.stdout) as LabFacts).pid, 'SIGKILL')
  const down = await runSublet(['lab', 'down', '--state-dir', dir])
  expect(down.stdout).toContain('had crashed; its remains are removed')
  expect(processesOf(dir)).toEqual([])
}, 90_000)

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while the lab starts takes all of it down again',
  async (signal) => {
    const dir = labDir()
    const running = startSublet(['lab', 'up', '--state-dir', dir])
    await running.shown('✓ host API server')
    running.child.kill(signal)
    const end = await running.finished
    expect(end.code).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(end.stderr).toContain(`interrupted (${signal}); cleaned up.`)
    expect(processesOf(dir)).toEqual([])
  },
  60_000,
)

test('Ctrl-C in the middle of a comparison takes down the lab that it had started', async () => {
  const dir = labDir()
  const running = startSublet(['lab', 'compare', '--state-dir', dir, '--vclusters', 'a,b'])
  await running.shown('✓ remedy none')
  running.child.kill('SIGINT')
  const end = await running.finished
  expect(end.code).toBe(130)
  expect(end.stderr).toContain('interrupted (SIGINT); cleaned up.')
  expect(end.stdout).toBe('')
  expect(existsSync(dir)).toBe(false)
  expect(processesOf(dir)).toEqual([])
}, 60_000)

test('an address whose port is in use is named, and nothing is left', async () => {
  const dir = labDir()
  const { nodeAddress } = await chooseNetwork(dir)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(KUBELET_PORT, nodeAddress, resolve))
  cleanups.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const up = await runSublet(['lab', 'up', '--state-dir', dir, '--node-address', nodeAddress])
  expect(up.code).toBe(1)
  expect(up.stderr).toContain(`cannot listen on ${nodeAddress}:10250: it is in use`)
  expect(up.stderr).toContain('E_PORT_IN_USE')
  expect(processesOf(dir)).toEqual([])
})

test('a folder that cannot be written is named', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'sl-'))
  cleanups.push(() => rmSync(parent, { recursive: true, force: true }))
  const locked = join(parent, 'locked')
  mkdirSync(locked)
  chmodSync(locked, 0o500)
  // Root may write everywhere but below a file.
  const target = process.getuid?.() === 0 ? '/proc/version/lab' : join(locked, 'lab')
  const up = await runSublet(['lab', 'up', '--state-dir', target])
  expect(up.code).toBe(1)
  expect(up.stderr).toContain(`cannot write to the state folder ${target}`)
})

/** The pid of the first vcluster process of a lab, as soon as there is one. */
async function vclusterProcess(dir: string): Promise<number> {
  return waitFor(
    'a vcluster process',
    () => {
      const found = processesOf(dir).find((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('vcluster'),
      )
      return found === undefined ? undefined : Number(found)
    },
    { timeoutMs: 10_000, intervalMs: 5 },
  )
}

test('the lab tells when one of its vclusters dies while it starts', async () => {
  const dir = labDir()
  const running = startSublet(['lab', 'up', '--state-dir', dir, '--vclusters', 'a'])
  await running.shown('✓ node and kubelet')
  const victim = await vclusterProcess(dir)
  process.kill(victim, 'SIGKILL')
  const end = await running.finished
  expect(end.code).toBe(1)
  expect(end.stderr).toMatch(
    /container syncer of pod vcluster-a\/a-0 ended with exit code \d+; its log: /,
  )
  expect(processesOf(dir)).toEqual([])
}, 60_000)

test('the lab tells when one of its vclusters died and came back empty', async () => {
  const dir = labDir()
  await runSublet(['lab', 'up', '--state-dir', dir, '--vclusters', 'a'])
  process.kill(await vclusterProcess(dir), 'SIGKILL')
  const status = await waitFor(
    'the restart to show',
    async () => {
      const end = await runSublet(['lab', 'status', '--state-dir', dir])
      return end.stdout.includes('(1 restarts)') ? end : undefined
    },
    { timeoutMs: 20_000 },
  )
  expect(status.code).toBe(1)
  expect(status.stdout).toContain('vcluster a was started again and is empty')
  const compare = await runSublet(['lab', 'compare', '--state-dir', dir])
  expect(compare.code).toBe(1)
  expect(compare.stderr).toContain('the process of vcluster a died and was started again')
  expect(compare.stderr).toContain('Next: Start afresh: `sublet lab down`, then `sublet lab up`.')
}, 60_000)

test('commands that need a lab say how to start one', async () => {
  const dir = labDir()
  for (const command of ['status', 'env']) {
    const end = await runSublet(['lab', command, '--state-dir', dir])
    expect(end.code).toBe(1)
    expect(end.stderr).toContain('Next: Start one with `sublet lab up`.')
  }
  const down = await runSublet(['lab', 'down', '--state-dir', dir])
  expect(down).toMatchObject({ code: 0 })
  expect(down.stdout).toContain('nothing to do')
})
