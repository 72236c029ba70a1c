import { closeSync, lstatSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { SubletError } from '../../../core/index.ts'
import type { Mount } from '../types.ts'

/** A container path without `..`, and through the links that the root directory has. */
export function cleanTarget(path: string, links: ReadonlyMap<string, string>): string {
  let clean = posix.normalize(path).replace(/\/+$/, '')
  if (!clean.startsWith('/')) {
    throw new SubletError('E_RUNTIME', `mount path ${path} is not absolute, or is the whole root`)
  }
  for (const [link, target] of links) {
    if (clean !== link && !clean.startsWith(`${link}/`)) continue
    clean = posix.resolve(posix.dirname(link), target) + clean.slice(link.length)
  }
  return clean
}

/** Outermost first. */
export function inOrder(mounts: readonly Mount[], links: ReadonlyMap<string, string>): Mount[] {
  const depth = ({ containerPath }: Mount): number => containerPath.split('/').length
  return mounts
    .map((mount) => ({ ...mount, containerPath: cleanTarget(mount.containerPath, links) }))
    .toSorted((a, b) => depth(a) - depth(b))
}

/** The innermost folder that is at `path` or above it. */
export function innermost<T>(
  path: string,
  items: readonly T[],
  placeOf: (item: T) => string,
): T | undefined {
  return items
    .filter((item) => path.startsWith(`${placeOf(item)}/`))
    .toSorted((a, b) => placeOf(b).length - placeOf(a).length)[0]
}

/**
 * Makes an empty file or folder to mount something on, below `root`, if there is none. What is in `root` may be written by
 * a tenant: a link that leads out of it is refused, and nothing is made behind any link.
 */
export function makeMountPoint(root: string, below: string, kind: 'file' | 'folder'): void {
  const place = join(root, below)
  if (statSync(place, { throwIfNoEntry: false }) !== undefined) {
    const inside = relative(realpathSync(root), realpathSync(place))
    if (inside === '..' || inside.startsWith(`..${sep}`)) throw leadsOut(below)
    return
  }
  let folder = root
  const names = below.split('/').filter((name) => name !== '')
  for (const [index, name] of names.entries()) {
    folder = join(folder, name)
    const there = lstatSync(folder, { throwIfNoEntry: false })
    if (there?.isSymbolicLink() === true) throw leadsOut(below)
    if (there !== undefined) continue
    if (index === names.length - 1 && kind === 'file') closeSync(openSync(folder, 'wx', 0o644))
    else mkdirSync(folder)
  }
}

const leadsOut = (path: string): SubletError =>
  new SubletError('E_RUNTIME', `mount point ${path} is behind a symbolic link`)

/**
 * What a mount shows. Below the lab's own folders a link in the way could lead anywhere on the machine (a tenant can make
 * one in a volume that another container then has a `subPath` of): refused.
 */
export function checkSource(hostPath: string, labDir: string): void {
  const inside = relative(labDir, hostPath)
  if (inside === '' || inside.startsWith('..')) return
  const real = relative(realpathSync(labDir), realpathSync(hostPath))
  if (real !== inside) {
    throw new SubletError(
      'E_RUNTIME',
      `${inside} is behind a symbolic link: a mount would show what it leads to`,
    )
  }
}
