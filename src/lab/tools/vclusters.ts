import { SubletError, waitFor } from '../../core/index.ts'
import {
  NAMESPACES,
  PERSISTENTVOLUMECLAIMS,
  PODS,
  SERVICES,
  STATEFULSETS,
  createKubeClient,
  isConflict,
  isNotFound,
  loadKubeconfig,
  type KubeClient,
  type Pod,
  type Service,
  type StatefulSet,
} from '../../kube/index.ts'
import { applyObjects, deleteObjects } from '../apply-objects.ts'
import { HOST_CONTEXT, vclusterContext, type VclusterAccess } from '../lab-kubeconfig.ts'
import { readAccess } from '../start-vclusters.ts'
import { readFacts, rewriteFacts, type StateDir } from '../state.ts'
import { VCLUSTER_IMAGE, corednsWorkload, vclusterHostManifests } from '../vcluster/index.ts'
import { removeContext } from './contexts.ts'
import { withLock } from './with-lock.ts'

const TIMEOUT_MS = 60_000

/** A vcluster of the running lab, as `vcluster list` shows it. */
export interface ListedVcluster {
  readonly name: string
  readonly namespace: string
  readonly status: string
  readonly version: string
  /** RFC 3339 */
  readonly created: string
  readonly context: string
}

/** A client of the running lab's host cluster. Throws E_LAB_NOT_RUNNING, E_LAB_STALE. */
export async function hostClient(dir: StateDir): Promise<KubeClient> {
  readFacts(dir)
  const { options } = await loadKubeconfig(dir.kubeconfig, HOST_CONTEXT)
  return createKubeClient(options)
}

/** Every vcluster that the host cluster has, whoever has made it. */
export async function listVclusters(host: KubeClient): Promise<ListedVcluster[]> {
  const selector = { labelSelector: 'app=vcluster' }
  const [sets, pods] = await Promise.all([
    host.list<StatefulSet>(STATEFULSETS, selector),
    host.list<Pod>(PODS, selector),
  ])
  return sets.items.map(({ metadata }) => {
    const { name = '', namespace = '', creationTimestamp = '' } = metadata
    const pod = pods.items.find(
      (one) => one.metadata.namespace === namespace && one.metadata.name === `${name}-0`,
    )
    return {
      name,
      namespace,
      status: pod?.status?.phase ?? 'Pending',
      version: VCLUSTER_IMAGE.split(':')[1] ?? '',
      created: creationTimestamp,
      context: vclusterContext({ name, hostNamespace: namespace }),
    }
  })
}

/**
 * The one vcluster of that name, in that namespace if one is given. Throws E_INPUT, which names those that there are, when
 * there is none or more than one.
 */
export async function findVcluster(
  host: KubeClient,
  name: string,
  namespace?: string,
): Promise<ListedVcluster> {
  const all = await listVclusters(host)
  const found = all.filter(
    (one) => one.name === name && (namespace === undefined || one.namespace === namespace),
  )
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  const known = all.map((one) => `${one.name} in ${one.namespace}`).join(', ') || 'none'
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`
  throw new SubletError(
    'E_INPUT',
    first === undefined
      ? `couldn't find vcluster ${name}${where} (there are: ${known})`
      : `there are several vclusters ${name}: ${known}`,
    { hint: 'Name one of them, with its --namespace.' },
  )
}

/** How a cluster administrator reaches it. Throws E_INPUT while its API server has not come up yet. */
export async function accessOf(
  host: KubeClient,
  { name, namespace }: ListedVcluster,
): Promise<VclusterAccess> {
  const access = await readAccess(host, name, namespace)
  if (access !== undefined) return access
  throw new SubletError('E_INPUT', `vcluster ${name} in namespace ${namespace} is not ready yet`, {
    hint: `Wait for it: kubectl wait --for=condition=ready pod -l app=vcluster -n ${namespace}`,
  })
}

/**
 * Creates a vcluster as `vcluster create` does: the chart's objects on the host, then CoreDNS in it. Returns when its API
 * server answers; its pod is ready then or in a moment. Throws E_INPUT when it exists.
 */
