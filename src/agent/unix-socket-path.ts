import { closeSync, constants, openSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { MAX_SOCKET_PATH_BYTES } from './limits.ts'

/**
 * A path that fits into a socket address. A longer one (the lab's containers lie deep) is reached through an open
 * directory: `/proc/self/fd/7/agent.sock`. Keep it open as long as the socket is listened on or asked.
 */
export function socketAddress(path: string): { readonly path: string; close(): void } {
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return { path, close: () => undefined }
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  let open = true
  return {
    path: join('/proc/self/fd', String(directory), basename(path)),
    close() {
      if (open) closeSync(directory)
      open = false
    },
  }
}
