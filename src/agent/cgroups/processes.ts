import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { readSmall } from '../../core/index.ts'
import type { NetworkReading } from '../checks/container/reading.ts'
import { parseNetDev, parseNumber } from './parse.ts'

/** More processes of one container are not looked at. */
const MAX_PROCESSES = 1000

/** The processes in a group and in the groups below it. Only those that this process may see have numbers but 0. */
export function processesIn(dir: string): number[] {
  const found: number[] = []
  const walk = (path: string, depth: number): void => {
    for (const line of (readSmall(join(path, 'cgroup.procs')) ?? '').split('\n')) {
      const pid = parseNumber(line)
      if (pid !== undefined && pid > 0 && found.length < MAX_PROCESSES) found.push(pid)
    }
    if (depth > 4) return
    for (const entry of listDirs(path)) walk(join(path, entry), depth + 1)
  }
  walk(dir, 0)
  return found
}

function listDirs(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch {
    return []
  }
}

/** The open files of these processes; undefined when none of them can be looked at. */
export function countOpenFiles(procRoot: string, pids: readonly number[]): number | undefined {
  let count: number | undefined
  for (const pid of pids) {
    try {
      count = (count ?? 0) + readdirSync(join(procRoot, String(pid), 'fd')).length
    } catch {
      // Gone, or not ours to look at.
    }
  }
  return count
}

/** The network of the first process that is still there; undefined for the node's own network. */
export function networkOf(procRoot: string, pids: readonly number[]): NetworkReading | undefined {
  for (const pid of pids) {
    const text = readSmall(join(procRoot, String(pid), 'net/dev'))
    if (text === undefined) continue
    const namespace = networkNamespace(procRoot, pid)
    if (namespace !== undefined && namespace === networkNamespace(procRoot, 1)) return undefined
    const interfaces = parseNetDev(text)
    return { ...(namespace === undefined ? {} : { group: namespace }), interfaces }
  }
  return undefined
}

/** `net:[4026531833]` */
function networkNamespace(procRoot: string, pid: number): string | undefined {
  try {
    return readlinkSync(join(procRoot, String(pid), 'ns/net'))
  } catch {
    return undefined
  }
}

/** A pod's sandbox: it holds the pod's network and does nothing else. */
export const isPause = (procRoot: string, pids: readonly number[]): boolean =>
  pids.length === 1 && readSmall(join(procRoot, String(pids[0]), 'comm'))?.trim() === 'pause'
