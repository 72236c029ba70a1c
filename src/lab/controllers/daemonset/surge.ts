import type { DaemonSet, Pod } from '../../../kube/index.ts'
import { amountOf } from '../common/amount.ts'

/** How many nodes may have an old and a new pod at a time; none without `maxSurge`. A percentage is rounded up. */
export function surgeOf({ spec }: DaemonSet, desired: number): number {
  const { type = 'RollingUpdate', rollingUpdate } = spec.updateStrategy ?? {}
  return type === 'RollingUpdate' ? amountOf(rollingUpdate?.maxSurge ?? 0, desired, 'up') : 0
}

export interface SurgeSteps {
  /** Nodes whose old pod gets a new one beside it. */
  readonly create: readonly string[]
  /** Old pods whose new one is available. */
  readonly remove: readonly Pod[]
}

/**
 * A rolling update with `maxSurge` (daemon/update.go): first a new pod where the old one is of no use, then beside as many
 * others as may be; an old one goes when its new one is available. `old`: by node, those of another template; `surged`:
 * the new pods beside them.
 */
export function surgeSteps(
  old: ReadonlyMap<string, Pod>,
  surged: ReadonlyMap<string, Pod>,
  most: number,
  isUsable: (pod: Pod) => boolean,
): SurgeSteps {
  const alone = [...old].filter(([node]) => !surged.has(node))
  const useless = alone.filter(([, pod]) => !isUsable(pod)).map(([node]) => node)
  const candidates = alone.filter(([, pod]) => isUsable(pod)).map(([node]) => node)
  const starting = [...surged.values()].filter((pod) => !isUsable(pod)).length
  const done = [...surged].filter(([, pod]) => isUsable(pod))
  return {
    create: [...useless, ...candidates.slice(0, Math.max(0, most - starting))],
    remove: done.flatMap(([node]) => old.get(node) ?? []),
  }
}
