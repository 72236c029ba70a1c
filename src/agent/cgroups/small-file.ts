import { closeSync, openSync, readSync } from 'node:fs'

/** Longer than any control group file that is read here. */
const MAX_BYTES = 64 * 1024
const buffer = Buffer.allocUnsafeSlow(MAX_BYTES)

/** The first 64 KiB of a file of the kernel's; undefined when it cannot be read: the group may be gone by now. */
export function readSmall(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    let length = 0
    while (length < MAX_BYTES) {
      const read = readSync(file, buffer, length, MAX_BYTES - length, null)
      if (read === 0) break
      length += read
    }
    return buffer.toString('utf8', 0, length)
  } catch {
    return undefined
  } finally {
    closeSync(file)
  }
}
