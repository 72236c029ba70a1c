import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sleep, systemCode } from '../../core/index.ts'
import { trySignal } from './kill.ts'
import { readKernelFile } from './kernel-file.ts'

/** The directories from the parent down to the cgroup: `/kubepods/burstable` gives two. */
export function pathsDownTo(parent: string, cgroupPath: string): readonly string[] {
  const names = cgroupPath.split('/').filter((name) => name !== '')
  return names.map((_, index) => join(parent, ...names.slice(0, index + 1)))
}

/** Makes the directory. True when it was not there before. */
export function makeCgroup(dir: string): boolean {
  try {
    mkdirSync(dir)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** Makes the directory and, where they are missing, those above it up to the parent. */
export function makeCgroups(parent: string, cgroupPath: string): void {
  try {
    // Mostly only the last one is new.
    makeCgroup(join(parent, cgroupPath))
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    for (const dir of pathsDownTo(parent, cgroupPath)) makeCgroup(dir)
  }
}

/** Writes a control file; false when the kernel refuses. */
export function tryWrite(file: string, value: string): boolean {
  try {
    writeFileSync(file, value, { flag: 'w' })
    return true
  } catch {
    return false
  }
}

/** The processes directly in this cgroup. */
export function processesIn(dir: string): number[] {
  const text = readKernelFile(join(dir, 'cgroup.procs'))
  if (text === undefined || text === '') return []
  return text.trimEnd().split('\n').map(Number)
}

/** The cgroup and all below it, deepest first. */
export function treeBelow(dir: string): string[] {
  let entries: string[]
  try {
    entries = readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(dir, entry.name))
  } catch {
    return []
  }
  return [...entries.flatMap(treeBelow), dir]
}

/**
 * Ends every process in the cgroup and below, then removes it all. A dying process keeps its cgroup for some
 * milliseconds: tried again for up to `timeoutMs`. Returns how many were killed and removed.
 */
export async function removeCgroupTree(
  dir: string,
  timeoutMs = 3000,
): Promise<{ killed: number; removed: number }> {
  const killed = new Set<number>()
  let removed = 0
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const dirs = treeBelow(dir)
    if (dirs.length === 0) break
    for (const pid of dirs.flatMap(processesIn)) {
      if (pid !== process.pid && trySignal(pid, 'SIGKILL')) killed.add(pid)
    }
    const gone = dirs.filter(tryRemove).length
    removed += gone
    if (gone === dirs.length || Date.now() > deadline) break
    await sleep(10)
  }
  return { killed: killed.size, removed }
}

/** Removes an empty cgroup; false when it is not empty or not there. */
export function tryRemove(dir: string): boolean {
  try {
    rmdirSync(dir)
    return true
  } catch {
    return false
  }
}

/** The parent directory in which `sublet-<labId>` lies. */
export function parentName(labId: string): string {
  return `sublet-${labId.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`
}
