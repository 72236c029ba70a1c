import type { Pod, Volume } from '../kube/index.ts'
import { kindOf } from './tenant-kind.ts'
import type { OwnedPod } from './tenant.ts'

/**
 * Host claim name → virtual claim name of an owned pod's volumes. The syncer keeps a volume's entry name and translates
 * the claim, so the virtual pod says what a host claim is called; a generic ephemeral volume's claim is named
 * `<pod>-<volume>`. A claim that does not translate to the host's is left out, and so are all claims when the two pods
 * are not this owned pod (a name that was reused): what is not in the map must be dropped, not shown under its host name.
 */
export function virtualClaims(
  owned: OwnedPod,
  hostPod: Pod,
  virtualPod: Pod,
): ReadonlyMap<string, string> {
  const claims = new Map<string, string>()
  if (hostPod.metadata.uid !== owned.host.uid || virtualPod.metadata.uid !== owned.virtual.uid)
    return claims
  const virtualVolumes = new Map(
    (virtualPod.spec.volumes ?? []).map((volume) => [volume.name, volume]),
  )
  for (const { name, persistentVolumeClaim } of hostPod.spec.volumes ?? []) {
    const virtualVolume = virtualVolumes.get(name)
    if (persistentVolumeClaim === undefined || virtualVolume === undefined) continue
    const claim = claimOf(virtualVolume, owned.virtual.name)
    if (claim === undefined) continue
    const translated = kindOf(owned.tenant).hostObjectName(claim, owned.virtual.namespace)
    if (translated === persistentVolumeClaim.claimName) claims.set(translated, claim)
  }
  return claims
}

function claimOf(volume: Volume, podName: string): string | undefined {
  if (volume.persistentVolumeClaim !== undefined) return volume.persistentVolumeClaim.claimName
  return volume.ephemeral === undefined ? undefined : `${podName}-${volume.name}`
}
