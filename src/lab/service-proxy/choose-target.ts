import type { Clock } from '../../core/index.ts'
import type { Route, Target } from './routes.ts'

/** Chooses for each connection where it goes. */
export interface TargetChooser {
  choose(client: string): Target | undefined
  update(route: Pick<Route, 'targets' | 'affinityMs'>): void
}

/** Clients that are remembered; the oldest is forgotten. */
const MAX_CLIENTS = 10_000

const placeOf = ({ address, port }: Target): string => `${address}:${port}`

/** Round robin; with an affinity a client comes to the same target while it keeps coming, and that one is there. */
export function createTargetChooser(
  route: Pick<Route, 'targets' | 'affinityMs'>,
  clock: Clock,
): TargetChooser {
  let { targets, affinityMs } = route
  let turn = 0
  const known = new Map<string, { readonly place: string; readonly at: number }>()
  const remembered = (client: string): Target | undefined => {
    const seen = known.get(client)
    if (seen === undefined || affinityMs === undefined) return undefined
    const isOld = clock.now() - seen.at > affinityMs
    return isOld ? undefined : targets.find((target) => placeOf(target) === seen.place)
  }
  return {
    choose(client) {
      const target = remembered(client) ?? targets[turn++ % targets.length]
      if (affinityMs === undefined || target === undefined) return target
      known.delete(client)
      known.set(client, { place: placeOf(target), at: clock.now() })
      const oldest = known.keys().next()
      if (known.size > MAX_CLIENTS && !oldest.done) known.delete(oldest.value)
      return target
    },
    update(next) {
      ;({ targets, affinityMs } = next)
      if (affinityMs === undefined) known.clear()
    },
  }
}
