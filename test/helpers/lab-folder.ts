import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
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
        const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8')
        const isThere = readlinkSync(`/proc/${pid}/cwd`).startsWith(dir)
        // In a mount namespace of its own paths are others; what its mounts show has the folder's name.
        const isMounted = (): boolean => read('mountinfo').includes(`/${basename(dir)}/`)
        return isThere || read('cmdline').includes(dir) || isMounted()
      } catch {
        return false
      }
    })
}
