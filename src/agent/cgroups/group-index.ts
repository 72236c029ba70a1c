import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { isFresh } from '../is-fresh.ts'
import {
  findContainers,
  type Controller,
  type FoundGroup,
  type Hierarchies,
} from './hierarchies.ts'

/** A container's directories: in one tree, or one for each controller that accounts it. */
export interface Group {
  readonly id: string
  readonly prefix: string
  /** Where a controller's files are; undefined: not accounted. */
  readonly dir: (controller: Controller) => string | undefined
  /** The same of the group around it: the pod's. */
  readonly parent: (controller: Controller) => string | undefined
}

export interface GroupIndex {
  /** Looks the tree through again when the id is not known, at most once in the cache's time. */
  find(id: string): Group | undefined
  /** All containers that have a group now. */
  all(): readonly Group[]
}

/** Which container has which group. Version 1's other trees mostly have the same paths as the first. */
export function createGroupIndex(
  hierarchies: Hierarchies,
  options: { readonly now: () => number; readonly cacheMs: number },
): GroupIndex {
  let groups = new Map<string, Group>()
  let readAt: number | undefined
  const refresh = (): void => {
    if (isFresh(readAt, options.now(), options.cacheMs)) return
    readAt = options.now()
    groups = readGroups(hierarchies)
  }
  return {
    find(id) {
      const known = groups.get(id)
      if (known && existsSync(known.dir('memory') ?? known.dir('pids') ?? '')) return known
      refresh()
      return groups.get(id)
    },
    all() {
      refresh()
      return [...groups.values()]
    },
  }
}

function readGroups(hierarchies: Hierarchies): Map<string, Group> {
  if (hierarchies.version === 2) {
    const found = findContainers(hierarchies.root)
    return new Map(found.map((one) => [one.id, groupAt(one, () => one.path)]))
  }
  const { roots } = hierarchies
  const trees = new Map<Controller, ReadonlyMap<string, FoundGroup>>()
  const tree = (controller: Controller, root: string): ReadonlyMap<string, FoundGroup> => {
    const known = trees.get(controller)
    if (known) return known
    const read = new Map(findContainers(root).map((one) => [one.id, one]))
    trees.set(controller, read)
    return read
  }
  const [first] = roots
  if (!first) return new Map()
  const base = tree(...first)
  const groups = [...base.values()].map((one) => {
    const place = relative(first[1], one.path)
    return groupAt(one, (controller) => {
      const root = roots.get(controller)
      if (root === undefined) return undefined
      const same = join(root, place)
      return existsSync(same) ? same : tree(controller, root).get(one.id)?.path
    })
  })
  return new Map(groups.map((group) => [group.id, group]))
}

function groupAt(
  { id, prefix }: FoundGroup,
  find: (controller: Controller) => string | undefined,
): Group {
  const dirs = new Map<Controller, string | undefined>()
  const dir = (controller: Controller): string | undefined => {
    if (!dirs.has(controller)) dirs.set(controller, find(controller))
    return dirs.get(controller)
  }
  return {
    id,
    prefix,
    dir,
    parent(controller) {
      const own = dir(controller)
      return own === undefined ? undefined : dirname(own)
    },
  }
}
