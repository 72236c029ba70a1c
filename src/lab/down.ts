import { existsSync } from 'node:fs'
import { SubletError, sleep } from '../core/index.ts'
import { controlStop } from './control.ts'
import { sweepLeftovers } from './runtime/index.ts'
import { processStartTime, readOwner, removeStateDir, type StateDir } from './state.ts'

const GRACE_MS = 15_000

/** What `lab down` found and did. */
export interface DownReport {
  readonly found: 'running' | 'crashed' | 'nothing'
  /** Processes that an earlier crash had left. */
  readonly killed: number
}

/** Stops the lab of a folder, or cleans up after one that died. Nothing there is no error. */
export async function takeDown(dir: StateDir): Promise<DownReport> {
  const owner = readOwner(dir)
  if (owner === undefined) {
    return { found: 'nothing', killed: 0 }
  }
  if (!owner.alive) return { found: 'crashed', killed: await cleanUp(dir) }
  // The process answers on its socket when it is well; the signal reaches it also while it is still starting.
  await controlStop(dir.controlSocket).catch(() => undefined)
  signal(owner.pid, owner.startTime, 'SIGTERM')
  const deadline = Date.now() + GRACE_MS
  while (processStartTime(owner.pid) === owner.startTime) {
    if (Date.now() > deadline) {
      signal(owner.pid, owner.startTime, 'SIGKILL')
      await sleep(100)
      if (processStartTime(owner.pid) === owner.startTime) {
        throw new SubletError('E_TIMEOUT', `the lab process ${owner.pid} does not end`)
      }
      break
    }
    await sleep(20)
  }
  return { found: 'running', killed: await cleanUp(dir) }
}

/** Ends what a dead lab left running and removes its folder. Gives the number of processes it had to end. */
export async function cleanUp(dir: StateDir): Promise<number> {
  const roots = dir.nodes.map(({ runtimeRoot }) => runtimeRoot).filter((root) => existsSync(root))
  const swept = await Promise.all(roots.map(sweepLeftovers))
  removeStateDir(dir)
  return swept.reduce((sum, { killed }) => sum + killed, 0)
}

function signal(pid: number, startTime: string, name: NodeJS.Signals): void {
  if (processStartTime(pid) !== startTime) return
  try {
    process.kill(pid, name)
  } catch {
    // It has just ended.
  }
}
