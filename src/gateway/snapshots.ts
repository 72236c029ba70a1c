import { gzip } from 'node:zlib'
import { promisify } from 'node:util'
import { describeError, type Clock } from '../core/index.ts'
import type { Pod } from '../kube/index.ts'
import {
  CADVISOR_RULES,
  partitionMetrics,
  readSummary,
  rebuildPods,
  sliceSummary,
  type DropCounts,
  type NodeView,
  type OwnerLookup,
} from '../kubelet/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { ownerLookup } from './owners.ts'
import { UpstreamError, type Upstream } from './upstream.ts'

/** Bytes that are served to one tenant, made once per snapshot and never changed. */
export interface Slice {
  readonly bytes: Buffer
  /** The same, compressed when first asked for. */
  gzipped(): Promise<Buffer>
}

/** The node at one instant, divided. */
export interface Snapshots {
  pods(slice: number): Promise<Slice>
  summary(slice: number, onlyCpuAndMemory: boolean): Promise<Slice>
  cadvisor(slice: number): Promise<Slice>
  /** Fails when the node's pods cannot be read; what readiness and health mean here. */
  check(): Promise<void>
}

export interface SnapshotTenant extends Tenant {
  readonly nodeView: NodeView
}

export interface SnapshotOptions {
  readonly upstream: Upstream
  readonly tenants: readonly SnapshotTenant[]
  readonly ttlMs: number
  /** How long an old snapshot may serve when the kubelet fails. */
  readonly maxStaleMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly observe: {
    read(endpoint: string, bytes: number): void
    failed(endpoint: string, error: unknown): void
    dropped(counts: DropCounts, kept: number): void
  }
}

interface HostPods {
  readonly list: readonly Pod[]
  readonly owners: OwnerLookup
}

/**
 * One upstream read per endpoint, shared by all tenants and by all who wait. The pods are read before the payload that
 * they divide; where a name was reused in between, the uids differ and the row is dropped.
 */
export function createSnapshots(options: SnapshotOptions): Snapshots {
  const { upstream, tenants, signal, observe } = options
  const hostPods = shared(options, 'pods', async (): Promise<HostPods> => {
    const list = await upstream.pods(signal)
    observe.read('pods', 0)
    return { list, owners: ownerLookup(list, tenants) }
  })
  const pods = divided(options, 'pods', hostPods, ({ list, owners }) =>
    Promise.resolve((slice: number) => rebuildPods(list, owners, slice)),
  )
  const payload = async (endpoint: 'summary' | 'cadvisor'): Promise<Buffer> => {
    const bytes = await upstream.read(endpoint, signal)
    observe.read(endpoint, bytes.length)
    return bytes
  }
  const cadvisor = divided(options, 'cadvisor', hostPods, async ({ owners }) => {
    const views = tenants.map(({ nodeView }) => nodeView)
    const rules = CADVISOR_RULES
    const { slices, dropped, kept } = partitionMetrics(await payload('cadvisor'), owners, {
      views,
      rules,
    })
    observe.dropped(dropped, kept)
    return (slice: number) => slices[slice] ?? Buffer.alloc(0)
  })
  const summary = divided(options, 'summary', hostPods, async ({ owners }) => {
    const read = readSummary(await payload('summary'), owners)
    // Two variants per tenant: even numbers are whole, odd ones cpu and memory only.
    return (variant: number) => {
      const slice = variant >> 1
      const nodeView = tenants[slice]?.nodeView ?? 'none'
      return sliceSummary(read, { slice, nodeView, onlyCpuAndMemory: (variant & 1) === 1 })
    }
  })
  return {
    pods: async (slice) => (await pods()).of(slice),
    summary: async (slice, only) => (await summary()).of(slice * 2 + (only ? 1 : 0)),
    cadvisor: async (slice) => (await cadvisor()).of(slice),
    check: async () => {
      await hostPods()
    },
  }
}

interface Divided {
  of(slice: number): Slice
}

function divided(
  options: SnapshotOptions,
  endpoint: string,
  hostPods: () => Promise<HostPods>,
  divide: (pods: HostPods) => Promise<(slice: number) => Buffer>,
): () => Promise<Divided> {
  return shared(options, endpoint, async () => {
    const make = await divide(await hostPods())
    const slices = new Map<number, Slice>()
    return {
      of(slice) {
        const made = slices.get(slice) ?? sliceOf(make(slice))
        slices.set(slice, made)
        return made
      },
    }
  })
}

const compress = promisify(gzip)

function sliceOf(bytes: Buffer): Slice {
  let gzipped: Promise<Buffer> | undefined
  return {
    bytes,
    gzipped() {
      gzipped ??= compress(bytes, { level: 4 })
      return gzipped
    },
  }
}

/** Reads once for everybody who asks within the time to live; while one read is under way, all wait for it. */
function shared<T>(
  { ttlMs, maxStaleMs, clock, observe }: SnapshotOptions,
  name: string,
  read: () => Promise<T>,
): () => Promise<T> {
  let last: { readonly value: T; readonly at: number } | undefined
  let reading: Promise<T> | undefined
  const refresh = async (): Promise<T> => {
    const at = clock.now()
    try {
      const value = await read()
      last = { value, at }
      return value
    } catch (error) {
      observe.failed(name, error)
      if (last && clock.now() - last.at < ttlMs + maxStaleMs) return last.value
      last = undefined
      throw error instanceof UpstreamError ? error : new UpstreamError(describeError(error))
    } finally {
      reading = undefined
    }
  }
  return () => {
    if (last && clock.now() - last.at < ttlMs) return Promise.resolve(last.value)
    reading ??= refresh()
    return reading
  }
}
