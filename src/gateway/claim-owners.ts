import type { Pod } from '../kube/index.ts'
import type { ClaimLookup, ClaimOwner, OwnerLookup } from '../kubelet/index.ts'

/**
 * Who owns the host claims that the pods of one list mount. A claim is its pods' tenant's: a pod can name claims of its
 * own namespace only. One that two pods would call differently is nobody's, and so is one whose virtual name had to be
 * cut.
 */
export function claimLookup(pods: readonly Pod[], owners: OwnerLookup): ClaimLookup {
  const claims = new Map<string, ClaimOwner | undefined>()
  for (const { metadata, spec } of pods) {
    const { namespace = '', name = '', uid } = metadata
    const owner = owners(namespace, name)
    if (owner === undefined || owner.hostUid !== uid) continue
    for (const { persistentVolumeClaim } of spec.volumes ?? []) {
      if (persistentVolumeClaim === undefined) continue
      const hostClaim = persistentVolumeClaim.claimName
      const virtualName = owner.virtualName(hostClaim)
      const found: ClaimOwner | undefined =
        virtualName === undefined
          ? undefined
          : {
              slice: owner.slice,
              virtual: { namespace: owner.virtual.namespace, name: virtualName },
            }
      const key = `${namespace}/${hostClaim}`
      claims.set(key, !claims.has(key) || isSame(claims.get(key), found) ? found : undefined)
    }
  }
  return (namespace, claim) => claims.get(`${namespace}/${claim}`)
}

const isSame = (a: ClaimOwner | undefined, b: ClaimOwner | undefined): boolean =>
  a?.slice === b?.slice &&
  a?.virtual.namespace === b?.virtual.namespace &&
  a?.virtual.name === b?.virtual.name
