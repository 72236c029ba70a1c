import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { InsidePaths } from './inside-paths.ts'
import { DEVICES, EMPTY_FOLDERS, commonFiles, type MachineImage } from './machine-image.ts'
import { bind, isFolder, ownMounts, type TableLine } from './mount-table.ts'

/** What the roots of all containers have in common; looked up once for a runtime. */
export interface Skeleton {
  readonly image: MachineImage
  readonly inside: InsidePaths
  /** The mounts that every container has; their targets are paths in the container. */
  readonly lines: readonly TableLine[]
  /** The folder that a container's own layer is laid over; undefined where each root has all of it made by itself. */
  readonly lower: string | undefined
  /** With root's power on the machine; else in a user namespace. */
  readonly isRoot: boolean
}

/** In what ways containers are made here (see `probe.ts`). */
export interface Ways {
  readonly isRoot: boolean
  /** Overlay file systems can be mounted on the folders of the runtime. */
  readonly isLayered: boolean
}

/** Makes what containers are laid over, in a folder of its own below `runtimeDir`: some 60 files and folders. */
export function makeSkeleton(
  runtimeDir: string,
  image: MachineImage,
  inside: InsidePaths,
  { isRoot, isLayered }: Ways,
): Skeleton {
  const lines = commonLines(image, inside, isRoot)
  const lower = isLayered ? join(runtimeDir, 'skeleton') : undefined
  const skeleton = { image, inside, lines, lower, isRoot }
  if (lower !== undefined) fillRoot(lower, skeleton)
  return skeleton
}

/** Makes what is the same in all roots: empty folders, links, small files, and the places of the common mounts. */
export function fillRoot(dir: string, { image, lines }: Pick<Skeleton, 'image' | 'lines'>): void {
  for (const [folder, mode] of Object.entries(EMPTY_FOLDERS)) {
    mkdirSync(join(dir, folder), { recursive: true })
    // mkdir takes off what the umask says.
    if (mode !== 0o755) chmodSync(join(dir, folder), mode)
  }
  chmodSync(dir, 0o755)
  for (const [link, target] of image.links) symlinkSync(target, join(dir, link))
  for (const [file, text] of Object.entries(commonFiles())) {
    writeFileSync(join(dir, file), text, { mode: 0o644 })
  }
  // Of what the kernel's file systems are mounted on, the folders are above; what is mounted below them is in them.
  const placed = lines.filter(({ type, isOwn }) => type === 'none' && isOwn !== true)
  for (const { source, target } of placed) makePlace(join(dir, target), isFolder(source))
}

function makePlace(place: string, isOfFolder: boolean): void {
  mkdirSync(isOfFolder ? place : dirname(place), { recursive: true })
  if (!isOfFolder) closeSync(openSync(place, 'a', 0o644))
}

/** What every container has: the machine's programs, devices, and the kernel's file systems. */
function commonLines(
  image: MachineImage,
  inside: InsidePaths,
  isRoot: boolean,
): readonly TableLine[] {
  const mountinfo = ownMounts()
  const shown = (source: string, target: string): TableLine =>
    bind(source, target, { readOnly: true, whole: true, mountinfo })
  const kernel = (type: string, target: string, ...options: string[]): TableLine => ({
    source: type,
    target,
    type,
    options,
  })
  const locked = lockedFolders(isRoot)
  return [
    ...image.folders.map((path) => shown(path, path)),
    kernel('proc', '/proc', 'nosuid', 'nodev', 'noexec'),
    ...locked.map((path) => ({ ...bind(path, path), options: ['bind', 'ro'], isOwn: true })),
    ...(isRoot ? [kernel('sysfs', '/sys', 'ro', 'nosuid', 'nodev', 'noexec')] : []),
    ...DEVICES.map((name) => bind(`/dev/${name}`, `/dev/${name}`)),
    kernel('devpts', '/dev/pts', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'nosuid', 'noexec'),
    kernel('tmpfs', '/dev/shm', 'size=64m', 'mode=1777', 'nosuid', 'nodev', 'noexec'),
    ...inside.shared
      .filter(({ source }) => existsSync(source))
      .map(({ source, target }) => shown(source, target)),
  ]
}

const LOCKED = ['/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** What of /proc root could change for the whole machine, as runc makes it read-only. */
export const lockedFolders = (isRoot: boolean): readonly string[] =>
  isRoot ? LOCKED.filter((path) => existsSync(path)) : []
