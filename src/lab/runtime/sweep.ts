import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { removeCgroupTree } from './cgroup-tree.ts'
import { sweepEngine } from './engine/index.ts'
import { sleep } from '../../core/index.ts'
import { guardianFile, recordsDir } from './guardian.ts'
import { isSameProcess, killFamily, trySignal } from './kill.ts'
import { allPids, readProcess } from './process-table.ts'
import { readKernelFile } from './kernel-file.ts'

/**
 * Cleans up after a lab process that has died: kills the containers that still run, removes the lab's cgroups and its
 * containers' directories. To be called only when that lab process is gone. A recorded pid is killed only if its start time is the recorded one;
 * others are recognised by the container root in their environment. Harmless when there is nothing to do.
 */
export async function sweepLeftovers(
  rootDir: string,
): Promise<{ killed: number; cgroups: number }> {
  const onEngine = await sweepEngine(rootDir)
  await endGuardian(rootDir)
  const survivors = new Set([...recordedSurvivors(rootDir), ...marked(rootDir)])
  let killed = onEngine + killFamily([...survivors])
  for (const pid of survivors) trySignal(-pid, 'SIGKILL')
  let cgroups = 0
  for (const parent of cgroupParents(rootDir)) {
    const swept = await removeCgroupTree(parent)
    killed += swept.killed
    cgroups += swept.removed
  }
  for (const name of ['processes', 'containers', 'cgroups', 'guardian', 'bin', 'skeleton']) {
    await rm(join(rootDir, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
  return { killed, cgroups }
}

/**
 * Ends the dead lab's guardian, which may be at the same work just now: a new lab in the same folder has cgroups of the same
 * names, and the old guardian must not take them for the old ones.
 */
async function endGuardian(rootDir: string): Promise<void> {
  const [pid, startTime] = (readKernelFile(guardianFile(rootDir)) ?? '').split(' ')
  if (startTime === undefined) return
  const lives = (): boolean =>
    isSameProcess(Number(pid), startTime) && readProcess(Number(pid))?.state !== 'Z'
  for (let tries = 0; tries < 100 && lives(); tries++) {
    trySignal(-Number(pid), 'SIGKILL')
    await sleep(10)
  }
}

function recordedSurvivors(rootDir: string): number[] {
  let names: string[]
  try {
    names = readdirSync(recordsDir(rootDir))
  } catch {
    return []
  }
  return names.flatMap((name) => {
    const [pid, startTime] = (readKernelFile(join(recordsDir(rootDir), name)) ?? '').split(' ')
    return startTime !== undefined && isSameProcess(Number(pid), startTime) ? [Number(pid)] : []
  })
}

/** Processes whose environment names a container root of this lab. */
function marked(rootDir: string): number[] {
  const folder = `${resolve(rootDir)}/containers/`
  // The second is in the environment of what enters a container of its own namespaces.
  const marks = [`SUBLET_CONTAINER_ROOT=${folder}`, `_sublet_root=${folder}`]
  return allPids().filter(
    (pid) =>
      pid !== process.pid &&
      (readKernelFile(`/proc/${pid}/environ`) ?? '')
        .split('\0')
        .some((variable) => marks.some((mark) => variable.startsWith(mark))),
  )
}

/** The noted directories, as far as they are cgroups: nothing but a lab's own is ever removed. */
function cgroupParents(rootDir: string): string[] {
  try {
    return readFileSync(join(rootDir, 'cgroups'), 'utf8')
      .split('\n')
      .filter((path) => /^\/.*\/sublet-[^/]+$/.test(path) && !path.includes('/../'))
      .filter((path) => existsSync(join(path, 'cgroup.procs')))
  } catch {
    return []
  }
}
