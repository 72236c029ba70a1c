import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  claimStateDir,
  processStartTime,
  readFacts,
  readOwner,
  removeStateDir,
  stateDir,
} from './state.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sublet-state-'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

test('a folder that is claimed belongs to this process, and a second claim is refused', () => {
  const dir = stateDir(join(root, 'lab'))
  claimStateDir(dir)
  expect(readOwner(dir)).toMatchObject({ pid: process.pid, alive: true })
  expect(() => claimStateDir(dir)).toThrow(expect.objectContaining({ code: 'E_LAB_RUNNING' }))
})

test('a folder whose process is gone is stale, also when its number is in use by another process', () => {
  const dir = stateDir(root)
  writeFileSync(dir.ownerFile, JSON.stringify({ pid: process.pid, startTime: '1' }))
  expect(readOwner(dir)?.alive).toBe(false)
  expect(() => claimStateDir(dir)).toThrow(expect.objectContaining({ code: 'E_LAB_STALE' }))
  expect(() => readFacts(dir)).toThrow(expect.objectContaining({ code: 'E_LAB_STALE' }))
})

test('a folder without a lab says so and names the next step', () => {
  expect(() => readFacts(stateDir(root))).toThrow(
    expect.objectContaining({ code: 'E_LAB_NOT_RUNNING', hint: 'Start one with `sublet lab up`.' }),
  )
})

test('what was in the folder before the lab came stays when the lab goes', () => {
  const dir = stateDir(root)
  const mine = join(root, 'thesis.tex')
  writeFileSync(mine, 'years of work')
  claimStateDir(dir)
  mkdirSync(dir.nodeRoot, { recursive: true })
  removeStateDir(dir)
  expect(existsSync(mine)).toBe(true)
  expect(existsSync(dir.nodeRoot)).toBe(false)
  expect(existsSync(dir.ownerFile)).toBe(false)
})

test('a folder whose socket path would be too long is refused before anything starts', () => {
  expect(() => stateDir(join(root, 'x'.repeat(90)))).toThrow(
    expect.objectContaining({ code: 'E_USAGE' }),
  )
})

test('the folder comes from the flag, else from the environment, else from the home', () => {
  expect(stateDir('/a/b', { SUBLET_STATE_DIR: '/c' }).root).toBe('/a/b')
  expect(stateDir(undefined, { SUBLET_STATE_DIR: '/c' }).root).toBe('/c')
  expect(stateDir(undefined, {}).root).toMatch(/\.sublet$/)
})

test('the start time of a process that does not exist is unknown', () => {
  expect(processStartTime(process.pid)).toMatch(/^\d+$/)
  expect(processStartTime(2 ** 22 + 1)).toBeUndefined()
})

test('a folder below /proc is refused at once: Node’s own recursive mkdir would never come back', () => {
  expect(() => claimStateDir(stateDir('/proc/sublet-lab'))).toThrow(
    expect.objectContaining({ code: 'E_NO_PERMISSION' }),
  )
})

test('a folder is made with its parents, for its user only', () => {
  const dir = stateDir(join(root, 'a', 'b'))
  claimStateDir(dir)
  expect(statSync(dir.root).mode & 0o777).toBe(0o700)
})
