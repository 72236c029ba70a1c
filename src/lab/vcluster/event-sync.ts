import {
  EVENTS,
  KubeStatusError,
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type Reflector,
} from '../../kube/index.ts'
import { hostName } from '../../tenants/index.ts'
import { stableJson } from './config-sync.ts'
import type { SyncContext } from './context.ts'
import { involvedOf, virtualEventOf } from './translate-event.ts'

export interface EventSyncOptions {
  readonly context: SyncContext
  readonly virtual: KubeClient
  /** Events of the vcluster's host namespace. */
  readonly events: Reflector<KubeObject>
  /** The virtual objects that events can be about, by kind. */
  readonly about: Readonly<Record<string, Reflector<KubeObject>>>
}

/** Copies events of the host about synced objects into the virtual cluster. */
export interface EventSync {
  /** `name` is that of the host's event. What is about nothing virtual is passed over. */
  sync(name: string): Promise<void>
}

export function createEventSync(options: EventSyncOptions): EventSync {
  const { context, virtual, events } = options
  /** Host names of virtual objects by kind: a host name is never taken apart. */
  const names = new Map<string, KubeObject>()
  for (const [kind, copy] of Object.entries(options.about)) {
    const idOf = ({ metadata }: KubeObject): string =>
      `${kind}/${hostName(metadata.name ?? '', metadata.namespace ?? '', context.vcluster)}`
    for (const object of copy.list()) names.set(idOf(object), object)
    copy.onChange(({ type, object }) => {
      if (type === 'deleted') names.delete(idOf(object))
      else names.set(idOf(object), object)
    })
  }
  return {
    async sync(name) {
      const event = events.get({ namespace: context.hostNamespace, name })
      const involved = event && involvedOf(event)
      if (event === undefined || involved === undefined) return
      const about = names.get(`${involved.kind}/${involved.name}`)
      if (about === undefined) return
      await write(virtual, virtualEventOf(event, about))
    },
  }
}

async function write(client: KubeClient, event: KubeObject): Promise<void> {
  try {
    await client.create(EVENTS, event)
  } catch (error) {
    // A namespace that goes away takes no new objects.
    if (isNotFound(error) || (error instanceof KubeStatusError && error.status.code === 403)) return
    if (!isConflict(error)) throw error
    const { namespace, name = '' } = event.metadata
    const there = await client.get<KubeObject>(EVENTS, { namespace, name })
    const facts = (one: KubeObject): string =>
      stableJson({ ...one, metadata: undefined, involvedObject: undefined })
    if (facts(there) === facts(event)) return
    await client.update(EVENTS, { ...event, metadata: there.metadata })
  }
}
