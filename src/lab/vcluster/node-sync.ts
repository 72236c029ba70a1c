import { rfc3339, systemClock } from '../../core/index.ts'
import {
  NODES,
  SERVICES,
  isConflict,
  isNotFound,
  type KubeClient,
  type Node,
  type ObjectKey,
  type Pod,
  type Resource,
  type Service,
} from '../../kube/index.ts'
import { stableJson } from './config-sync.ts'
import { type SyncContext } from './context.ts'
import { createHostService } from './create-host-service.ts'
import { nodeServiceOf } from './node-service.ts'
import { pseudoNode } from './pseudo-node.ts'
import { syncedNode } from './synced-node.ts'

export interface NodeSyncOptions {
  readonly context: SyncContext
  readonly virtual: KubeClient
  readonly host: KubeClient
  readonly pods: () => readonly Pod[]
  /** The virtual cluster's node as the watch last told. */
  readonly virtualNode: (name: string) => Node | undefined
  /** The host's node; undefined where the syncer may not read nodes, which is the default. */
  readonly hostNode: ((name: string) => Node | undefined) | undefined
}

/** Keeps the virtual cluster's nodes: one for each host node that a virtual pod is on. */
export interface NodeSync {
  /** Makes sure that the node is there, whether or not a pod is on it. */
  ensure(name: string): Promise<void>
  /** Creates, updates or deletes it, as the pods and the host's node are now. */
  sync(name: string): Promise<void>
}

/**
 * Nodes come with the first pod on them and go with the last, and so does their Service on the host. Source: vcluster
 * 0.34, `pkg/controllers/resources/nodes` (`sync.fromHost.nodes` off, or on without a selector).
 */
export function createNodeSync(options: NodeSyncOptions): NodeSync {
  const { context, virtual, host, hostNode } = options
  const wantedOf = (name: string, address: string): Node | undefined => {
    if (hostNode === undefined) return pseudoNode(name, address, rfc3339(systemClock.now()))
    const real = hostNode(name)
    return real && syncedNode(real, address, context.vcluster)
  }
  const ensure = async (name: string): Promise<void> => {
    if (hostNode === undefined && options.virtualNode(name) !== undefined) return
    if (hostNode !== undefined && hostNode(name) === undefined) return
    const wanted = wantedOf(name, await addressOf(options, name))
    if (wanted === undefined) return
    if (!(await there(virtual.create(NODES, wanted))) && hostNode) await update(virtual, wanted)
  }
  return {
    ensure,
    async sync(name) {
      if (options.pods().some((pod) => pod.spec.nodeName === name)) {
        await ensure(name)
        return
      }
      if (options.virtualNode(name) === undefined) return
      await remove(virtual, NODES, { name })
      const { namespace = '', name: service = '' } = nodeServiceOf(name, context).metadata
      await remove(host, SERVICES, { namespace, name: service })
    },
  }
}

/** Makes the node's Service on the host, and gives the address that leads to it. */
async function addressOf({ host, context }: NodeSyncOptions, name: string): Promise<string> {
  const wanted = nodeServiceOf(name, context)
  let service: Service
  try {
    service = await createHostService(host, wanted)
  } catch (error) {
    if (!isConflict(error)) throw error
    if (!context.apiAtService) return context.api.address
    const { namespace = '', name: serviceName = '' } = wanted.metadata
    service = await host.get<Service>(SERVICES, { namespace, name: serviceName })
  }
  return context.apiAtService ? (service.spec.clusterIP ?? '') : context.api.address
}

/** False when it is there already. */
async function there(created: Promise<unknown>): Promise<boolean> {
  try {
    await created
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

async function update(client: KubeClient, wanted: Node): Promise<void> {
  const { name = '' } = wanted.metadata
  const there = await client.get<Node>(NODES, { name })
  const facts = ({ metadata, spec }: Node): string =>
    stableJson([metadata.labels, metadata.annotations, spec])
  let current = there
  if (facts(there) !== facts(wanted)) {
    const { labels, annotations } = wanted.metadata
    const metadata = {
      ...there.metadata,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    }
    current = await client.update<Node>(NODES, { ...wanted, metadata })
  }
  if (stableJson(current.status) === stableJson(wanted.status)) return
  await client.update(NODES, { ...current, status: wanted.status } as Node, {
    subresource: 'status',
  })
}

async function remove(client: KubeClient, of: Resource, key: ObjectKey): Promise<void> {
  try {
    await client.delete(of, key)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
