import { type Clock } from '../../core/index.ts'
import { createTargetChooser, type TargetChooser } from './choose-target.ts'
import { forwardTcp, type Forwarder } from './forward-tcp.ts'
import { forwardUdp } from './forward-udp.ts'
import type { Route } from './routes.ts'

/** What listens for Services just now. */
export interface Listeners extends AsyncDisposable {
  /**
   * Makes what listens for an owner (a Service's key) what is wanted. Gives the routes that could not be: their place is
   * taken, or this user may not have it. Calls for one owner must not overlap.
   */
  sync(owner: string, wanted: readonly Route[]): Promise<readonly Failure[]>
  /** Ids of the routes at work. */
  active(): readonly string[]
}

export interface Failure {
  readonly route: Route
  readonly error: unknown
}

interface Listener {
  readonly forwarder: Forwarder
  readonly chooser: TargetChooser
}

export function createListeners(clock: Clock): Listeners {
  const byOwner = new Map<string, Map<string, Listener>>()
  /** They listen no longer and still have connections. */
  const retired = new Set<Forwarder>()
  let isClosed = false
  const retire = ({ forwarder }: Listener): void => {
    retired.add(forwarder)
    void forwarder.retire().then(() => retired.delete(forwarder))
  }
  const open = async (route: Route): Promise<Listener> => {
    const chooser = createTargetChooser(route, clock)
    const forwarder = await (route.protocol === 'TCP' ? forwardTcp : forwardUdp)(route, chooser)
    return { forwarder, chooser }
  }
  return {
    async sync(owner, wanted) {
      const own = byOwner.get(owner) ?? new Map<string, Listener>()
      const ids = new Set(wanted.map(({ id }) => id))
      for (const [id, listener] of own) {
        if (ids.has(id)) continue
        own.delete(id)
        retire(listener)
      }
      const failures: Failure[] = []
      for (const route of wanted) {
        const there = own.get(route.id)
        if (there !== undefined) {
          there.chooser.update(route)
          continue
        }
        try {
          if (isClosed) break
          const opened = await open(route)
          own.set(route.id, opened)
        } catch (error) {
          failures.push({ route, error })
        }
      }
      if (own.size > 0) byOwner.set(owner, own)
      else byOwner.delete(owner)
      return failures
    },
    active: () => [...byOwner.values()].flatMap((own) => [...own.keys()]),
    async [Symbol.asyncDispose]() {
      isClosed = true
      const all = [...byOwner.values()].flatMap((own) => [...own.values()])
      byOwner.clear()
      const forwarders = [...all.map(({ forwarder }) => forwarder), ...retired]
      await Promise.all(forwarders.map((each) => each[Symbol.asyncDispose]()))
    },
  }
}
