import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { ContainerInfo, Mount } from '../types.ts'
import type { InsidePaths } from './inside-paths.ts'
import { DEVICES, EMPTY_FOLDERS, settingsFiles, type MachineImage } from './machine-image.ts'
import { bind, isFolder, overlay, tableText, type TableLine } from './mount-table.ts'
import { checkSource, cleanTarget, inOrder, innermost, makeMountPoint } from './place-mounts.ts'

export interface RootPlan {
  readonly base: Pick<ContainerInfo, 'rootDir' | 'mounts' | 'sandbox'>
  readonly image: MachineImage
  readonly inside: InsidePaths
  /** Folders that the container's image brings. */
  readonly imageDirs: readonly string[]
  /** The folder of all that the lab keeps. */
  readonly labDir: string
  readonly workingDir: string | undefined
  /** In a user namespace some file systems cannot be mounted, and what cannot be written need not be hidden. */
  readonly isRoot: boolean
}

/**
 * Makes the container's own layer (empty folders, links, small files, mount points) in its root directory, and returns the
 * table of what is to be mounted on it. Throws E_RUNTIME for mounts that cannot or must not be placed.
 */
export function buildRoot(plan: RootPlan): string {
  const { base, image, inside, imageDirs, workingDir } = plan
  const { rootDir } = base
  makeLayer(plan)
  const mounts = inOrder(base.mounts, image.links)
  const system = systemLines(plan, mounts)
  const shared = inside.shared
    .filter(({ source }) => existsSync(source))
    .map(({ source, target }) => onOwnLayer(rootDir, target, source, true))
  for (const dir of imageDirs) mkdirSync(join(rootDir, dir), { recursive: true })
  const volumes = mounts.map((mount) => volumeLine(plan, mounts, mount))
  if (workingDir !== undefined) makeWorkingDir(plan, mounts, workingDir)
  return tableText([bind(rootDir, rootDir), ...system, ...shared, ...volumes])
}

function makeLayer({ base, image }: RootPlan): void {
  const { rootDir, sandbox } = base
  for (const [folder, mode] of Object.entries(EMPTY_FOLDERS)) {
    const place = join(rootDir, folder)
    mkdirSync(place, { recursive: true })
    // mkdir takes off what the umask says.
    if (mode !== 0o755) chmodSync(place, mode)
  }
  chmodSync(rootDir, 0o755)
  for (const [link, target] of image.links) symlinkSync(target, join(rootDir, link))
  for (const [file, text] of Object.entries(settingsFiles(sandbox))) {
    writeFileSync(join(rootDir, file), text, { mode: 0o644 })
  }
}

/** What every container has: the machine's programs, devices, and the kernel's file systems. */
function systemLines(plan: RootPlan, mounts: readonly Mount[]): TableLine[] {
  const { base, image, isRoot } = plan
  const at = (path: string): string => join(base.rootDir, path)
  const own = image.folders.map((path) => folderLine(plan, path, mounts))
  const devices = DEVICES.map((name) =>
    onOwnLayer(base.rootDir, `/dev/${name}`, `/dev/${name}`, false),
  )
  const kernel = (type: string, path: string, ...options: string[]): TableLine => ({
    source: type,
    target: at(path),
    type,
    options,
  })
  const locked = isRoot ? LOCKED.filter((path) => existsSync(path)) : []
  return [
    ...own,
    kernel('proc', '/proc', 'nosuid', 'nodev', 'noexec'),
    ...locked.map((path) => bind(at(path), at(path), { readOnly: true })),
    ...(isRoot ? [kernel('sysfs', '/sys', 'ro', 'nosuid', 'nodev', 'noexec')] : []),
    ...devices,
    kernel('devpts', '/dev/pts', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'nosuid', 'noexec'),
    kernel('tmpfs', '/dev/shm', 'size=64m', 'mode=1777', 'nosuid', 'nodev', 'noexec'),
  ]
}

/** What of /proc root could change for the whole machine, as runc makes it read-only. */
const LOCKED = ['/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/**
 * A folder of the machine. Where a volume is to be mounted below it, at a place that the machine does not have, a layer with
 * that place is laid over it: on the machine nothing is made.
 */
function folderLine({ base, image }: RootPlan, path: string, mounts: readonly Mount[]): TableLine {
  const { rootDir } = base
  const placed = onOwnLayer(rootDir, path, path, true)
  const lacking = mounts.filter(
    ({ containerPath }) =>
      innermost(containerPath, image.folders, String) === path &&
      innermost(containerPath, mounts, (mount) => mount.containerPath) === undefined &&
      !existsSync(containerPath),
  )
  if (lacking.length === 0) return placed
  const layer = join(dirname(rootDir), 'places', path)
  mkdirSync(layer, { recursive: true })
  for (const { containerPath, hostPath } of lacking) {
    makeMountPoint(layer, relative(path, containerPath), isFolder(hostPath) ? 'folder' : 'file')
  }
  return overlay([layer, path], placed.target)
}

/** A mount whose place is in the container's own layer: made there if it is missing. */
function onOwnLayer(rootDir: string, path: string, source: string, readOnly: boolean): TableLine {
  const target = join(rootDir, path)
  if (isFolder(source)) mkdirSync(target, { recursive: true })
  else {
    mkdirSync(dirname(target), { recursive: true })
    closeSync(openSync(target, 'a', 0o644))
  }
  return bind(source, target, { readOnly, whole: readOnly })
}

function volumeLine(
  { base, image, inside, labDir }: RootPlan,
  mounts: readonly Mount[],
  mount: Mount,
): TableLine {
  const { hostPath, containerPath, readOnly } = mount
  checkSource(hostPath, labDir)
  const kind = isFolder(hostPath) ? 'folder' : 'file'
  const outer = innermost(containerPath, mounts, (other) => other.containerPath)
  const onMachine = [...image.folders, ...inside.shared.map(({ target }) => target)]
  if (outer !== undefined) {
    makeMountPoint(outer.hostPath, relative(outer.containerPath, containerPath), kind)
  } else if (innermost(containerPath, onMachine, String) === undefined) {
    makeMountPoint(base.rootDir, containerPath.slice(1), kind)
  }
  return bind(hostPath, join(base.rootDir, containerPath), { readOnly })
}

/** As runc does it; only in the container's own layer. */
function makeWorkingDir(
  { base, image }: RootPlan,
  mounts: readonly Mount[],
  workingDir: string,
): void {
  if (/^\/*$/.test(workingDir)) return
  const path = cleanTarget(workingDir, image.links)
  const isMounted = mounts.some(({ containerPath }) => containerPath === path)
  const outer = [...mounts.map(({ containerPath }) => containerPath), ...image.folders]
  if (isMounted || image.folders.includes(path)) return
  if (innermost(path, outer, String) === undefined)
    makeMountPoint(base.rootDir, path.slice(1), 'folder')
}
