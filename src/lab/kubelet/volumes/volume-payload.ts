import type { DownwardItem, KeyToPath, Pod, Volume, VolumeProjection } from '../../../kube/index.ts'
import { fieldValue, type PodAddresses } from '../field-ref.ts'
import { readNodeResources } from '../node-resources.ts'
import { needsNode, resourceValue } from '../resource-ref.ts'
import type { ObjectSource } from './object-source.ts'
import { VolumeNotReady, checkRelative, projectKeys, type Payload } from './payload.ts'
import type { PodTokens } from './service-account-token.ts'

export interface PayloadContext {
  readonly pod: Pod
  readonly addresses: PodAddresses
  readonly objects: ObjectSource
  readonly tokens: PodTokens
  /** The kubelet's own directory, on the disk of the node's pods. */
  readonly rootDir: string
}

const MODE = 0o644
/** The kubelet's default of `serviceAccountToken.expirationSeconds`. */
const TOKEN_SECONDS = 3600

/** The files of a volume that is made of API data; undefined for other kinds. Throws VolumeNotReady while data is missing. */
export async function volumePayload(
  volume: Volume,
  context: PayloadContext,
): Promise<Payload | undefined> {
  const { secret, configMap, downwardAPI, projected } = volume
  if (secret)
    return await keys('secret', { ...secret, name: secret.secretName }, secret.defaultMode, context)
  if (configMap) return await keys('configmap', configMap, configMap.defaultMode, context)
  if (downwardAPI)
    return await downward(downwardAPI.items ?? [], downwardAPI.defaultMode ?? MODE, context)
  if (!projected) return undefined
  const payload: Payload = new Map()
  for (const source of projected.sources) {
    const part = await projection(source, projected.defaultMode ?? MODE, context)
    for (const [path, file] of part) payload.set(path, file)
  }
  return payload
}

async function projection(
  source: VolumeProjection,
  mode: number,
  context: PayloadContext,
): Promise<Payload> {
  if (source.secret) return await keys('secret', source.secret, mode, context)
  if (source.configMap) return await keys('configmap', source.configMap, mode, context)
  if (source.downwardAPI) return await downward(source.downwardAPI.items, mode, context)
  const wanted = source.serviceAccountToken
  if (!wanted) return new Map()
  const token = await context.tokens.get(wanted.audience, wanted.expirationSeconds ?? TOKEN_SECONDS)
  return new Map([[checkRelative(wanted.path), { data: Buffer.from(token.reveal()), mode }]])
}

async function keys(
  kind: 'secret' | 'configmap',
  wanted: { name: string; items?: KeyToPath[]; optional?: boolean },
  defaultMode: number | undefined,
  context: PayloadContext,
): Promise<Payload> {
  const { objects, pod } = context
  const values = await (kind === 'secret'
    ? objects.secret(wanted.name)
    : objects.configMap(wanted.name))
  if (!values && wanted.optional !== true) {
    throw new VolumeNotReady(
      `${kind} "${wanted.name}" not found (namespace ${pod.metadata.namespace ?? ''})`,
    )
  }
  return projectKeys(values ?? new Map(), {
    what: `${kind} ${wanted.name}`,
    items: wanted.items,
    defaultMode: defaultMode ?? MODE,
    optional: wanted.optional === true,
  })
}

async function downward(
  items: readonly DownwardItem[],
  mode: number,
  context: PayloadContext,
): Promise<Payload> {
  const payload: Payload = new Map()
  for (const item of items) {
    const value = await downwardValue(item, context)
    if (value === undefined) continue
    payload.set(checkRelative(item.path), { data: Buffer.from(value), mode: item.mode ?? mode })
  }
  return payload
}

async function downwardValue(
  { fieldRef, resourceFieldRef }: DownwardItem,
  { pod, addresses, rootDir }: PayloadContext,
): Promise<string | undefined> {
  if (fieldRef) {
    const value = fieldValue(pod, fieldRef.fieldPath, addresses)
    if (value === undefined) throw new VolumeNotReady(`unsupported field: ${fieldRef.fieldPath}`)
    return value
  }
  if (!resourceFieldRef) return undefined
  const { containerName = '', resource } = resourceFieldRef
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const container = all.find(({ name }) => name === containerName)
  if (!container) throw new VolumeNotReady(`container ${containerName} not found`)
  const node = needsNode(container, resourceFieldRef) ? await readNodeResources(rootDir) : {}
  const value = resourceValue(container, resourceFieldRef, node)
  if (value === undefined) throw new VolumeNotReady(`unsupported container resource : ${resource}`)
  return value
}
