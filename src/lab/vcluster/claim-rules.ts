import {
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type PersistentVolumeClaim,
} from '../../kube/index.ts'
import { stableJson } from './config-sync.ts'
import type { SyncContext } from './context.ts'
import type { MirrorRules } from './mirror.ts'
import { BINDING_ANNOTATIONS, fakeVolume, hostClaimOf } from './translate-claim.ts'

/** Claims: the wanted size goes down; volume, binding annotations and status come up. */
export function claimRules(options: {
  readonly context: SyncContext
  readonly virtual: KubeClient
  readonly host: KubeClient
}): MirrorRules<PersistentVolumeClaim> {
  return {
    resource: PERSISTENTVOLUMECLAIMS,
    translate: (virtual) => hostClaimOf(virtual, options.context),
    async update(virtual, host, wanted) {
      const { requests } = (wanted.spec['resources'] ?? {}) as { requests?: unknown }
      const had = (host.spec['resources'] ?? {}) as { requests?: unknown }
      if (stableJson(requests) !== stableJson(had.requests)) {
        const { namespace, name = '' } = host.metadata
        const change = { spec: { resources: { requests } } }
        await options.host.patch(PERSISTENTVOLUMECLAIMS, { namespace, name }, change, 'merge')
      }
      await bringUp(options.virtual, virtual, host)
    },
  }
}

async function bringUp(
  client: KubeClient,
  virtual: PersistentVolumeClaim,
  host: PersistentVolumeClaim,
): Promise<void> {
  const { annotations = {} } = host.metadata
  const mine = virtual.metadata.annotations ?? {}
  const given: [string, string][] = BINDING_ANNOTATIONS.flatMap((key) =>
    annotations[key] !== undefined && annotations[key] !== mine[key]
      ? [[key, annotations[key]]]
      : [],
  )
  const volumeName = host.spec['volumeName'] as string | undefined
  let current = virtual
  if (given.length > 0 || (volumeName !== undefined && volumeName !== virtual.spec['volumeName'])) {
    current = await client.update<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS, {
      ...virtual,
      metadata: { ...virtual.metadata, annotations: { ...mine, ...Object.fromEntries(given) } },
      spec: { ...virtual.spec, ...(volumeName === undefined ? {} : { volumeName }) },
    })
  }
  if (host.status === undefined || stableJson(host.status) === stableJson(current.status)) return
  const next = { ...current, status: host.status }
  await client.update(PERSISTENTVOLUMECLAIMS, next, { subresource: 'status' })
}

/** Makes the volume of that name in the virtual cluster while a claim is bound to it, and takes it away after that. */
export async function syncFakeVolume(
  client: KubeClient,
  name: string,
  claims: readonly PersistentVolumeClaim[],
): Promise<void> {
  const claim = claims.find((each) => each.spec['volumeName'] === name)
  try {
    if (claim === undefined) {
      const there = await client.get<KubeObject>(PERSISTENTVOLUMES, { name })
      const isFake = there.metadata.labels?.['vcluster.loft.sh/fake-pv'] === 'true'
      if (isFake) await client.delete(PERSISTENTVOLUMES, { name })
      return
    }
    const made = await client.create<KubeObject>(PERSISTENTVOLUMES, fakeVolume(claim))
    const bound = { ...made, status: { phase: 'Bound' } }
    await client.update(PERSISTENTVOLUMES, bound, { subresource: 'status' })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
