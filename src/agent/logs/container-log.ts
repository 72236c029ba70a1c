import type { Message } from './decoder.ts'
import { readHead } from './file-head.ts'
import type { FoundFile } from './find-files.ts'
import { HEAD_BYTES } from './limits.ts'
import type { OpenFiles } from './open-files.ts'
import { reconcile } from './reconcile.ts'
import type { FileState } from './registry.ts'
import { restoreFile, stateOf, type TrackedFile } from './tracked-file.ts'

/** Messages of one read of one file. */
export interface LogChunk {
  readonly messages: readonly Message[]
  /** In the machine's file system. */
  readonly path: string
  /** To be called when the sinks have all of them. */
  readonly commit: () => void
}

/** The log of one container over all its restarts and rotations. */
export interface ContainerLog {
  /** Takes note of the files that are there now. */
  look(found: readonly FoundFile[]): Promise<void>
  /** The next piece, the oldest first; undefined: nothing new. */
  read(): Promise<LogChunk | undefined>
  /** What the sinks have, for the disk. */
  states(): FileState[]
  readonly unreadBytes: number
  readonly files: number
  readonly truncated: number
  /** Closes what is open; what was not handed on is read again another time. */
  close(): Promise<void>
}

export interface ContainerLogOptions {
  /** Of an earlier run. */
  readonly states: readonly FileState[]
  readonly files: OpenFiles
  readonly now: () => number
  /** Whether parts that were rotated before the first look are left out. */
  readonly skipOld: boolean
}

/** What is unfinished in a file that was not written for this time, in milliseconds, is taken as it is. */
const SETTLED_MS = 5_000

export function createContainerLog(options: ContainerLogOptions): ContainerLog {
  const { files, now } = options
  let tracked = options.states.map(restoreFile)
  let skipOld = options.skipOld && tracked.length === 0
  let truncated = 0

  const chunkOf = (file: TrackedFile, decode: () => Message[]): LogChunk => {
    const before = file.decoder.truncated
    const messages = decode()
    truncated += file.decoder.truncated - before
    const position = file.decoder.position()
    return { messages, path: file.path, commit: () => void (file.committed = position) }
  }
  const readFile = async (file: TrackedFile): Promise<LogChunk | undefined> => {
    const handle = files.held(file.id) ?? (await files.get(file.id, file.path))
    if (handle === undefined) return undefined
    const { buffer } = files
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, file.readAt)
    if (bytesRead === 0) return undefined
    if (file.head.headBytes < HEAD_BYTES) file.head = await readHead(handle)
    file.readAt += bytesRead
    file.size = Math.max(file.size, file.readAt)
    return chunkOf(file, () => file.decoder.push(buffer.subarray(0, bytesRead)))
  }
  /** Docker's last message may have no line end; what was rotated away is closed. */
  const finish = async (file: TrackedFile): Promise<LogChunk | undefined> => {
    if (now() - file.mtimeMs < SETTLED_MS) return undefined
    if (!file.active) await files.close(file.id)
    const chunk = chunkOf(file, () => file.decoder.flush())
    return chunk.messages.length === 0 ? undefined : chunk
  }
  return {
    async look(found) {
      // A folder that cannot be read for a moment must not cost the offsets.
      if (found.length === 0 && !tracked.some(({ id }) => files.held(id))) return
      tracked = await reconcile(tracked, found, { files, now: now(), skipOld })
      if (found.length > 0) skipOld = false
    },
    async read() {
      for (const file of tracked) {
        if (file.lost) continue
        const chunk = file.size > file.readAt ? await readFile(file) : await finish(file)
        if (chunk) return chunk
      }
      return undefined
    },
    states: () => tracked.map(stateOf),
    get unreadBytes() {
      return unreadOf(tracked)
    },
    get files() {
      return tracked.filter(({ lost }) => !lost).length
    },
    get truncated() {
      return truncated
    },
    async close() {
      for (const { id } of tracked) await files.close(id)
    },
  }
}

const unreadOf = (tracked: readonly TrackedFile[]): number =>
  tracked.reduce((sum, { size, readAt }) => sum + Math.max(0, size - readAt), 0)
