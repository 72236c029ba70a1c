import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { afterEach } from 'vitest'
import { temporaryLab } from './run-sublet.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
}, 60_000)

/** A state folder for a lab; what is left of the lab is taken away after the test. */
export function labFolder(): string {
  const lab = temporaryLab()
  cleanups.push(() => lab.remove())
  return lab.dir
}

/** Runs after the test, whatever becomes of it. */
export function afterwards(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup)
}

/** Processes whose command line or root folder names the lab's folder. */
export function processesOf(dir: string): string[] {
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