export async function createVcluster(options: {
  readonly dir: StateDir
  readonly host: KubeClient
  readonly name: string
  readonly namespace: string
  readonly syncNodes: boolean
  readonly signal: AbortSignal
}): Promise<VclusterAccess> {
  const { dir, host, name, namespace, signal } = options
  const all = await listVclusters(host)
  if (all.some((one) => one.name === name && one.namespace === namespace)) {
    throw new SubletError('E_INPUT', `vcluster ${name} already exists in namespace ${namespace}`, {
      hint: `Use it with \`vcluster connect ${name} --namespace ${namespace}\`, or delete it first.`,
    })
  }
  const { nodeName } = readFacts(dir)
  const kubernetes = await host.get<Service>(SERVICES, { namespace: 'default', name: 'kubernetes' })
  const servicePort = kubernetes.spec.ports?.[0]?.port ?? 443
  const [home, ...objects] = vclusterHostManifests({
    name,
    hostNamespace: namespace,
    servicePort,
    nodeName,
    hasVolume: true,
    syncNodes: options.syncNodes,
  })
  // A namespace that is there already keeps its labels.
  if (home !== undefined) await host.create(NAMESPACES, home).catch(unlessThere)
  await applyObjects(host, objects)
  const access = await waitFor(
    `the API server of vcluster ${name}`,
    () => readAccess(host, name, namespace),
    { timeoutMs: TIMEOUT_MS, intervalMs: 50, signal },
  )
  const client = createKubeClient(access.admin)
  try {
    await applyObjects(client, corednsWorkload())
  } finally {
    await client[Symbol.asyncDispose]()
  }
  await tellOfVcluster(dir, access)
  return access
}

/** So that `lab status`, `lab compare` and the others know of it. */
async function tellOfVcluster(dir: StateDir, access: VclusterAccess): Promise<void> {
  const { name, hostNamespace, api } = access
  const context = vclusterContext(access)
  const fact = { name, hostNamespace, api, context, startedAt: new Date().toISOString() }
  await withLock(dir.factsFile, () => {
    rewriteFacts(dir, (old) => ({
      ...old,
      vclusters: [...old.vclusters.filter((one) => one.context !== context), fact],
    }))
    return Promise.resolve()
  })
}

/**
 * Deletes a vcluster, its volume and its context, and waits until its pods, the synced ones too, are gone. Its namespace
 * goes only when that is asked for.
 */
export async function deleteVcluster(options: {
  readonly dir: StateDir
  readonly host: KubeClient
  readonly vcluster: ListedVcluster
  readonly keepVolume: boolean
  readonly deleteNamespace: boolean
  readonly signal: AbortSignal
}): Promise<void> {
  const { dir, host, vcluster, signal } = options
  const { name, namespace, context } = vcluster
  const objects = vclusterHostManifests({ name, hostNamespace: namespace, syncNodes: true })
  await deleteObjects(
    host,
    objects.filter(({ kind }) => kind !== 'Namespace'),
  )
  const claim = { namespace, name: `data-${name}-0` }
  if (!options.keepVolume) await host.delete(PERSISTENTVOLUMECLAIMS, claim).catch(unlessGone)
  if (options.deleteNamespace) await host.delete(NAMESPACES, { name: namespace }).catch(unlessGone)
  await removeContext(dir.kubeconfig, context, HOST_CONTEXT)
  await withLock(dir.factsFile, () => {
    rewriteFacts(dir, (old) => ({
      ...old,
      vclusters: old.vclusters.filter((one) => one.context !== context),
    }))
    return Promise.resolve()
  })
  await waitFor(
    `the end of pod ${namespace}/${name}-0`,
    async () => {
      const pods = await host.list<Pod>(PODS, { namespace, signal })
      const own = pods.items.filter(
        ({ metadata }) =>
          metadata.name === `${name}-0` ||
          metadata.labels?.['vcluster.loft.sh/managed-by'] === name,
      )
      return own.length === 0 ? true : undefined
    },
    { timeoutMs: TIMEOUT_MS, intervalMs: 100, signal },
  )
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error
}

/** Creates a namespace that may be there already. */
export async function ensureNamespace(client: KubeClient, name: string): Promise<void> {
  await client.create(NAMESPACES, { metadata: { name } }).catch(unlessThere)
}

function unlessThere(error: unknown): void {
  if (!isConflict(error)) throw error
}
