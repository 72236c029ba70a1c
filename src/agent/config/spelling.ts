/** The known name that was probably meant: two letters away, one for a short name. undefined when there is none. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = name.length < 6 ? 2 : 3
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const away = distance(name, candidate)
    if (away < least) [best, least] = [candidate, away]
  }
  return best
}

/** ` (did you mean X?)`, or nothing. */
export function suggestion(name: string, known: Iterable<string>): string {
  const meant = nearest(name, known)
  return meant === undefined ? '' : ` (did you mean ${meant}?)`
}

/** How many letters must be added, taken away or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
