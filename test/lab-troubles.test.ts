import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../src/core/index.ts'
import { KUBELET_PORT, chooseNetwork } from '../src/lab/network.ts'
import { afterwards, labFolder, leftoversOf, processesOf } from './helpers/lab-folder.ts'
import { runSublet, startSublet, temporaryLab } from './helpers/run-sublet.ts'

/** What goes wrong on real machines: each trouble a clear message, and nothing left behind. */

test('an address whose port is in use is named, and nothing is left', async () => {
  const dir = labFolder()
  const { nodeAddress } = await chooseNetwork(dir)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(KUBELET_PORT, nodeAddress, resolve))
  afterwards(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const up = await runSublet(['lab', 'up', '--state-dir', dir, '--node-address', nodeAddress])
  expect(up.code).toBe(1)
  expect(up.stderr).toContain(`cannot listen on ${nodeAddress}:10250: it is in use`)
  expect(up.stderr).toContain('E_PORT_IN_USE')
  expect(leftoversOf(dir)).toEqual([])
})

test('a folder that cannot be written is named', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'sl-'))
  afterwards(() => rmSync(parent, { recursive: true, force: true }))
  const locked = join(parent, 'locked')
  mkdirSync(locked)
  chmodSync(locked, 0o500)
  // Root may write everywhere but below a file.
  const target = process.getuid?.() === 0 ? '/proc/version/lab' : join(locked, 'lab')
  const up = await runSublet(['lab', 'up', '--state-dir', target])
  expect(up.code).toBe(1)
  expect(up.stderr).toContain(`cannot write to the state folder ${target}`)
})

/** Empty when the process has ended meanwhile. */
function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** The pid of the first vcluster process of a lab, as soon as there is one. */
async function vclusterProcess(dir: string): Promise<number> {
  return waitFor(
    'a vcluster process',
    () => {
      const found = processesOf(dir).find((pid) => {
        const [program = '', ...args] = commandLine(pid)
        return program.endsWith('node') && args.includes('vcluster')
      })
      return found === undefined ? undefined : Number(found)
    },
    { timeoutMs: 10_000, intervalMs: 5 },
  )
}

test('the lab tells when one of its vclusters dies while it starts', async () => {
  const dir = labFolder()
  const running = startSublet(['lab', 'up', '--state-dir', dir, '--vclusters', 'a'])
  await running.shown('✓ node and kubelet')
  const victim = await vclusterProcess(dir)
  process.kill(victim, 'SIGKILL')
  const end = await running.finished
  expect(end.code).toBe(1)
  expect(end.stderr).toMatch(
    /container syncer of pod vcluster-a\/a-0 ended with exit code \d+; its log: /,
  )
  expect(leftoversOf(dir)).toEqual([])
}, 60_000)

describe('a lab that runs', () => {
  const lab = temporaryLab()
  const { dir } = lab
  beforeAll(async () => {
    const up = await runSublet(['lab', 'up', '--state-dir', dir, '--vclusters', 'a'])
    expect(up.code, up.stderr).toBe(0)
  }, 60_000)
  afterAll(() => lab.remove(), 60_000)

  const down = async (folder: string): Promise<void> => {
    const { stdout } = await runSublet(['lab', 'down', '--state-dir', folder])
    expect(stdout).toContain('is stopped and removed')
    expect(leftoversOf(folder)).toEqual([])
    expect(existsSync(folder)).toBe(false)
  }

  test('a second one in the same folder is refused; one in another folder runs beside it', async () => {
    const refused = await runSublet(['lab', 'up', '--state-dir', dir])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`a lab is already running in ${dir}`)
    expect(refused.stderr).toContain('Next:')
    const second = labFolder()
    const beside = await runSublet(['lab', 'up', '--state-dir', second, '--vclusters', ''])
    expect(beside.code, beside.stderr).toBe(0)
    await down(second)
  }, 60_000)

  test('it tells when one of its vclusters died and came back empty', async () => {
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

  test('it goes with all that it was', () => down(dir), 30_000)
})

test('commands that need a lab say how to start one', async () => {
  const dir = labFolder()
  for (const command of ['status']) {
    const end = await runSublet(['lab', command, '--state-dir', dir])
    expect(end.code).toBe(1)
    expect(end.stderr).toContain('Next: Start one with `sublet lab up`.')
  }
  const down = await runSublet(['lab', 'down', '--state-dir', dir])
  expect(down).toMatchObject({ code: 0 })
  expect(down.stdout).toContain('nothing to do')
})
