import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** The programs of util-linux that build a container, at their places on the machine. */
export interface Tools {
  readonly unshare: string
  readonly nsenter: string
  readonly mount: string
  readonly umount: string
  readonly pivotRoot: string
  readonly setpriv: string
}

const NAMES = {
  unshare: 'unshare',
  nsenter: 'nsenter',
  mount: 'mount',
  umount: 'umount',
  pivotRoot: 'pivot_root',
  setpriv: 'setpriv',
} as const
/** Never the caller's PATH: with namespaces comes root's power over the machine. */
const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin']

/** Finds them all, or says which are not there. */
export function findTools(): { tools: Tools } | { missing: readonly string[] } {
  const found = Object.entries(NAMES).map(([key, name]) => [key, name, placeOf(name)] as const)
  const missing = found.filter(([, , place]) => place === undefined).map(([, name]) => name)
  if (missing.length > 0) return { missing }
  return {
    tools: Object.fromEntries(found.map(([key, , place]) => [key, place])) as unknown as Tools,
  }
}

function placeOf(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
