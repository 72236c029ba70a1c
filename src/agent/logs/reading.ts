import { join, relative } from 'node:path'
import { messageOf } from '../go-errors.ts'
import type { LogsDeps } from './collector.ts'
import { findFiles, type LogRoots } from './find-files.ts'
import type { Followed, FollowedSet } from './followed.ts'
import type { Notes } from './notes.ts'
import type { OpenFiles } from './open-files.ts'
import { createPendingBatch, type PendingBatch } from './pending-batch.ts'
import type { PodFolders } from './pod-folders.ts'

/** What is open while the collector runs. */
export interface Session {
  readonly files: OpenFiles
  readonly followed: FollowedSet
}

export interface Signals {
  readonly stop: AbortSignal
  /** Fires a little later: what a sink is about to take is waited for. */
  readonly delivery: AbortSignal
}

export interface Reading {
  /** One round over all containers; whether anything was read. */
  round(signals: Signals): Promise<boolean>
}

export interface ReadingParts {
  readonly deps: LogsDeps
  readonly pollMs: number
  readonly followed: FollowedSet
  readonly folders: PodFolders
  readonly notes: Notes
  readonly deliver: (batch: PendingBatch, signal: AbortSignal) => Promise<void>
}

/** Reads of one container before the next has its turn. */
const TURNS = 16

export function createReading(parts: ReadingParts): Reading {
  const { deps, followed, folders, notes, deliver } = parts
  const look = createLook(parts)
  return {
    async round({ stop, delivery }) {
      let batch = createPendingBatch(deps)
      let any = false
      for (const one of followed.all) {
        if (!(await look(one))) continue
        for (let turn = 0; turn < TURNS && !stop.aborted; turn += 1) {
          const chunk = await attempt(notes, one, () => one.log.read())
          if (chunk === undefined) break
          any = true
          const path = shownPath(chunk.path, folders.roots, deps.config)
          batch.add(one.target, chunk, path, (lines) => void (one.lines += lines))
          if (!batch.isFull) continue
          await deliver(batch, delivery)
          batch = createPendingBatch(deps)
        }
      }
      // What was read when the end came is read again next time.
      if (!batch.isEmpty && !stop.aborted) await deliver(batch, delivery)
      return any
    },
  }
}

/** Looks for a container's files when that is due; whether it can be read. */
function createLook({
  deps,
  pollMs,
  folders,
  notes,
}: ReadingParts): (one: Followed) => Promise<boolean> {
  const { now, real } = deps
  return async (one) => {
    const { pods, docker } = folders.roots ?? {}
    if (pods === undefined) return false
    if (now() - one.lookedAt < pollMs && now() >= one.lookedAt) return true
    one.lookedAt = now()
    const looked = await attempt(notes, one, async () => {
      await one.log.look(await findFiles(one.target.folder, { pods, docker }, real))
      return true
    })
    return looked === true
  }
}

/** A file that cannot be read costs its own container only, and only for now. */
async function attempt<T>(
  notes: Notes,
  one: Followed,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    notes.set('read', `${one.target.name}: ${messageOf(error)}`)
    return undefined
  }
}

/** As the container knows a file: what is found lies below one of two folders. */
function shownPath(
  path: string,
  roots: LogRoots | undefined,
  { podLogsDir, dockerLogsDir }: LogsDeps['config'],
): string {
  if (roots && path.startsWith(roots.pods)) return join(podLogsDir, relative(roots.pods, path))
  if (roots?.docker === undefined) return path
  return join(dockerLogsDir, relative(roots.docker, path))
}
