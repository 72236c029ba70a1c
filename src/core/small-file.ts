import { closeSync, openSync, readSync } from 'node:fs'

const MAX_BYTES = 64 * 1024
const scratch = Buffer.allocUnsafeSlow(MAX_BYTES)

/**
 * The text of a file in /proc or a control group, its first 64 KiB; undefined when it cannot be read: what it tells of may
 * be gone by now. These files have no size and are made on reading, in one piece: one synchronous read takes some
 * microseconds, an asynchronous one ten times that.
 */
export function readSmall(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    let length = 0
    while (length < MAX_BYTES) {
      const read = readSync(file, scratch, length, MAX_BYTES - length, null)
      if (read === 0) break
      length += read
    }
    return scratch.toString(encoding, 0, length)
  } catch {
    return undefined
  } finally {
    closeSync(file)
  }
}
