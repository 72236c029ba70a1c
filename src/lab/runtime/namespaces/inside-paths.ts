import { realpathSync } from 'node:fs'
import { basename, join, resolve, sep } from 'node:path'
import { PROJECT_FOLDER } from '../../../core/index.ts'
import type { Programs } from '../launch.ts'

/** Something of the machine that every container sees. */
export interface Shared {
  readonly source: string
  readonly target: string
}

/** How Sublet's own programs get into containers: what is mounted, and what their files are called there. */
export interface InsidePaths {
  readonly shared: readonly Shared[]
  /** The folder of the programs that are in every PATH. */
  readonly binDir: string
  /** Of a file of Sublet or Node on the machine; other words stay as they are. */
  readonly toInside: (word: string) => string
}

const INSIDE = '/opt/sublet'
/**
 * The project and Node below /opt/sublet: nothing says where they are on the machine, or shows what else is there. As a
 * dependency of another project, Sublet comes with the `node_modules` folder that its own dependencies are in.
 */
export function insidePaths(programs: Programs, binDir: string): InsidePaths {
  const project = realpathSync(PROJECT_FOLDER)
  const node = realpathSync(programs.node)
  const names = new Map<string, string>()
  const shared: Shared[] = [{ source: binDir, target: `${INSIDE}/path` }]
  const outer = outerModules(project)
  const inside =
    outer === undefined ? INSIDE : `${INSIDE}/node_modules${project.slice(outer.length)}`
  if (outer === undefined) {
    for (const name of ['bin', 'dist', 'node_modules', 'package.json']) {
      shared.push({ source: join(project, name), target: `${INSIDE}/${name}` })
    }
  } else {
    shared.push({ source: outer, target: `${INSIDE}/node_modules` })
  }
  if (node.startsWith('/usr/')) names.set(programs.node, node)
  else {
    names.set(programs.node, `${INSIDE}/node`)
    shared.push({ source: node, target: `${INSIDE}/node` })
  }
  const sublet = resolve(programs.sublet)
  if (!sublet.startsWith(PROJECT_FOLDER + sep)) {
    names.set(programs.sublet, `${INSIDE}/program/${basename(sublet)}`)
    shared.push({ source: sublet, target: `${INSIDE}/program/${basename(sublet)}` })
  }
  return {
    shared,
    binDir: `${INSIDE}/path`,
    toInside(word) {
      const known = names.get(word)
      if (known !== undefined) return known
      const path = word === programs.sublet ? sublet : word
      return path.startsWith(PROJECT_FOLDER + sep)
        ? inside + path.slice(PROJECT_FOLDER.length)
        : word
    },
  }
}

/** The outermost `node_modules` folder that the project is in; undefined in a checkout. */
function outerModules(project: string): string | undefined {
  const parts = project.split(sep)
  const index = parts.indexOf('node_modules')
  return index < 0 ? undefined : parts.slice(0, index + 1).join(sep)
}
