import type { Pod } from '../kube/index.ts'
import {
  createOwnerMap,
  findVclusters,
  keys,
  ownershipOf,
  type PodIdentity,
  type Tenant,
} from '../tenants/index.ts'
import type { AgentRef, Finding } from './finding.ts'

/**
 * What is shown may be some seconds old (the gateway's `snapshot.ttl` is 5 s, 15 s at most where it is well chosen), and
 * pods come and go. These pauses, in milliseconds, add up to more than that.
 */
export const PAUSES_MS: readonly number[] = [500, 1_000, 2_000, 4_000, 6_000, 8_000]

/** One answer of the endpoint, and what was there when it had come. */
export interface Look {
  readonly kind: 'shown'
  /** The uids in the Summary: virtual ones, or the host's. */
  readonly uids: readonly string[]
  readonly virtualPods: readonly Pod[]
  /** All pods of the host; undefined: they may not be listed. */
  readonly hostPods: () => Promise<readonly Pod[] | undefined>
}

/**
 * Says whether an endpoint shows pods of somebody else. A pod of the host that is there now and is not the tenant's: yes, at
 * once. What nobody has any more may be the tenant's own pod that has just gone: only what is still shown after all pauses, and
 * was nobody's each time, counts. A look that is no answer is the finding itself.
 */
export async function judgePods(
  base: { readonly agent: AgentRef; readonly url: string },
  look: () => Promise<Look | Finding>,
  pause: (ms: number) => Promise<void>,
): Promise<Finding> {
  let nobodys: readonly string[] | undefined
  for (const ms of [0, ...PAUSES_MS]) {
    if (ms > 0) await pause(ms)
    const seen = await look()
    if (seen.kind !== 'shown') return seen
    const { foreign, unknown } = await whosePods(seen)
    if (foreign.length > 0)
      return { kind: 'sees-other-tenants', ...base, foreignPods: foreign.length }
    const before = nobodys
    nobodys = before === undefined ? unknown : unknown.filter((uid) => before.includes(uid))
    if (nobodys.length === 0) return { kind: 'kubelet-answers', ...base, pods: seen.uids.length }
  }
  return { kind: 'sees-other-tenants', ...base, foreignPods: nobodys?.length ?? 0 }
}

/** The uids of one answer that are somebody else's now, and those that are nobody's. The host is asked only where there are any. */
async function whosePods({
  uids,
  virtualPods,
  hostPods,
}: Look): Promise<{ foreign: readonly string[]; unknown: readonly string[] }> {
  const own = new Set(virtualPods.map(({ metadata }) => metadata.uid))
  const rest = uids.filter((uid) => !own.has(uid))
  const host = rest.length === 0 ? undefined : await hostPods()
  const tenant = host && tenantOf(host, virtualPods)
  if (host === undefined || tenant === undefined) return { foreign: [], unknown: rest }
  const owners = createOwnerMap(host, [tenant])
  const ownVirtual = new Set(owners.owned.map(({ virtual }) => virtual.uid))
  const allVirtual = new Set(host.map(virtualUid))
  const isThere = (uid: string): boolean =>
    owners.ownershipByUid(uid) !== undefined || allVirtual.has(uid)
  const isOwn = (uid: string): boolean => owners.ownershipByUid(uid)?.owned ?? ownVirtual.has(uid)
  return {
    foreign: rest.filter((uid) => isThere(uid) && !isOwn(uid)),
    unknown: rest.filter((uid) => !isThere(uid)),
  }
}

/** Which of the host's vclusters has these pods: one of them is that tenant's on the host, by all checks and under the same uid. */
function tenantOf(host: readonly Pod[], virtualPods: readonly Pod[]): Tenant | undefined {
  const keyOf = ({ namespace, name, uid }: PodIdentity): string => `${namespace}/${name}/${uid}`
  const known = new Set(
    virtualPods.map(({ metadata: { namespace = '', name = '', uid = '' } }) =>
      keyOf({ namespace, name, uid }),
    ),
  )
  const uids = new Set(virtualPods.map(({ metadata }) => metadata.uid))
  const mirrors = host.filter((pod) => uids.has(virtualUid(pod)))
  const tenants = findVclusters(host).found.flatMap(({ name, namespace }): Tenant[] => {
    const tenant = { name, hostNamespaces: [namespace], vcluster: name }
    return [tenant, { ...tenant, multiNamespace: true }]
  })
  return tenants.find((tenant) =>
    mirrors.some((pod) => {
      const ownership = ownershipOf(pod, [tenant])
      return ownership.owned && known.has(keyOf(ownership.pod.virtual))
    }),
  )
}

const virtualUid = ({ metadata }: Pod): string | undefined =>
  metadata.annotations?.[keys.OBJECT_UID]
