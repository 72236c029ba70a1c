import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach } from 'vitest'
import { readHierarchies } from '../../src/lab/runtime/cgroup-mounts.ts'
import { labIdOf, stateDir } from '../../src/lab/state.ts'
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

/**
 * What is left of a lab: processes (with them its namespaces, which live as long as a process in them), mounts, control
 * groups, and sockets: files, and what listens on its loopback network. All as lines for people; empty when it is clean.
 */
export function leftoversOf(dir: string, nodeAddress?: string): string[] {
  const linesWith = (file: string, part: string | RegExp): string[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => (typeof part === 'string' ? line.includes(part) : part.test(line)))
  const cgroup = `sublet-${labIdOf(stateDir(dir))}`
  const cgroups = readHierarchies().flatMap(({ ownDir }) =>
    existsSync(ownDir) ? readdirSync(ownDir).map((name) => join(ownDir, name)) : [],
  )
  return [
    ...processesOf(dir).map((pid) => `process ${pid}`),
    ...linesWith('/proc/self/mountinfo', `${dir}/`),
    ...linesWith('/proc/net/unix', `${dir}/`),
    ...(nodeAddress === undefined ? [] : linesWith('/proc/net/tcp', listensOn(nodeAddress))),
    ...new Set(cgroups.filter((path) => basename(path).startsWith(cgroup))),
  ]
}

/** Lines of /proc/net/tcp: listening (state 0A) on any address of the /16, whose bytes are written last first. */
function listensOn(address: string): RegExp {
  const [second = 0, first = 0] = address.split('.').slice(0, 2).map(Number).toReversed()
  const hex = (byte: number): string => byte.toString(16).padStart(2, '0').toUpperCase()
  return new RegExp(`: [0-9A-F]{4}${hex(second)}${hex(first)}:[0-9A-F]{4} [0-9A-F:]+ 0A `)
}
