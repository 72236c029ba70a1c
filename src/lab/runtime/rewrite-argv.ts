/** A path in the container and where it is on the machine. */
export interface PathPair {
  readonly containerPath: string
  readonly realPath: string
}

/** A path begins at the start, or after what separates words in a shell, assignments and lists. */
const BEFORE = '(?<=^|[\\s"\'`=:,;<>|&(])'
/** It ends at a slash, at the end, or at such a separator: `/a+b` is another name. */
const AFTER = '(?=$|[\\s"\'`/:,;<>|&)}])'

/**
 * Foreign programs know nothing of `SUBLET_CONTAINER_ROOT`: occurrences of the container's mount paths in their arguments
 * become the real paths. Longest path first, only whole path segments, each place at most once (what was written in is
 * not looked at again).
 */
export function rewriteArgv(argv: readonly string[], pairs: readonly PathPair[]): string[] {
  const known = new Map<string, string>()
  for (const { containerPath, realPath } of pairs) {
    const path = containerPath.replace(/\/+$/, '')
    if (path.startsWith('/')) known.set(path, realPath.replace(/\/+$/, ''))
  }
  if (known.size === 0) return [...argv]
  const longestFirst = [...known.keys()].toSorted((a, b) => b.length - a.length)
  const pattern = new RegExp(`${BEFORE}(?:${longestFirst.map(escape).join('|')})${AFTER}`, 'g')
  return argv.map((argument) => argument.replaceAll(pattern, (path) => known.get(path) ?? path))
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
