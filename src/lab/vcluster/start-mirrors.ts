import type { KubeObject, PersistentVolumeClaim, Reflector } from '../../kube/index.ts'
import type { Caches } from './caches.ts'
import { claimRules, syncFakeVolume } from './claim-rules.ts'
import { endpointsRules } from './endpoints-rules.ts'
import { createEventSync } from './event-sync.ts'
import { textOfKey } from './host-identity.ts'
import { createMirror } from './mirror.ts'
import { serviceRules } from './service-rules.ts'
import type { OpenQueue, SyncerOptions } from './syncer.ts'

/** Services, Endpoints and claims. */
export function startMirrors(options: SyncerOptions, caches: Caches, open: OpenQueue): void {
  const { context, virtual, host } = options
  const both = { context, virtual, host }
  const services = createMirror({
    ...both,
    virtualCopy: caches.services,
    hostCopy: caches.hostServices,
    rules: serviceRules(both),
  })
  const serviceQueue = open((key) => services.sync(key))
  services.follow((key) => serviceQueue.add(key))

  const endpoints = createMirror({
    ...both,
    virtualCopy: caches.endpoints,
    hostCopy: caches.hostEndpoints,
    rules: endpointsRules({
      context,
      host,
      serviceOf: ({ metadata: { namespace, name = '' } }) =>
        caches.services.get({ namespace, name }),
    }),
  })
  const endpointsQueue = open((key) => endpoints.sync(key))
  endpoints.follow((key) => endpointsQueue.add(key))
  caches.services.onChange(({ object }) => endpointsQueue.add(textOfKey(object.metadata)))

  const claims = createMirror({
    ...both,
    virtualCopy: caches.claims,
    hostCopy: caches.hostClaims,
    rules: claimRules(both),
  })
  const claimQueue = open((key) => claims.sync(key))
  claims.follow((key) => claimQueue.add(key))
  const volumeQueue = open((name) => syncFakeVolume(virtual, name, caches.claims.list()))
  caches.claims.onChange(({ type, object, previous }) => {
    const name = volumeOf(object)
    if (name && (type === 'deleted' || name !== (previous && volumeOf(previous))))
      volumeQueue.add(name)
  })
}

const volumeOf = ({ spec }: PersistentVolumeClaim): string | undefined =>
  spec['volumeName'] as string | undefined

/** Events of the host about what is synced. */
export function startEvents(options: SyncerOptions, caches: Caches, open: OpenQueue): void {
  const about: Record<string, Reflector<KubeObject>> = {
    Pod: caches.pods,
    Service: caches.services,
    Secret: caches.secrets,
    ConfigMap: caches.configMaps,
  }
  const { context, virtual } = options
  const events = createEventSync({ context, virtual, events: caches.hostEvents, about })
  const queue = open((name) => events.sync(name))
  caches.hostEvents.onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(object.metadata.name ?? '')
  })
  for (const { metadata } of caches.hostEvents.list()) queue.add(metadata.name ?? '')
}
