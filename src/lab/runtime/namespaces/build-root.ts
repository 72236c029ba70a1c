import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { ContainerInfo, Mount } from '../types.ts'
import { EMPTY_FOLDERS, podFiles } from './machine-image.ts'
import {
  bind,
  isFolder,
  overlay,
  ownMounts,
  tableText,
  writableOverlay,
  type TableLine,
} from './mount-table.ts'
import { checkSource, cleanTarget, inOrder, innermost, makeMountPoint } from './place-mounts.ts'
import { fillRoot, type Skeleton } from './skeleton.ts'

export interface RootPlan {
  readonly base: Pick<ContainerInfo, 'rootDir' | 'mounts' | 'sandbox'>
  readonly skeleton: Skeleton
  /** Folders that the container's image brings. */
  readonly imageDirs: readonly string[]
  /** The folder of all that the lab keeps. */
  readonly labDir: string
  readonly workingDir: string | undefined
  /** It gets its /proc later, when it has joined its pod's processes. */
  readonly joinsPod?: boolean
}

/**
 * Makes the container's own layer (its pod's small files, its image's folders, mount points) in its root directory, and
 * returns the table of what is to be mounted on it. Throws E_RUNTIME for mounts that cannot or must not be placed.
 */
export function buildRoot(plan: RootPlan): string {
  const { base, skeleton, imageDirs, workingDir } = plan
  const { rootDir } = base
  const root = rootLine(rootDir, skeleton)
  mkdirSync(join(rootDir, 'etc'), { recursive: true })
  for (const [file, text] of Object.entries(podFiles(base.sandbox))) {
    writeFileSync(join(rootDir, file), text, { mode: 0o644 })
  }
  for (const dir of imageDirs) mkdirSync(join(rootDir, dir), { recursive: true })
  const mounts = inOrder(base.mounts, skeleton.image.links)
  const lines = skeleton.lines.filter(({ target }) => plan.joinsPod !== true || !isOfProc(target))
  const common = lines.map((line) => commonLine(plan, line, mounts))
  const mountinfo = ownMounts()
  const volumes = mounts.map((mount) => volumeLine(plan, mounts, mount, mountinfo))
  if (workingDir !== undefined) makeWorkingDir(plan, mounts, workingDir)
  keepModes(rootDir)
  return tableText([root, ...common, ...volumes])
}

const isOfProc = (target: string): boolean => target === '/proc' || target.startsWith('/proc/')

/** What makes the root directory a container's root: the skeleton below it, or all that is in the skeleton in itself. */
function rootLine(rootDir: string, skeleton: Skeleton): TableLine {
  if (skeleton.lower === undefined) {
    fillRoot(rootDir, skeleton)
    return bind(rootDir, rootDir)
  }
  const work = join(dirname(rootDir), 'work')
  mkdirSync(rootDir, { recursive: true })
  mkdirSync(work)
  const layers = { upper: rootDir, work, lower: skeleton.lower }
  return writableOverlay(layers, rootDir, skeleton.isRoot)
}

/** A folder in the upper layer hides the permissions of the one that it is laid over. */
function keepModes(rootDir: string): void {
  for (const [folder, mode] of Object.entries(EMPTY_FOLDERS)) {
    const place = join(rootDir, folder)
    if (existsSync(place)) chmodSync(place, mode)
  }
}

/** A mount of the skeleton, in this container's root. */
function commonLine(plan: RootPlan, line: TableLine, mounts: readonly Mount[]): TableLine {
  const { base, skeleton } = plan
  const target = join(base.rootDir, line.target)
  if (skeleton.image.folders.includes(line.target)) {
    const layered = layeredFolder(plan, line.target, mounts)
    if (layered !== undefined) return layered
  }
  return { ...line, target, ...(line.isOwn === true ? { source: target } : {}) }
}

/**
 * Where a volume is to be mounted below a folder of the machine, at a place that the machine does not have, a layer with
 * that place is laid over it: on the machine nothing is made. Undefined where there is no such volume.
 */
function layeredFolder(
  { base, skeleton }: RootPlan,
  path: string,
  mounts: readonly Mount[],
): TableLine | undefined {
  const { rootDir } = base
  const lacking = mounts.filter(
    ({ containerPath }) =>
      innermost(containerPath, skeleton.image.folders, String) === path &&
      innermost(containerPath, mounts, (mount) => mount.containerPath) === undefined &&
      !existsSync(containerPath),
  )
  if (lacking.length === 0) return undefined
  const layer = join(dirname(rootDir), 'places', path)
  mkdirSync(layer, { recursive: true })
  for (const { containerPath, hostPath } of lacking) {
    makeMountPoint(layer, relative(path, containerPath), isFolder(hostPath) ? 'folder' : 'file')
  }
  return overlay([layer, path], join(rootDir, path))
}

function volumeLine(
  { base, skeleton, labDir }: RootPlan,
  mounts: readonly Mount[],
  mount: Mount,
  mountinfo: string,
): TableLine {
  const { image, inside } = skeleton
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
  return bind(hostPath, join(base.rootDir, containerPath), { readOnly, mountinfo })
}

/** As runc does it; only in the container's own layer. */
function makeWorkingDir(
  { base, skeleton: { image } }: RootPlan,
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
