import { describeError } from '../../../../core/index.ts'
import {
  LEASES,
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
} from '../../../../kube/index.ts'
import type { LeaderElection } from './state.ts'

/** The Agent's own defaults (`leader_lease_name`, `leader_lease_duration`). */
const LEASE_NAME = 'datadog-leader-election'
const LEASE_SECONDS = 60

interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

export interface LeaderOptions {
  readonly client: KubeClient
  readonly namespace: string
  /** This pod's name. */
  readonly identity: string
  readonly now: () => number
}

export const NO_ELECTION: LeaderElection = {
  status: 'disabled',
  error: null,
  isLeader: false,
  leader: null,
  acquiredAt: 0,
  renewedAt: 0,
  transitions: 0,
}

/**
 * One turn of the election: takes the lease when there is none or it is over, renews it when it is ours, else looks who has
 * it. Never throws but for the signal; a refusal (RBAC) is in the answer, and nobody leads by it.
 */
export async function takePart(
  options: LeaderOptions,
  signal: AbortSignal,
): Promise<LeaderElection> {
  try {
    return electionOf(await takeLease(options, signal), options)
  } catch (error) {
    signal.throwIfAborted()
    return { ...NO_ELECTION, status: 'failing', error: describeError(error) }
  }
}

async function takeLease(options: LeaderOptions, signal: AbortSignal): Promise<Lease> {
  const { client, namespace, identity, now } = options
  const key = { namespace, name: LEASE_NAME }
  try {
    const lease = await client.get<Lease>(LEASES, key, signal)
    const isOurs = lease.spec?.holderIdentity === identity
    if (!isOurs && !isOver(lease, now())) return lease
    return await client.update(LEASES, { ...lease, spec: specAfter(lease, options) }, { signal })
  } catch (error) {
    if (isConflict(error)) return client.get<Lease>(LEASES, key, signal)
    if (!isNotFound(error)) throw error
    const metadata = { name: LEASE_NAME, namespace }
    const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata }
    const first = { ...lease, spec: specAfter(lease, options) }
    return client.create(LEASES, first, { namespace, signal })
  }
}

function isOver({ spec }: Lease, now: number): boolean {
  const renewed = Date.parse(spec?.renewTime ?? '')
  const seconds = spec?.leaseDurationSeconds ?? LEASE_SECONDS
  return Number.isNaN(renewed) || renewed + seconds * 1000 < now || !spec?.holderIdentity
}

function specAfter({ spec }: Lease, { identity, now }: LeaderOptions): Required<Lease>['spec'] {
  const at = new Date(now()).toISOString().replace('Z', '000Z')
  const isOurs = spec?.holderIdentity === identity
  const before = spec?.leaseTransitions ?? 0
  return {
    holderIdentity: identity,
    leaseDurationSeconds: LEASE_SECONDS,
    acquireTime: isOurs ? (spec.acquireTime ?? at) : at,
    renewTime: at,
    leaseTransitions: isOurs || spec === undefined ? before : before + 1,
  }
}

const electionOf = ({ spec }: Lease, { identity }: LeaderOptions): LeaderElection => ({
  status: 'running',
  error: null,
  isLeader: spec?.holderIdentity === identity,
  leader: spec?.holderIdentity ?? null,
  acquiredAt: Date.parse(spec?.acquireTime ?? '') || 0,
  renewedAt: Date.parse(spec?.renewTime ?? '') || 0,
  transitions: spec?.leaseTransitions ?? 0,
})
