import type { DownwardItem, Pod, Volume, VolumeProjection } from '../../kube/index.ts'
import { hostName, keys } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { hostFieldPath } from './translate-env.ts'

/** A token that a pod's volume asks for. The host's kubelet cannot ask the virtual API server for it: the syncer does. */
export interface WantedToken {
  /** The volume's name, and which of its sources asks. */
  readonly volume: string
  readonly source: number
  readonly audience: string | undefined
  /** The annotation that will hold it, or the key in the pod's token Secret. */
  readonly key: string
}

/** The tokens of a pod's projected volumes. `letters` gives eight letters, another eight each time. */
export function wantedTokens(
  virtual: Pod,
  context: SyncContext,
  letters: () => string,
): WantedToken[] {
  return (virtual.spec.volumes ?? []).flatMap((volume) =>
    (volume.projected?.sources ?? []).flatMap(({ serviceAccountToken }, source) => {
      if (serviceAccountToken === undefined) return []
      const { audience } = serviceAccountToken
      const key = context.useSecretsForSATokens ? volume.name : keys.TOKEN_PREFIX + letters()
      return [{ volume: volume.name, source, audience, key }]
    }),
  )
}

/** The virtual name of the Secret that holds a pod's tokens; it exists on the host only. */
export function tokenSecretName(podName: string): string {
  return `${podName}-sa-token`
}

/** A virtual pod's volumes on the host: entry names stay, names of other objects are translated. */
export function hostVolumes(
  virtual: Pod,
  tokens: readonly WantedToken[],
  context: SyncContext,
): Volume[] {
  const { name: podName = '', namespace = '' } = virtual.metadata
  const rename = (name: string): string => hostName(name, namespace, context.vcluster)
  return (virtual.spec.volumes ?? []).map((volume): Volume => {
    const { name, secret, configMap, persistentVolumeClaim: claim, projected, downwardAPI } = volume
    if (secret) return { ...volume, secret: { ...secret, secretName: rename(secret.secretName) } }
    if (configMap) return { ...volume, configMap: { ...configMap, name: rename(configMap.name) } }
    if (claim)
      return { ...volume, persistentVolumeClaim: { ...claim, claimName: rename(claim.claimName) } }
    if (volume.ephemeral)
      return { name, persistentVolumeClaim: { claimName: rename(`${podName}-${name}`) } }
    if (downwardAPI) {
      const items = hostItems(downwardAPI.items ?? [], context.vcluster)
      return { ...volume, downwardAPI: { ...downwardAPI, items } }
    }
    if (projected === undefined) return volume
    const sources = projected.sources.map((source, index) => {
      const token = tokens.find((each) => each.volume === name && each.source === index)
      return hostProjection(source, { token, podName, rename, context })
    })
    return { ...volume, projected: { ...projected, sources } }
  })
}

interface ProjectionFacts {
  readonly token: WantedToken | undefined
  readonly podName: string
  readonly rename: (name: string) => string
  readonly context: SyncContext
}

/** Mode 0644: what the real syncer gives a token file. */
const TOKEN_MODE = 0o644

function hostProjection(source: VolumeProjection, facts: ProjectionFacts): VolumeProjection {
  const { serviceAccountToken, secret, configMap, downwardAPI } = source
  if (secret) return { secret: { ...secret, name: facts.rename(secret.name) } }
  if (configMap) return { configMap: { ...configMap, name: facts.rename(configMap.name) } }
  if (downwardAPI)
    return { downwardAPI: { items: hostItems(downwardAPI.items, facts.context.vcluster) } }
  if (serviceAccountToken === undefined || facts.token === undefined) return source
  const { path } = serviceAccountToken
  const { key } = facts.token
  if (facts.context.useSecretsForSATokens) {
    const items = [{ key, path, mode: TOKEN_MODE }]
    return { secret: { name: facts.rename(tokenSecretName(facts.podName)), items } }
  }
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.annotations['${key}']` }
  return { downwardAPI: { items: [{ path, fieldRef, mode: TOKEN_MODE }] } }
}

function hostItems(items: readonly DownwardItem[], vcluster: string): DownwardItem[] {
  return items.map((item) =>
    item.fieldRef === undefined
      ? item
      : {
          ...item,
          fieldRef: {
            ...item.fieldRef,
            fieldPath: hostFieldPath(item.fieldRef.fieldPath, vcluster),
          },
        },
  )
}
