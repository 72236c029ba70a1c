import { closeSync, openSync, rmSync, statSync } from 'node:fs'
import { SubletError, sleep, systemCode } from '../../core/index.ts'

/** Nobody keeps it longer than a moment: an older one is of a process that died. */
const STALE_MS = 5_000
const PATIENCE_MS = 10_000

/**
 * Does something while nobody else changes the file: with `<file>.lock`, as kubectl locks a kubeconfig before it writes
 * it. Throws E_TIMEOUT when the lock does not come free.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`
  const deadline = Date.now() + PATIENCE_MS
  while (!take(lock)) {
    if (Date.now() > deadline) throw new SubletError('E_TIMEOUT', `${lock} does not come free`)
    await sleep(20)
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600))
    return true
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > STALE_MS) rmSync(lock, { force: true })
    return false
  }
}
