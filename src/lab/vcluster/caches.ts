import type { Stack } from '../../core/index.ts'
import {
  CONFIGMAPS,
  ENDPOINTS,
  EVENTS,
  NAMESPACES,
  NODES,
  PERSISTENTVOLUMECLAIMS,
  PODS,
  SECRETS,
  SERVICES,
  createReflector,
  type ConfigMap,
  type Endpoints,
  type KubeObject,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
  type Reflector,
  type Resource,
  type Secret,
  type Service,
} from '../../kube/index.ts'
import { keys } from '../../tenants/index.ts'
import type { SyncerOptions } from './syncer.ts'

/** The copies of both sides that the syncer works from; each is one watch, the virtual ones shared with the controllers. */
export interface Caches {
  readonly namespaces: Reflector<KubeObject>
  readonly nodes: Reflector<Node>
  readonly pods: Reflector<Pod>
  readonly secrets: Reflector<Secret>
  readonly configMaps: Reflector<ConfigMap>
  readonly services: Reflector<Service>
  readonly endpoints: Reflector<Endpoints>
  readonly claims: Reflector<PersistentVolumeClaim>
  /** The host's: of its namespace, and but for events only what has the marker. */
  readonly hostPods: Reflector<Pod>
  readonly hostServices: Reflector<Service>
  readonly hostEndpoints: Reflector<Endpoints>
  readonly hostClaims: Reflector<PersistentVolumeClaim>
  readonly hostEvents: Reflector<KubeObject>
  /** Only with `sync.fromHost.nodes`. */
  readonly hostNodes: Reflector<Node> | undefined
}

/** Opens all of them; the host's close with the stack. Resolves when each has been read once. */
export async function openCaches(options: SyncerOptions, stack: Stack): Promise<Caches> {
  const { context, log } = options
  const all: Reflector<never>[] = []
  const keep = <T extends KubeObject>(copy: Reflector<T>): Reflector<T> => {
    all.push(copy as unknown as Reflector<never>)
    return stack.use(copy)
  }
  const virtual = <T extends KubeObject>(of: Resource): Reflector<T> => {
    const copy = options.informers.of<T>(of)
    all.push(copy as unknown as Reflector<never>)
    return copy
  }
  const namespace = context.hostNamespace
  const labelSelector = `${keys.MANAGED_BY}=${context.vcluster}`
  const host = <T extends KubeObject>(of: Resource): Reflector<T> =>
    keep(createReflector<T>(options.host, of, { log, namespace, labelSelector }))
  const caches: Caches = {
    namespaces: virtual(NAMESPACES),
    nodes: virtual(NODES),
    pods: virtual(PODS),
    secrets: virtual(SECRETS),
    configMaps: virtual(CONFIGMAPS),
    services: virtual(SERVICES),
    endpoints: virtual(ENDPOINTS),
    claims: virtual(PERSISTENTVOLUMECLAIMS),
    hostPods: host(PODS),
    hostServices: host(SERVICES),
    hostEndpoints: host(ENDPOINTS),
    hostClaims: host(PERSISTENTVOLUMECLAIMS),
    hostEvents: keep(createReflector(options.host, EVENTS, { log, namespace })),
    hostNodes: context.syncNodes
      ? keep(createReflector<Node>(options.host, NODES, { log }))
      : undefined,
  }
  await Promise.all(all.map((copy) => copy.ready))
  return caches
}
