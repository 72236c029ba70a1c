import { basename, dirname } from 'node:path'
import type { LogLine } from '../sinks/index.ts'
import type { LogChunk } from './container-log.ts'
import { BATCH_BYTES, BATCH_LINES } from './limits.ts'
import type { LogTarget } from './targets.ts'

/** Lines that go to the sinks together; only then their files' offsets move on. */
export interface PendingBatch {
  readonly logs: readonly LogLine[]
  readonly bytes: number
  readonly isFull: boolean
  readonly isEmpty: boolean
  /** `path`: of the file as the container knows it. */
  add(target: LogTarget, chunk: LogChunk, path: string, taken: (lines: number) => void): void
  /** The sinks have it. */
  commit(): void
}

export function createPendingBatch(options: {
  readonly hostname: string
  readonly now: () => number
}): PendingBatch {
  const logs: LogLine[] = []
  const commits: (() => void)[] = []
  let bytes = 0
  return {
    logs,
    get bytes() {
      return bytes
    },
    get isFull() {
      return logs.length >= BATCH_LINES || bytes >= BATCH_BYTES
    },
    get isEmpty() {
      return commits.length === 0
    },
    add(target, { messages, commit }, path, taken) {
      const { source, service } = target
      const tags = [...target.tags, `filename:${basename(path)}`, `dirname:${dirname(path)}`]
      for (const { content, stream, timestampMs } of messages) {
        bytes += Buffer.byteLength(content)
        logs.push({
          message: content,
          timestampMs: Number.isNaN(timestampMs) ? options.now() : timestampMs,
          status: stream === 'stderr' ? 'error' : 'info',
          ...{ service, source, tags, host: options.hostname },
        })
      }
      commits.push(commit, () => taken(messages.length))
    },
    commit() {
      for (const commit of commits.splice(0)) commit()
    },
  }
}
