import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../core/index.ts'
import type { Pod } from '../kube/index.ts'
import {
  readSummary,
  rebuildPods,
  runningPods,
  sliceSummary,
  type DropCounts,
  type NodeView,
  type OwnerLookup,
} from '../kubelet/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { hostOwners, type HostOwners } from './owners.ts'
import { shareReading, type OfTenants, type Reading, type SharedReading } from './shared-reading.ts'
import { sliceOf, type Slice } from './slice.ts'
import {
  createMetricsSlicer,
  METRICS_ENDPOINTS,
  type MetricsEndpoint,
  type SlicedMetrics,
} from './slice-metrics.ts'
import { UpstreamError, type Upstream } from './upstream.ts'

/** The node at one instant, divided. Slices belong to tenant objects: what a tenant that has gone was told goes with it. */
export interface Snapshots {
  pods(tenant: SnapshotTenant): Promise<Slice>
  runningPods(tenant: SnapshotTenant): Promise<Slice>
  summary(tenant: SnapshotTenant, onlyCpuAndMemory: boolean): Promise<Slice>
  metrics(endpoint: MetricsEndpoint, tenant: SnapshotTenant): Promise<Slice>
  /** The node's pods, and who owns them. */
  hostPods(): Promise<HostPods>
  /**
   * Fails when the node's pods cannot be read; what readiness and health mean here. They are not read for it where they
   * were within `recentMs` (the time to live, when left out), and that has not failed since.
   */
  check(recentMs?: number): Promise<void>
}

export interface SnapshotTenant extends Tenant {
  readonly nodeView: NodeView
}

export interface SnapshotOptions {
  readonly upstream: Upstream
  /** The tenants of this moment: another list after each change, and another list ends every snapshot. */
  readonly tenants: () => readonly SnapshotTenant[]
  readonly ttlMs: number
  /** How long an old snapshot may serve when the kubelet fails. */
  readonly maxStaleMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly observe: {
    read(endpoint: string, bytes: number): void
    failed(endpoint: string, error: unknown): void
    dropped(counts: DropCounts, kept: number): void
    /** How many host pods are nobody's, by reason. */
    /** `shared`: somebody else is reading the same already. */
    looked(result: 'hit' | 'shared' | 'miss'): void
    unowned(counts: ReadonlyMap<string, number>): void
  }
}

export interface HostPods extends OfTenants<readonly SnapshotTenant[]> {
  readonly list: readonly Pod[]
  readonly owners: OwnerLookup
  readonly found: HostOwners
}

/**
 * One upstream read per endpoint, shared by all tenants and by all who wait. The pods are read before the payload that
 * they divide; where a name was reused in between, the uids differ and the row is dropped. As long as the kubelet says the
 * same about its pods, what was made of them stays.
 */
export function createSnapshots(options: SnapshotOptions): Snapshots {
  const { upstream, signal, observe, clock } = options
  const hostPods = shareHostPods(options)
  const pods = divided(options, 'pods', hostPods, ({ list, owners }) =>
    Promise.resolve((slice) => sliceOf(rebuildPods(list, owners, slice))),
  )
  const running = divided(options, 'runningpods', hostPods, ({ list, owners }) =>
    Promise.resolve((slice) => sliceOf(runningPods(list, owners, slice))),
  )
  const metrics = Object.fromEntries(
    METRICS_ENDPOINTS.map((endpoint) => [endpoint, divideMetrics(options, endpoint, hostPods)]),
  ) as Readonly<Record<MetricsEndpoint, () => Promise<Reading<Divided>>>>
  const summary = divided(options, 'summary', hostPods, async ({ owners, tenants: now }) => {
    const bytes = await upstream.read('summary', signal)
    observe.read('summary', bytes.length)
    const read = readSummary(bytes, owners)
    // Two variants per tenant: even numbers are whole, odd ones cpu and memory only.
    return (variant) => {
      const slice = variant >> 1
      const nodeView = now[slice]?.nodeView ?? 'none'
      const onlyCpuAndMemory = (variant & 1) === 1
      return sliceOf(sliceSummary(read, { slice, nodeView, onlyCpuAndMemory }))
    }
  })
  return {
    pods: async (tenant) => sliceFor(await pods(), tenant, whole, clock),
    runningPods: async (tenant) => sliceFor(await running(), tenant, whole, clock),
    summary: async (tenant, only) =>
      sliceFor(await summary(), tenant, (slice) => slice * 2 + (only ? 1 : 0), clock),
    metrics: async (endpoint, tenant) => sliceFor(await metrics[endpoint](), tenant, whole, clock),
    hostPods: async () => (await hostPods()).value,
    check: async (recentMs) => {
      await (recentMs === undefined ? hostPods() : hostPods.recent(recentMs))
    },
  }
}

