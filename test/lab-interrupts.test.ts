import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { LabFacts } from '../src/lab/state.ts'
import { labFolder, leftoversOf } from './helpers/lab-folder.ts'
import { runSublet, startSublet } from './helpers/run-sublet.ts'

/** Signals at any time: everything is taken down again, and nothing is left behind. */

test('after kill -9 of the lab nothing runs on, down cleans up, and up works again', async () => {
  const dir = labFolder()
  const up = await runSublet(['lab', 'up', '--state-dir', dir, '--vclusters', 'a', '--json'])
  const { pid } = JSON.parse(up.stdout) as LabFacts
  process.kill(pid, 'SIGKILL')
  const again = await runSublet(['lab', 'up', '--state-dir', dir, '--vclusters', ''])
  expect(again.stderr).toContain('cleaned up after an earlier lab that crashed')
  expect(again.code).toBe(0)
  const status = await runSublet(['lab', 'status', '--state-dir', dir, '--json'])
  const facts = JSON.parse(status.stdout) as LabFacts
  // What is looked for is there as long as the lab runs.
  const kinds = leftoversOf(dir, facts.nodeAddress).map((line) => line.replaceAll(dir, 'DIR'))
  expect(kinds.find((line) => line.startsWith('process '))).toBeDefined()
  expect(kinds.find((line) => line.includes('DIR/control.sock'))).toBeDefined()
  expect(kinds.find((line) => line.includes(':20FB '))).toBeDefined()
  process.kill(facts.pid, 'SIGKILL')
  const down = await runSublet(['lab', 'down', '--state-dir', dir])
  expect(down.stdout).toContain('had crashed; its remains are removed')
  expect(leftoversOf(dir, facts.nodeAddress)).toEqual([])
}, 90_000)

test('after kill -9 of the lab in the middle of its start nothing is left', async () => {
  const dir = labFolder()
  const running = startSublet(['lab', 'up', '--state-dir', dir, '--vclusters', 'a'])
  await running.shown('✓ node and kubelet')
  const { pid } = JSON.parse(readFileSync(join(dir, 'owner.json'), 'utf8')) as { pid: number }
  process.kill(pid, 'SIGKILL')
  expect((await running.finished).code).toBe(1)
  await runSublet(['lab', 'down', '--state-dir', dir])
  expect(leftoversOf(dir)).toEqual([])
}, 60_000)

test('SIGINT or SIGTERM while the lab starts takes all of it down again', async () => {
  const interrupt = async (signal: 'SIGINT' | 'SIGTERM', code: number): Promise<void> => {
    const dir = labFolder()
    const running = startSublet(['lab', 'up', '--state-dir', dir, '--vclusters', 'a'])
    await running.shown('✓ host API server')
    running.child.kill(signal)
    const end = await running.finished
    expect(end.code).toBe(code)
    expect(end.stderr).toContain(`interrupted (${signal}); cleaned up.`)
    expect(leftoversOf(dir)).toEqual([])
  }
  await Promise.all([interrupt('SIGINT', 130), interrupt('SIGTERM', 143)])
}, 60_000)

test('Ctrl-C in the middle of a comparison takes down the lab that it had started', async () => {
  const dir = labFolder()
  const running = startSublet(['lab', 'compare', '--state-dir', dir, '--vclusters', 'a'])
  await running.shown('✓ remedy none')
  running.child.kill('SIGINT')
  const end = await running.finished
  expect(end.code).toBe(130)
  expect(end.stderr).toContain('interrupted (SIGINT); cleaned up.')
  expect(end.stdout).toBe('')
  expect(existsSync(dir)).toBe(false)
  expect(leftoversOf(dir)).toEqual([])
}, 60_000)
