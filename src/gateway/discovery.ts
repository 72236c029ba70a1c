import { describeError, type Logger } from '../core/index.ts'
import {
  createReflector,
  matchesLabels,
  NAMESPACES,
  parseLabelSelector,
  PODS,
  type KubeClient,
  type KubeObject,
  type Pod,
  type Reflector,
} from '../kube/index.ts'
import { findVclusters, type NotAControlPlane } from '../tenants/index.ts'
import type { GatewayConfig, TenantConfig } from './config.ts'
import type { ObjectSource } from './discover-config.ts'
import { discoveredTenant, objectNameOf } from './discovered-tenant.ts'
import { createObjectWatches, type ObjectWatches } from './object-watches.ts'

/** Follows the host's API server and says which tenants there are. */
export interface Discovery extends AsyncDisposable {
  /** After the first look; rejects only when it is closed before that. */
  readonly ready: Promise<void>
}

export interface DiscoveryOptions {
  readonly config: GatewayConfig
  /** The host's API server. */
  readonly client: KubeClient
  readonly log: Logger
  /** All tenants, those of the file too; again after each change. */
  readonly found: (tenants: readonly TenantConfig[]) => void
  /** How many pods look like a control plane and are none, by reason. */
  readonly ignored?: (counts: ReadonlyMap<NotAControlPlane, number>) => void
}

/** Whether the host must be watched for these tenants. */
export function needsDiscovery({ discover, tenants }: GatewayConfig): boolean {
  return (
    discover !== undefined ||
    tenants.some(({ namespaceSelector }) => namespaceSelector !== undefined)
  )
}

/**
 * Watches, never polls: the control planes' pods (those of the named namespaces, or all), the namespaces where a tenant is
 * known by their labels, and for each vcluster the one object that holds its keys or its CA, where the operator names one.
 */
export function startDiscovery(options: DiscoveryOptions): Discovery {
  const { config, client, log } = options
  const { discover } = config
  const bySelector = config.tenants.some(({ namespaceSelector }) => namespaceSelector !== undefined)
  const scopes = discover && (discover.namespaces.length > 0 ? discover.namespaces : [undefined])
  const pods = (scopes ?? []).map((namespace) =>
    createReflector<Pod>(client, PODS, { namespace, labelSelector: discover?.labelSelector, log }),
  )
  const namespaces = bySelector ? createReflector(client, NAMESPACES, { log }) : undefined
  const reflectors: readonly Reflector<KubeObject>[] = [
    ...(pods as readonly Reflector<KubeObject>[]),
    ...(namespaces ? [namespaces] : []),
  ]
  let isReady = false
  let due = false
  const look = (): void => {
    due = false
    if (!isReady) return
    try {
      options.found(tenantsNow(options, pods, namespaces, objects))
    } catch (error) {
      log.error({ error: describeError(error) }, 'the tenants cannot be told')
    }
  }
  /** Many changes that come together are one. */
  const lookSoon = (): void => {
    if (due) return
    due = true
    setImmediate(look)
  }
  const objects = createObjectWatches(client, log, lookSoon)
  for (const reflector of reflectors) reflector.onChange(lookSoon)
  const ready = Promise.all(reflectors.map((each) => each.ready)).then(() => {
    isReady = true
    look()
  })
  ready.catch(() => undefined)
  return {
    ready,
    async [Symbol.asyncDispose]() {
      isReady = false
      await Promise.all([...reflectors, objects].map((each) => each[Symbol.asyncDispose]()))
    },
  }
}

function tenantsNow(
  { config, ignored }: DiscoveryOptions,
  pods: readonly Reflector<Pod>[],
  namespaces: Reflector<KubeObject> | undefined,
  objects: ObjectWatches,
): TenantConfig[] {
  const { discover } = config
  const configured = config.tenants.map((tenant) => ({
    ...tenant,
    hostNamespaces: namespacesOf(tenant, namespaces),
  }))
  if (discover === undefined) return configured
  const result = findVclusters(pods.flatMap((reflector) => reflector.list()))
  ignored?.(new Map([...result.ignored].map(([reason, list]) => [reason, list.length])))
  const found = result.found.filter(({ name, namespace }) => !isListed(name, namespace, configured))
  objects.want(
    found.flatMap(({ name, namespace }) =>
      [discover.ca, discover.keys].filter(isObject).map((source) => ({
        kind: source.kind,
        namespace,
        name: objectNameOf(source, name),
      })),
    ),
  )
  const textOf = (source: ObjectSource, namespace: string, vcluster: string): string | undefined =>
    objects.text({ kind: source.kind, namespace, name: objectNameOf(source, vcluster) }, source.key)
  return [...configured, ...found.map((each) => discoveredTenant(each, discover, textOf))]
}

const isObject = (source: { readonly kind: string } | undefined): source is ObjectSource =>
  source?.kind === 'configMap' || source?.kind === 'secret'

/** A vcluster that the file lists is not found a second time. */
function isListed(name: string, namespace: string, configured: readonly TenantConfig[]): boolean {
  return configured.some(
    ({ vcluster, hostNamespaces }) => vcluster === name && hostNamespaces.includes(namespace),
  )
}

function namespacesOf(
  { hostNamespaces, namespaceSelector }: TenantConfig,
  namespaces: Reflector<KubeObject> | undefined,
): readonly string[] {
  if (namespaceSelector === undefined || namespaces === undefined) return hostNamespaces
  const selector = parseLabelSelector(namespaceSelector)
  if (!selector.ok) return []
  return namespaces
    .list()
    .filter(({ metadata }) => matchesLabels(selector.requirements, metadata.labels))
    .flatMap(({ metadata }) => metadata.name ?? [])
    .toSorted()
}
