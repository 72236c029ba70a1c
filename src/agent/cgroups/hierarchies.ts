import { existsSync, readdirSync, type Dirent } from 'node:fs'
import { join } from 'node:path'

/** Version 1's controllers that are read here. */
export const CONTROLLERS = ['memory', 'cpuacct', 'cpu', 'cpuset', 'blkio', 'pids'] as const
export type Controller = (typeof CONTROLLERS)[number]

/** A node's control groups: one tree (version 2), or one for each controller (version 1). */
export type Hierarchies =
  | { readonly version: 2; readonly root: string }
  | { readonly version: 1; readonly roots: ReadonlyMap<Controller, string> }

/** undefined when there are none to be read below `root`. */
export function openHierarchies(root: string): Hierarchies | undefined {
  if (existsSync(join(root, 'cgroup.controllers'))) return { version: 2, root }
  const roots = new Map<Controller, string>()
  for (const entry of list(root)) {
    // Controllers that are mounted together: `cpu,cpuacct`.
    for (const name of entry.name.split(',')) {
      const controller = CONTROLLERS.find((one) => one === name)
      if (controller && !roots.has(controller)) roots.set(controller, join(root, entry.name))
    }
  }
  return roots.size === 0 ? undefined : { version: 1, roots }
}

/** No node nests deeper, or holds more groups. */
const MAX_DEPTH = 16
const MAX_GROUPS = 50_000

/** A container's id as runtimes write it into a directory's name: `<id>`, `docker-<id>.scope`, `cri-containerd-<id>.scope`. */
const CONTAINER = /^(?:([a-z-]+)-)?([0-9a-f]{64})(?:\.scope)?$/

export interface FoundGroup {
  readonly id: string
  /** Absolute. */
  readonly path: string
  /** What the directory's name says: `docker`, `cri-containerd`, `crio`; mostly nothing. */
  readonly prefix: string
}

/** The containers' groups of one tree. What is inside of a container is not looked at. */
export function findContainers(root: string): FoundGroup[] {
  const found: FoundGroup[] = []
  let seen = 0
  const walk = (dir: string, depth: number): void => {
    for (const entry of list(dir)) {
      if (!entry.isDirectory()) continue
      if (depth > MAX_DEPTH || ++seen > MAX_GROUPS) return
      const path = join(dir, entry.name)
      const [, prefix = '', id] = CONTAINER.exec(entry.name) ?? []
      // CRI-O's monitor of a container has a group of its own.
      if (id === undefined) walk(path, depth + 1)
      else if (prefix !== 'crio-conmon') found.push({ id, path, prefix })
    }
  }
  walk(root, 0)
  return found
}

function list(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
  } catch {
    return []
  }
}
