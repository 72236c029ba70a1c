import { readlinkSync } from 'node:fs'
import type { Child } from '../child.ts'
import type { Container } from '../container.ts'
import { trySignal } from '../kill.ts'
import { allPids } from '../process-table.ts'
import type { Tools } from './find-tools.ts'
import { JOINED, START_JOINED } from './scripts.ts'

/** Its pod's containers see one another's processes (`shareProcessNamespace`). */
export const sharesProcesses = ({ sandbox }: Pick<Container['base'], 'sandbox'>): boolean =>
  sandbox.processes === 'pod'

/** A container of such a pod; the sandbox has the namespace that they join. */
export const joinsPod = (base: Pick<Container['base'], 'sandbox' | 'kind'>): boolean =>
  base.kind === 'container' && sharesProcesses(base)

/**
 * The pod's first process, as a pause container's: it ends with its input, which `cat` reads, and clears up after whatever
 * has lost its parent. (Shells do so in `wait`; in `read` they do not.)
 */
export const PAUSE: readonly string[] = [
  '/bin/sh',
  '-c',
  'trap "exit 143" TERM; exec 3<&0; cat <&3 >/dev/null & wait',
  'pause',
]

/** The arguments of what starts a container among the processes of `pausePid`; the program follows. */
export function joinWords(tools: Tools, pausePid: number, isRoot: boolean): readonly string[] {
  const user = [tools.nsenter, `--target=${pausePid}`, '--user', '--preserve-credentials']
  return [
    ...(isRoot ? [] : user),
    ...[tools.unshare, '--mount', '--uts', '/bin/sh', '-c', START_JOINED, 'sublet-start', JOINED],
  ]
}

/** Forks that outrun the signals are looked for this often. */
const ROUNDS = 20

/**
 * The child whose end is the end of all that it has started: no pid namespace ends with it, so what is left is known by its
 * mount namespace.
 */
export function endsWithAll(child: Child): Child {
  const own = mountNamespace(child.programPid)
  const ended = child.ended.then((code) => {
    const killed = new Set<number>()
    for (let round = 0; own !== undefined && round < ROUNDS; round++) {
      const left = allPids().filter((pid) => !killed.has(pid) && mountNamespace(pid) === own)
      if (left.length === 0) break
      for (const pid of left) {
        trySignal(pid, 'SIGKILL')
        killed.add(pid)
      }
    }
    return code
  })
  return { ...child, ended }
}

/** Undefined for what has ended. */
function mountNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    return undefined
  }
}
