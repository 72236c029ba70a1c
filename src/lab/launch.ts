import { spawn, type ChildProcess } from 'node:child_process'
import { openSync, closeSync, writeSync } from 'node:fs'
import { SubletError, systemCode, type ErrorCode } from '../core/index.ts'
import type { DaemonMessage } from './daemon.ts'
import { cleanUp } from './down.ts'
import type { Progress } from './progress.ts'
import type { RuntimeWish } from './runtime/index.ts'
import { makeFolder, readOwner, type LabFacts, type StateDir } from './state.ts'

export interface LaunchOptions {
  readonly dir: StateDir
  readonly vclusters: readonly string[]
  /** How many nodes: 1 to MAX_NODES. */
  readonly nodes: number
  /** How containers run. Default `auto`: the best that works. */
  readonly runtime?: RuntimeWish
  readonly nodeAddress?: string
  /** The vclusters' nodes are copies of the host's. Default false. */
  readonly syncNodes?: boolean
  /** `bin/sublet.js` */
  readonly sublet: string
  readonly progress: Progress
  /** When it fires, the half-started lab is taken down again. */
  readonly signal: AbortSignal
}

/**
 * Starts a lab in a process of its own and waits until it is ready. What an earlier, crashed lab left in the folder is
 * cleaned up first. Throws E_LAB_RUNNING when one lives there, and whatever made the start fail.
 */
export async function launchLab(options: LaunchOptions): Promise<LabFacts> {
  const { dir, progress } = options
  if (process.platform !== 'linux') {
    throw new SubletError(
      'E_PLATFORM',
      `the lab runs containers as Linux processes, and this is ${process.platform}`,
    )
  }
  const owner = readOwner(dir)
  if (owner?.alive === true) {
    throw new SubletError(
      'E_LAB_RUNNING',
      `a lab is already running in ${dir.root} (process ${owner.pid})`,
    )
  }
  if (owner !== undefined) {
    const swept = await cleanUp(dir)
    progress({
      kind: 'note',
      text: `cleaned up after an earlier lab that crashed (${swept} leftover processes)`,
    })
  }
  const child = spawnDaemon(options)
  try {
    return await ready(child, options)
  } catch (error) {
    await ended(child)
    throw error
  }
}

function spawnDaemon(options: LaunchOptions): ChildProcess {
  const { dir, vclusters, nodes, runtime = 'auto', nodeAddress, syncNodes, sublet } = options
  const log = openLog(dir)
  try {
    return spawn(
      process.execPath,
      [
        '--max-semi-space-size=4',
        sublet,
        'lab',
        'daemon',
        '--state-dir',
        dir.root,
        '--vclusters',
        vclusters.join(','),
        '--nodes',
        String(nodes),
        '--runtime',
        runtime,
        ...(nodeAddress === undefined ? [] : ['--node-address', nodeAddress]),
        ...(syncNodes === true ? ['--sync-nodes'] : []),
      ],
      { detached: true, stdio: ['ignore', log, log, 'ipc'] },
    )
  } finally {
    closeSync(log)
  }
}

/** The lab's log is in its folder; an earlier one's is overwritten. */
function openLog(dir: StateDir): number {
  try {
    makeFolder(dir.root)
    const log = openSync(dir.logFile, 'w', 0o600)
    writeSync(log, '')
    return log
  } catch (error) {
    throw new SubletError(
      'E_NO_PERMISSION',
      `cannot write to the state folder ${dir.root}: ${systemCode(error) ?? ''}`,
      {
        cause: error,
      },
    )
  }
}

async function ready(child: ChildProcess, options: LaunchOptions): Promise<LabFacts> {
  const { dir, progress, signal } = options
  return new Promise<LabFacts>((resolve, reject) => {
    const giveUp = (): void => {
      child.kill('SIGTERM')
      reject(
        signal.reason instanceof Error
          ? signal.reason
          : new SubletError('E_LAB_START', 'interrupted'),
      )
    }
    if (signal.aborted) {
      giveUp()
      return
    }
    signal.addEventListener('abort', giveUp, { once: true })
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', giveUp)
      act()
    }
    child.on('message', (message: DaemonMessage) => {
      if (message.kind === 'progress') progress(message.event)
      else if (message.kind === 'ready') {
        settle(() => {
          child.unref()
          resolve(message.facts)
        })
      } else {
        const { code, message: text, hint } = message
        settle(() => reject(new SubletError(code as ErrorCode, text, { hint })))
      }
    })
    child.on('exit', (code, killedBy) => {
      const how = killedBy ?? `exit code ${code ?? '?'}`
      settle(() =>
        reject(
          new SubletError(
            'E_LAB_START',
            `the lab process ended early (${how}); its log: ${dir.logFile}`,
          ),
        ),
      )
    })
  })
}

/** Waits for the end of a lab process that was told to stop, so that nothing is left when the command returns. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve) => child.once('exit', () => resolve()))
}
