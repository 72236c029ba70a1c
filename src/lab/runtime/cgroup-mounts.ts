import { join } from 'node:path'
import { readKernelFile } from './kernel-file.ts'

/** Where this process stands in one cgroup hierarchy. */
export interface Hierarchy {
  readonly version: 1 | 2
  /** Version 1: the controllers mounted here; version 2: empty, they are read from its files. */
  readonly controllers: readonly string[]
  readonly mountPoint: string
  /** The directory of this process's own cgroup, below the mount point. */
  readonly ownDir: string
}

/** The hierarchies that this process is in, from /proc/self/mountinfo and /proc/self/cgroup (cgroups(7)). */
export function readHierarchies(
  mountinfo: string = readKernelFile('/proc/self/mountinfo') ?? '',
  cgroup: string = readKernelFile('/proc/self/cgroup') ?? '',
): readonly Hierarchy[] {
  const own = parseOwnCgroups(cgroup)
  return mountinfo
    .split('\n')
    .map((line) => parseMount(line, own))
    .filter((hierarchy) => hierarchy !== undefined)
}

interface OwnCgroup {
  readonly controllers: readonly string[]
  readonly path: string
}

/** `36 35 0:31 /root /mount/point rw,relatime - cgroup cgroup rw,memory`; undefined for all but cgroups. */
function parseMount(line: string, own: readonly OwnCgroup[]): Hierarchy | undefined {
  const [left = '', right = ''] = line.split(' - ')
  const [, , , root = '/', mountPoint = ''] = left.split(' ').map(unescapeOctal)
  const [type, , options = ''] = right.split(' ')
  if (type !== 'cgroup' && type !== 'cgroup2') return undefined
  const version = type === 'cgroup2' ? 2 : 1
  const entry = own.find(({ controllers }) =>
    version === 2 ? controllers.length === 0 : isMountOf(options, controllers),
  )
  if (!entry) return undefined
  const ownDir = join(mountPoint, belowRoot(entry.path, root))
  return { version, controllers: entry.controllers, mountPoint, ownDir }
}

function parseOwnCgroups(cgroup: string): readonly OwnCgroup[] {
  return cgroup
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, names = '', ...path] = line.split(':')
      return { controllers: names === '' ? [] : names.split(','), path: path.join(':') }
    })
}

function isMountOf(options: string, controllers: readonly string[]): boolean {
  const mounted = options.split(',')
  return controllers.length > 0 && controllers.every((name) => mounted.includes(name))
}

/** In a container the mount shows only a part of the hierarchy, from `root` on. */
function belowRoot(path: string, root: string): string {
  if (root === '/' || path === root) return path === root ? '/' : path
  return path.startsWith(`${root}/`) ? path.slice(root.length) : path
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  )
}
