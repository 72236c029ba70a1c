/** A path in the container and where it is on the machine. */
export interface PathPair {
  readonly containerPath: string
  readonly realPath: string
}

/** What may stand before a path in an argument: a shell word's start, an assignment, a list, a quote, a redirection. */
const BEFORE = String.raw`(?<![A-Za-z0-9_.\-/$}~])`
/** A path ends at a slash or where a name cannot go on. */
const AFTER = String.raw`(?![A-Za-z0-9_.\-])`

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
