/** What a percentage is made of: the usage of a run, until its limit comes. */
export interface RememberedUsage {
  value: number
  tags: readonly string[]
  /** The run that it is of. */
  run: number
}

/** Of one limit family: by the sample's `name`. Entries are filled again in each run. */
export interface UsageMemory {
  readonly byName: Map<string, RememberedUsage>
  run: number
  /** Entries of this run. */
  count: number
}

/** Begins a run: what was remembered before is not found any more. */
export function startRemembering(memories: Map<string, UsageMemory>, limit: string): UsageMemory {
  const memory = memories.get(limit) ?? { byName: new Map(), run: 0, count: 0 }
  memories.set(limit, memory)
  memory.run += 1
  memory.count = 0
  return memory
}

export function remember(
  memory: UsageMemory,
  name: string,
  value: number,
  tags: readonly string[],
): void {
  const { run } = memory
  const known = memory.byName.get(name)
  if (known?.run !== run) memory.count += 1
  if (!known) {
    memory.byName.set(name, { value, tags, run })
    return
  }
  known.value = value
  known.tags = tags
  known.run = run
}

/** The usage of this run. */
export function rememberedOf(memory: UsageMemory, name: string): RememberedUsage | undefined {
  const known = memory.byName.get(name)
  return known?.run === memory.run ? known : undefined
}

/** Ends a run: lets go of containers that are not there any more. */
export function forgetOlder({ byName, run, count }: UsageMemory): void {
  if (byName.size === count) return
  for (const [name, known] of byName) if (known.run !== run) byName.delete(name)
}
