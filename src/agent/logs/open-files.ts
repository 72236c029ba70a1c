import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { READ_BYTES } from './limits.ts'

/** Open files, at most so many: the one that was used longest ago is closed for the next. */
export interface OpenFiles extends AsyncDisposable {
  /** The file with this id (`device:inode`), opened by its path. undefined: another file is there by now, or none. */
  get(id: string, path: string): Promise<FileHandle | undefined>
  /** The file if it is open: also when it has no name any more. */
  held(id: string): FileHandle | undefined
  close(id: string): Promise<void>
  readonly size: number
  /** Memory for one read at a time. */
  readonly buffer: Buffer
}

// No link is followed, and nobody waits for a pipe's other end.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export function createOpenFiles(limit: number): OpenFiles {
  const buffer = Buffer.alloc(READ_BYTES)
  const handles = new Map<string, FileHandle>()
  const close = async (id: string): Promise<void> => {
    const handle = handles.get(id)
    handles.delete(id)
    await handle?.close()
  }
  return {
    buffer,
    async get(id, path) {
      const held = handles.get(id)
      if (held) {
        // The map's order is the order of use.
        handles.delete(id)
        handles.set(id, held)
        return held
      }
      const handle = await open(path, FLAGS).catch(() => undefined)
      if (handle === undefined) return undefined
      const found = await handle.stat()
      if (!found.isFile() || `${found.dev}:${found.ino}` !== id) {
        await handle.close()
        return undefined
      }
      handles.set(id, handle)
      for (const oldest of handles.keys()) {
        if (handles.size <= limit) break
        await close(oldest)
      }
      return handle
    },
    held: (id) => handles.get(id),
    close,
    get size() {
      return handles.size
    },
    async [Symbol.asyncDispose]() {
      for (const id of [...handles.keys()]) await close(id)
    },
  }
}
