import { readdirSync, readlinkSync } from 'node:fs'
import { readKernelFile } from './kernel-file.ts'

/** What the kernel says of one process in /proc/PID/stat (proc(5)); times in clock ticks of 10 ms. */
export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** `Z` and `X` have ended already. */
  readonly state: string
  readonly minorFaults: number
  readonly majorFaults: number
  /** With the children that it has waited for. */
  readonly userTicks: number
  readonly systemTicks: number
  readonly threads: number
  /** Ticks since the machine started: with the pid, the identity of a process. */
  readonly startTime: string
}

/** Reads one line of /proc/PID/stat; the command in parentheses may itself hold spaces and parentheses. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < open) return undefined
  const fields = text.slice(close + 2).split(' ')
  const at = (field: number): string => fields[field - 3] ?? '0'
  const number = (field: number): number => Number(at(field))
  return {
    pid: Number(text.slice(0, open)),
    state: at(3),
    parent: number(4),
    group: number(5),
    session: number(6),
    minorFaults: number(10) + number(11),
    majorFaults: number(12) + number(13),
    userTicks: number(14) + number(16),
    systemTicks: number(15) + number(17),
    threads: number(20),
    startTime: at(22),
  }
}

/** One process, or undefined when there is none of that pid. */
export function readProcess(pid: number): ProcessStat | undefined {
  const text = readKernelFile(`/proc/${pid}/stat`)
  return text === undefined ? undefined : parseProcessStat(text)
}

/** All pids of the machine, as of now. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** All processes of the machine, as of now. */
export function readProcessTable(): readonly ProcessStat[] {
  return allPids()
    .map(readProcess)
    .filter((stat) => stat !== undefined)
}

/**
 * The processes of the sessions that `leaders` opened, and all that descend from them. A process that has both left the
 * session and lost its parent cannot be found this way (cgroups do find it).
 */
export function familyOf(
  leaders: readonly number[],
  table: readonly ProcessStat[],
): readonly ProcessStat[] {
  const family = new Set<number>(leaders)
  for (const stat of table) if (family.has(stat.session)) family.add(stat.pid)
  for (let grew = true; grew;) {
    grew = false
    for (const { pid, parent } of table) {
      if (!family.has(pid) && family.has(parent)) {
        family.add(pid)
        grew = true
      }
    }
  }
  return table.filter((stat) => family.has(stat.pid))
}

/** Open files and sockets of a process; zeros when they cannot be seen. */
export function countFiles(pid: number): { fileDescriptors: number; sockets: number } {
  const folder = `/proc/${pid}/fd`
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return { fileDescriptors: 0, sockets: 0 }
  }
  let sockets = 0
  for (const name of names) {
    try {
      if (readlinkSync(`${folder}/${name}`).startsWith('socket:')) sockets += 1
    } catch {
      // closed meanwhile
    }
  }
  return { fileDescriptors: names.length, sockets }
}
