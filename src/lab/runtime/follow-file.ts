import { watch } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { createBell, type Bell } from './wake.ts'

const CHUNK_BYTES = 64 * 1024
/** The file is looked at this often even when nothing says that it changed. */
const LOOK_MS = 1000

/** How long a file is followed: as long as whoever writes it lives. */
export interface Writer {
  isRunning(): boolean
  /** Calls back when it may have ended; returns the end of that. */
  onEnd(listener: () => void): () => void
}

/**
 * The bytes of a file from an offset on. With a writer, also those that come later, and those of the file that replaces
 * it (rotation), until the writer has ended. Ends early when the signal fires. Rejects when there is no such file.
 */
export async function* followFile(
  path: string,
  from: (file: FileHandle) => Promise<number>,
  writer: Writer | undefined,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const bell = createBell()
  const stopWatching = writer === undefined ? undefined : wakeOnChange(path, writer, bell, signal)
  let file = await open(path, 'r').catch((error: unknown) => {
    stopWatching?.()
    throw error
  })
  try {
    let position = await from(file)
    while (!signal.aborted) {
      // Both are looked at before the bytes are read: so nothing that was written before is missed.
      const isOver = writer?.isRunning() !== true
      const isRotated = !isOver && (await isReplaced(path, file))
      for await (const chunk of restOf(file, position, signal)) {
        position += chunk.length
        yield chunk
      }
      if (isRotated) {
        await file.close()
        file = await open(path, 'r')
        position = 0
      } else if (isOver) return
      else await bell.wait(LOOK_MS)
    }
  } finally {
    stopWatching?.()
    await file.close()
  }
}

async function* restOf(
  file: FileHandle,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  let position = from
  while (!signal.aborted) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function isReplaced(path: string, file: FileHandle): Promise<boolean> {
  const [there, ours] = await Promise.all([stat(path).catch(() => undefined), file.stat()])
  return there !== undefined && there.ino !== ours.ino
}

/** Rings when the file changes, its writer ends or the reader gives up. */
function wakeOnChange(path: string, writer: Writer, bell: Bell, signal: AbortSignal): () => void {
  const ring = (): void => bell.ring()
  const name = basename(path)
  let close = (): void => undefined
  try {
    const watcher = watch(dirname(path), (_, file) => {
      if (file === null || file === name) ring()
    })
    watcher.on('error', () => watcher.close())
    close = () => watcher.close()
  } catch {
    // No more inotify watches: the look once a second must do.
  }
  const forget = writer.onEnd(ring)
  signal.addEventListener('abort', ring, { once: true })
  return () => {
    close()
    forget()
    signal.removeEventListener('abort', ring)
  }
}

/** The offset at which the last n lines of a file begin. */
export async function offsetOfLastLines(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat()
  if (lines <= 0) return size
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  let left = lines
  // The end of the last line is not the beginning of another one.
  let end = Math.max(0, size - 1)
  while (end > 0) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const { bytesRead } = await file.read(buffer, 0, end - start, start)
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (buffer[at] === 10 && --left === 0) return start + at + 1
    }
    end = start
  }
  return 0
}
