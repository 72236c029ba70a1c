import type { Family, Sample } from '../exposition.ts'

/**
 * The wanted families of the last run, whose objects are filled again: a run has 25,000 samples at 250 pods, and all of
 * them would live until its end and be copied by the collector meanwhile.
 */
export type KeptFamilies = Map<string, KeptFamily>

export interface KeptFamily extends Family {
  readonly samples: Filled[]
  /** Of this run; what is behind them is left of the run before. */
  count: number
}

type Filled = { -readonly [Field in keyof Sample]: Sample[Field] }

/** Puts the kept family in the place of the declared one. */
export function keepFamily(
  kept: KeptFamilies,
  families: Map<string, Family>,
  declared: Family,
): KeptFamily {
  const { name, type } = declared
  const known = kept.get(name)
  if (known && known === declared) return known
  const family = known ?? { name, type, samples: [], count: 0 }
  family.type = type
  family.count = 0
  kept.set(name, family)
  families.set(name, family)
  return family
}

export function keepSample(
  family: KeptFamily,
  name: string,
  labels: Sample['labels'],
  value: number,
): void {
  const known = family.samples[family.count++]
  if (!known) {
    family.samples.push({ name, labels, value })
    return
  }
  known.name = name
  known.labels = labels
  known.value = value
}

/** After a run: what was left of the one before and was not filled again. */
export function dropRest(kept: KeptFamilies, families: ReadonlyMap<string, Family>): void {
  for (const [name, family] of kept) {
    if (families.get(name) !== family) kept.delete(name)
    else if (family.samples.length > family.count) family.samples.length = family.count
  }
}