function shareHostPods(options: SnapshotOptions): SharedReading<HostPods> {
  const { upstream, tenants, signal, observe } = options
  const read = async (last: HostPods | undefined): Promise<HostPods> => {
    const now = tenants()
    const list = await upstream.pods(signal)
    observe.read('pods', 0)
    const before = last?.tenants === now ? last : undefined
    const isSame = before?.list === list
    const found = isSame ? before.found : hostOwners(list, now, before?.found)
    observe.unowned(found.unowned)
    return isSame ? before : { list, owners: found.lookup, found, tenants: now }
  }
  return shareReading(options, 'pods', read)
}

function divideMetrics(
  options: SnapshotOptions,
  endpoint: MetricsEndpoint,
  hostPods: SharedReading<HostPods>,
): () => Promise<Reading<Divided>> {
  const { upstream, signal, observe } = options
  const slicer = createMetricsSlicer(endpoint)
  const readOnce = async (pods: HostPods): Promise<SlicedMetrics> => {
    const views = pods.tenants.map(({ nodeView }) => nodeView)
    const slicing = slicer(pods, views)
    const bytes = await upstream.stream(endpoint, (piece) => slicing.write(piece), signal)
    observe.read(endpoint, bytes)
    return slicing.end()
  }
  return divided(options, endpoint, hostPods, async (pods) => {
    const first = await readOnce(pods)
    // While containers come and go, old cAdvisors leave rows out now and then: once more, and that is what there is.
    const sliced = first.isIncomplete ? await readOnce(pods) : first
    observe.dropped(sliced.dropped, sliced.kept)
    const make = (slice: number): Slice => sliceOf(sliced.of(slice), () => sliced.recycle(slice))
    return Object.assign(make, { forget: (slice: number) => sliced.recycle(slice) })
  })
}

interface Divided extends OfTenants<readonly SnapshotTenant[]> {
  readonly of: (variant: number) => Slice
  readonly asked: ReadonlySet<number>
  /** Makes no more slices: the memory of those that nobody asked for is used again. */
  end(): void
  readonly pods: Reading<HostPods>
}

/** Makes the slice of one tenant, or a variant of it. */
interface MakeSlice {
  (variant: number): Slice
  /** Gives back what a slice would have been made of; it is not made any more. */
  readonly forget?: (variant: number) => void
}

const whole = (slice: number): number => slice

/** A tenant that came or went while the node was being read has no slice yet, or no more. */
function sliceFor(
  { value: { tenants, of, pods }, at, isStale }: Reading<Divided>,
  tenant: SnapshotTenant,
  variantOf: (slice: number) => number,
  clock: Clock,
): Slice {
  const slice = tenants.indexOf(tenant)
  if (slice === -1) throw new UpstreamError('the tenants changed while the node was being read')
  const made = of(variantOf(slice))
  if (!isStale && !pods.isStale) return made
  return { ...made, staleMs: clock.now() - Math.min(at, pods.at) }
}

function divided(
  options: SnapshotOptions,
  endpoint: string,
  hostPods: SharedReading<HostPods>,
  divide: (pods: HostPods) => Promise<MakeSlice>,
): () => Promise<Reading<Divided>> {
  const isOfPodsAlone = endpoint === 'pods' || endpoint === 'runningpods'
  return shareReading(options, endpoint, async (last: Divided | undefined, serves) => {
    const pods = await hostPods('to divide by')
    if (isOfPodsAlone && last?.pods.value === pods.value) return { ...last, pods }
    // Its memory is used for the next one, where nothing can be answered from it any more.
    if (last && !serves.ifThisFails()) await endSoon(last)
    const make = await divide(pods.value)
    const slices = new Map<number, Slice>()
    let hasEnded = false
    const madeFor = (slice: number): Slice => {
      const known = slices.get(slice)
      if (hasEnded && known === undefined) throw new UpstreamError('this snapshot has ended')
      const made = known ?? make(slice)
      slices.set(slice, made)
      return made
    }
    const asked = new Set<number>()
    const of = (slice: number): Slice => {
      asked.add(slice)
      return madeFor(slice)
    }
    const { tenants } = pods.value
    const end = (): void => {
      hasEnded = true
      tenants.forEach((_, slice) => {
        if (!slices.has(slice)) make.forget?.(slice)
      })
    }
    if (last?.tenants === tenants) await makeAhead(last, madeFor, serves.now)
    if (last) void endSoon(last)
    return { tenants, pods, asked, of, end }
  })
}

/**
 * Who was given the last snapshot takes a slice of it at once; after that nobody knows it any more. (A function of its own:
 * what this snapshot's functions can see would keep the last one, and that the one before.)
 */
async function endSoon(last: Divided): Promise<void> {
  await setImmediate()
  last.end()
}

/** Makes what was asked for last time, one after the other, as long as the last one serves meanwhile. */
async function makeAhead(
  last: Divided,
  make: (slice: number) => Slice,
  isInTime: () => boolean,
): Promise<void> {
  for (const slice of [...last.asked]) {
    if (!isInTime()) return
    const made = make(slice)
    await (last.of(slice).isCompressed() ? made.gzipped() : setImmediate())
  }
}
