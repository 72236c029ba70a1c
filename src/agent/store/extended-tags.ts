const extended = new WeakMap<readonly string[], Map<string, readonly string[]>>()

/** The tags and one more: the same list for the same tags, run after run, as long as the tagger hands out the same lists. */
export function withTag(tags: readonly string[], more: string): readonly string[] {
  const known = extended.get(tags) ?? new Map<string, readonly string[]>()
  extended.set(tags, known)
  const made = known.get(more) ?? [...tags, more]
  known.set(more, made)
  return made
}
