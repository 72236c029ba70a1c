import { messageOf } from '../go-errors.ts'
import type { LogsDeps } from './collector.ts'
import type { FollowedSet } from './followed.ts'
import { REGISTRY_WRITE_MS } from './limits.ts'
import type { Notes } from './notes.ts'
import type { PendingBatch } from './pending-batch.ts'
import { writeRegistry } from './registry.ts'

/** What the sinks have, since the start. */
export interface Totals {
  lines: number
  bytes: number
  /** Milliseconds since 1970; 0: never. */
  lastSentAt: number
}

/** Hands batches to the sinks, and keeps on the disk how far they have come. */
export interface Delivery {
  /** Resolves when every sink has the batch. */
  flush(batch: PendingBatch, signal: AbortSignal): Promise<void>
  /** Writes the offsets. Never throws: then lines may come twice, and the status says so. */
  save(): Promise<void>
}

export function createDelivery(parts: {
  readonly deps: LogsDeps
  readonly followed: FollowedSet
  readonly notes: Notes
  readonly totals: Totals
}): Delivery {
  const { deps, followed, notes, totals } = parts
  const folder = deps.real(deps.config.runPath)
  let writtenAt = -Infinity

  const save = async (): Promise<void> => {
    writtenAt = deps.now()
    try {
      await writeRegistry(folder, followed.registry())
      notes.set('registry', undefined)
    } catch (error) {
      const text = `offsets cannot be written, lines may come twice: ${messageOf(error)}`
      notes.set('registry', text)
    }
  }
  return {
    async flush(batch, signal) {
      const { logs, bytes } = batch
      if (logs.length > 0) {
        await deps.deliver({ source: 'logs', series: [], serviceChecks: [], logs }, signal)
        totals.lines += logs.length
        totals.bytes += bytes
        totals.lastSentAt = deps.now()
      }
      batch.commit()
      if (deps.now() - writtenAt >= REGISTRY_WRITE_MS) await save()
    },
    save,
  }
}
