import { lstat, mkdir, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, posix, relative } from 'node:path'
import { SubletError, systemCode } from '../../core/index.ts'
import type { PathPair } from './rewrite-argv.ts'
import type { Mount } from './types.ts'

/** A container's root directory on the machine, with its mounts in place. */
export interface RootDirectory {
  readonly path: string
  /** Links that had to be made inside another mount, because a mount lies below it. */
  readonly linksOutside: readonly string[]
  /** Where the container's directories really are: what foreign commands get to see. */
  readonly pairs: readonly PathPair[]
}

/**
 * Makes the root directory and places each mount as a symbolic link at its container path, outermost first. A mount below another one is a link inside the outer one's own directory (as runc makes a
 * mount point there); where that is read-only or the place is taken, the outer one becomes a directory of links instead.
 */
export async function makeRootDirectory(
  root: string,
  mounts: readonly Mount[],
  imageDirs: readonly string[] = [],
): Promise<RootDirectory> {
  const linksOutside: string[] = []
  for (const dir of ['/tmp', '/root', ...imageDirs]) {
    await mkdir(join(root, dir), { recursive: true })
  }
  const sorted = mounts
    .map((mount) => ({ ...mount, containerPath: cleanPath(mount.containerPath) }))
    .toSorted((a, b) => a.containerPath.length - b.containerPath.length)
  for (const mount of sorted) {
    const outer = sorted.findLast(
      (other) => other !== mount && mount.containerPath.startsWith(`${other.containerPath}/`),
    )
    if (outer) await placeBelow(root, outer, mount, linksOutside)
    else await placeLink(join(root, mount.containerPath), mount.hostPath)
  }
  const pairs = imageDirs.map((dir) => ({ containerPath: dir, realPath: join(root, dir) }))
  for (const mount of sorted) pairs.push(await realPair(root, mount))
  return { path: root, linksOutside, pairs }
}

/** Removes the links that were made outside of the root; the root itself is removed with the container's directory. */
export async function clearRootDirectory(root: RootDirectory): Promise<void> {
  await Promise.all(root.linksOutside.map((link) => rm(link, { force: true })))
}

/** The mounted directory itself, not the link to it: `cp -r` and `find` do not follow a link that they are given. */
async function realPair(root: string, { containerPath, hostPath }: Mount): Promise<PathPair> {
  const place = join(root, containerPath)
  const isLink = (await lstat(place)).isSymbolicLink()
  return { containerPath, realPath: isLink ? hostPath : place }
}

/** An absolute path without `..`: nothing may be placed outside of the root. */
function cleanPath(containerPath: string): string {
  const clean = posix.normalize(containerPath).replace(/\/+$/, '')
  if (!clean.startsWith('/')) {
    throw new SubletError('E_RUNTIME', `mount path ${containerPath} is not absolute`)
  }
  return clean
}

async function placeBelow(
  root: string,
  outer: Mount,
  mount: Mount,
  linksOutside: string[],
): Promise<void> {
  const below = relative(outer.containerPath, mount.containerPath)
  const place = join(root, outer.containerPath)
  const isLink = (await lstat(place)).isSymbolicLink()
  if (isLink && !outer.readOnly) {
    const spot = join(outer.hostPath, below)
    const placed = await tryLink(spot, mount.hostPath)
    if (placed === 'made') linksOutside.push(spot)
    if (placed !== 'taken') return
  }
  if (isLink) await spreadOut(place, outer.hostPath)
  await makeFolders(root, outer.containerPath, dirname(below))
  await placeLink(join(place, below), mount.hostPath)
}

/** Every folder between the outer mount and the inner one has to be a real directory, not a link into the outer one. */
async function makeFolders(root: string, start: string, folders: string): Promise<void> {
  let place = join(root, start)
  for (const name of folders.split('/').filter((part) => part !== '' && part !== '.')) {
    place = join(place, name)
    const target = await readlink(place).catch(() => undefined)
    if (target !== undefined) await spreadOut(place, target)
    else await mkdir(place, { recursive: true })
  }
}

/** Replaces a link to a directory by a directory of links to what is in it. */
async function spreadOut(place: string, target: string): Promise<void> {
  await rm(place, { force: true })
  await mkdir(place)
  const names = await readdir(target).catch(() => [])
  for (const name of names) await symlink(join(target, name), join(place, name))
}

async function placeLink(place: string, target: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  await rm(place, { force: true, recursive: true })
  await symlink(target, place)
}

async function tryLink(spot: string, target: string): Promise<'made' | 'there' | 'taken'> {
  try {
    await mkdir(dirname(spot), { recursive: true })
    await symlink(target, spot)
    return 'made'
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') return 'taken'
    const there = await readlink(spot).catch(() => undefined)
    return there === target ? 'there' : 'taken'
  }
}

/** The programs that every container finds in its PATH: small scripts that start Sublet's own. */
export async function makeBinDirectory(
  dir: string,
  programs: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const [name, argv] of Object.entries(programs)) {
    const script = `#!/bin/sh\nexec ${argv.map(quote).join(' ')} "$@"\n`
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), script, { mode: 0o755 })
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
