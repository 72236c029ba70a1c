import type { Pod } from '../kube/index.ts'
import { CONFIG_HASH, CONFIG_MIRROR } from './keys.ts'
import { claimantsOf, ownershipAmong } from './ownership.ts'
import type { OwnedPod, Ownership, Tenant, UnownedReason } from './tenant.ts'

/** Who owns which host pod at one instant: made from one list of host pods, never changed after. */
export interface OwnerMap {
  /** The owned pod of these host coordinates; undefined for unknown, unowned and ambiguous ones. */
  byName(hostNamespace: string, hostName: string): OwnedPod | undefined
  /** The owned pod with this host uid. Ask it where a payload has a uid: the name may have been reused. */
  byUid(hostUid: string): OwnedPod | undefined
  /** Like `byName`, with the reason; undefined: no such host pod in the list. */
  ownershipByName(hostNamespace: string, hostName: string): Ownership | undefined
  /** Like `byUid`, with the reason. Also knows a static pod by its config hash, which the kubelet uses as its uid. */
  ownershipByUid(hostUid: string): Ownership | undefined
  /** A tenant's pods in the order of the list. */
  podsOf(tenant: Tenant): readonly OwnedPod[]
  /** All owned pods in the order of the list. */
  readonly owned: readonly OwnedPod[]
  /** How many host pods belong to nobody, by reason. */
  readonly unowned: ReadonlyMap<UnownedReason, number>
}

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`

const TWICE: Ownership = { owned: false, reason: 'host-pod-twice' }

/** Looks at every host pod once. Two that share their coordinates or their uid belong to nobody: either could be meant. */
export function createOwnerMap(pods: readonly Pod[], tenants: readonly Tenant[]): OwnerMap {
  const byName = new Map<string, Ownership>()
  const byUid = new Map<string, Ownership>()
  const repeated = repeatedKeys(pods)
  const unowned = new Map<UnownedReason, number>()
  const owned: OwnedPod[] = []
  const ofTenant = new Map<string, OwnedPod[]>()
  const claimants = new Map<string, readonly Tenant[]>()
  const whose = (pod: Pod): Ownership => {
    const { namespace = '' } = pod.metadata
    const known = claimants.get(namespace) ?? claimantsOf(namespace, tenants)
    claimants.set(namespace, known)
    return ownershipAmong(pod, known)
  }

  for (const pod of pods) {
    const { namespace = '', name = '', uid = '' } = pod.metadata
    const twice = repeated.has(keyOf(namespace, name)) || repeated.has(uid)
    const ownership = twice ? TWICE : whose(pod)
    byName.set(keyOf(namespace, name), ownership)
    if (uid !== '') byUid.set(uid, ownership)
    if (ownership.owned) {
      owned.push(ownership.pod)
      const list = ofTenant.get(ownership.pod.tenant.name)
      if (list === undefined) ofTenant.set(ownership.pod.tenant.name, [ownership.pod])
      else list.push(ownership.pod)
    } else unowned.set(ownership.reason, (unowned.get(ownership.reason) ?? 0) + 1)
  }
  for (const [hash, ownership] of staticPods(pods, byName)) {
    if (!byUid.has(hash)) byUid.set(hash, ownership)
  }

  const ownershipByName = (namespace: string, name: string): Ownership | undefined =>
    byName.get(keyOf(namespace, name))
  const ownershipByUid = (uid: string): Ownership | undefined => byUid.get(uid)
  return {
    ownershipByName,
    ownershipByUid,
    byName: (namespace, name) => podOf(ownershipByName(namespace, name)),
    byUid: (uid) => podOf(ownershipByUid(uid)),
    podsOf: (tenant) => ofTenant.get(tenant.name) ?? [],
    owned,
    unowned,
  }
}

const podOf = (ownership: Ownership | undefined): OwnedPod | undefined =>
  ownership?.owned === true ? ownership.pod : undefined

/** Every `namespace/name` and every uid that more than one pod of the list has. */
function repeatedKeys(pods: readonly Pod[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const { metadata } of pods) {
    for (const key of [keyOf(metadata.namespace ?? '', metadata.name ?? ''), metadata.uid ?? '']) {
      if (key === '') continue
      if (seen.has(key)) repeated.add(key)
      seen.add(key)
    }
  }
  return repeated
}

/**
 * Config hash → ownership of the static pods. A mirror pod is known by its owner reference to the node, which no tenant
 * can write; a tenant that copies the two annotations onto its own pod gets nothing for it. Owned pods are never static.
 */
function* staticPods(
  pods: readonly Pod[],
  byName: ReadonlyMap<string, Ownership>,
): Generator<[hash: string, ownership: Ownership]> {
  for (const { metadata } of pods) {
    const ownership = byName.get(keyOf(metadata.namespace ?? '', metadata.name ?? ''))
    const hash = metadata.annotations?.[CONFIG_HASH]
    const isMirror =
      metadata.annotations?.[CONFIG_MIRROR] === hash &&
      metadata.ownerReferences?.some((owner) => owner.kind === 'Node') === true
    if (hash === undefined || !isMirror || ownership === undefined || ownership.owned) continue
    yield [hash, ownership]
  }
}
