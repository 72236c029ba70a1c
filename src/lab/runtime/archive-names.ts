/**
 * `kubectl cp POD:/mount/file .` runs `tar cf - /mount/file` in the container, and refuses an archive whose files are not
 * below what it asked for. Here tar reads them at their real paths (`rewriteArgv`); so it is told to write down the names
 * that were asked for. GNU tar's `--transform`: of files and hard links, not of what symbolic links say.
 */
export function keepArchiveNames(
  asked: readonly string[],
  real: readonly string[],
): readonly string[] {
  if (asked[0] !== 'tar' || asked[1] !== 'cf') return real
  const transforms = asked.flatMap((path, index) => {
    const where = real[index] ?? path
    if (where === path || !path.startsWith('/') || !where.startsWith('/')) return []
    const [from, to] = [pattern(where.slice(1)), replacement(path.slice(1))]
    return [`--transform=s,^/\\?${from},${to},rhS`]
  })
  return transforms.length === 0 ? real : [...real.slice(0, 3), ...transforms, ...real.slice(3)]
}

/** As a basic regular expression of sed, between commas. */
const pattern = (text: string): string => text.replaceAll(/[.*^$[\]\\,]/g, String.raw`\$&`)
const replacement = (text: string): string => text.replaceAll(/[&\\,]/g, String.raw`\$&`)
