import { closeSync, openSync, readSync } from 'node:fs'

const scratch = Buffer.allocUnsafe(64 * 1024)

/**
 * The text of a file in /proc or a cgroup, or undefined when it is not there (any more). These files have no size and are
 * made on reading, in one piece: one synchronous read takes some microseconds, an asynchronous one ten times that.
 * At most 64 KiB.
 */
export function readSmall(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    let length = 0
    while (length < scratch.length) {
      const got = readSync(file, scratch, length, scratch.length - length, null)
      if (got === 0) break
      length += got
    }
    return scratch.toString('latin1', 0, length)
  } catch {
    return undefined
  } finally {
    closeSync(file)
  }
}

/** The number in a file of one number; 0 when there is none. */
export function readNumber(path: string): number {
  const value = Number(readSmall(path) ?? '0')
  return Number.isFinite(value) ? value : 0
}

/** A file of `key value` lines, as memory.stat and cpu.stat are. */
export function readKeyed(path: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>()
  for (const line of (readSmall(path) ?? '').split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0) values.set(line.slice(0, space), Number(line.slice(space + 1)))
  }
  return values
}
