import {
  CONFIGMAPS,
  SECRETS,
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type Resource,
} from '../../kube/index.ts'
import { hostName, keys } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { configKey, type ConfigRef } from './pod-references.ts'
import { hostConfigOf } from './translate-config.ts'

const RESOURCES: Readonly<Record<ConfigRef['kind'], Resource>> = {
  Secret: SECRETS,
  ConfigMap: CONFIGMAPS,
}

export interface ConfigSyncOptions {
  readonly context: SyncContext
  readonly host: KubeClient
  readonly virtual: KubeClient
  /** The virtual object as it is now; undefined: there is none. */
  readonly find: (ref: ConfigRef) => KubeObject | undefined
  /** Whether a virtual pod needs it. */
  readonly isUsed: (ref: ConfigRef) => boolean
}

/** Keeps the host's copies of the Secrets and ConfigMaps that pods use. */
export interface ConfigSync {
  /** Creates, updates or deletes the host's copy. Safe to call twice at once. */
  sync(ref: ConfigRef): Promise<void>
  /** Like `sync` for one that a new pod needs: looks at the virtual API server when the cache has it not yet. */
  ensure(ref: ConfigRef): Promise<void>
  /** The copies that are on the host from before. */
  leftovers(): Promise<ConfigRef[]>
}

/** The copies are remembered instead of watched: nobody else writes them. */
export function createConfigSync(options: ConfigSyncOptions): ConfigSync {
  const { context, host } = options
  const copies = new Map<string, KubeObject>()
  const last = new Map<string, Promise<void>>()

  const apply = async (ref: ConfigRef, virtual: KubeObject | undefined): Promise<void> => {
    const id = configKey(ref)
    const copy = copies.get(id)
    if (virtual === undefined || virtual.metadata.deletionTimestamp !== undefined) {
      if (copy === undefined) return
      await deleteCopy(host, ref, context)
      copies.delete(id)
      return
    }
    const wanted = hostConfigOf(virtual, ref.kind, context)
    if (copy !== undefined && isSame(copy, wanted)) return
    if (copy?.['immutable'] === true) {
      // Made again in the virtual cluster with other contents: the host's copy cannot change either.
      await deleteCopy(host, ref, context)
      copies.delete(id)
      return apply(ref, virtual)
    }
    await writeCopy(host, ref.kind, wanted, copy === undefined)
    copies.set(id, wanted)
  }
  /** One after the other for one object, whoever asks. */
  const inTurn = (ref: ConfigRef, work: () => Promise<void>): Promise<void> => {
    const id = configKey(ref)
    const before = last.get(id) ?? Promise.resolve()
    const turn = before.catch(() => undefined).then(work)
    last.set(id, turn)
    const forget = (): void => {
      if (last.get(id) === turn) last.delete(id)
    }
    turn.then(forget, forget)
    return turn
  }
  return {
    sync: (ref) =>
      inTurn(ref, () => apply(ref, options.isUsed(ref) ? options.find(ref) : undefined)),
    ensure: (ref) =>
      inTurn(ref, async () => {
        const virtual = options.find(ref) ?? (await read(options.virtual, ref))
        if (virtual !== undefined) await apply(ref, virtual)
      }),
    async leftovers() {
      for (const kind of ['Secret', 'ConfigMap'] as const) {
        const found = await host.list(RESOURCES[kind], {
          namespace: context.hostNamespace,
          labelSelector: `${keys.MANAGED_BY}=${context.vcluster}`,
        })
        for (const copy of found.items) {
          const ref = refOf(copy, kind, context)
          if (ref !== undefined) copies.set(configKey(ref), { ...copy, kind })
        }
      }
      return [...copies.values()].flatMap(
        (copy) => refOf(copy, copy.kind as ConfigRef['kind'], context) ?? [],
      )
    },
  }
}

/** The virtual object of a copy; undefined when it is not one that this vcluster made. */
function refOf(
  copy: KubeObject,
  kind: ConfigRef['kind'],
  context: SyncContext,
): ConfigRef | undefined {
  const name = copy.metadata.annotations?.[keys.OBJECT_NAME]
  const namespace = copy.metadata.annotations?.[keys.OBJECT_NAMESPACE]
  if (name === undefined || namespace === undefined) return undefined
  const isCopy = hostName(name, namespace, context.vcluster) === copy.metadata.name
  return isCopy ? { kind, namespace, name } : undefined
}

async function read(virtual: KubeClient, ref: ConfigRef): Promise<KubeObject | undefined> {
  try {
    return await virtual.get(RESOURCES[ref.kind], ref)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function writeCopy(
  host: KubeClient,
  kind: ConfigRef['kind'],
  wanted: KubeObject,
  isNew: boolean,
): Promise<void> {
  const resource = RESOURCES[kind]
  if (!isNew) {
    await host.update(resource, wanted)
    return
  }
  try {
    await host.create(resource, wanted)
  } catch (error) {
    if (!isConflict(error)) throw error
    const { namespace, name = '' } = wanted.metadata
    const there = await host.get(resource, { namespace, name })
    // Neither somebody else's object nor the copy of another virtual one of the same host name is touched.
    if (identityOf(there) !== identityOf(wanted)) throw error
    await host.update(resource, wanted)
  }
}

function identityOf({ metadata }: KubeObject): string {
  const { labels = {}, annotations = {} } = metadata
  return JSON.stringify([
    labels[keys.MANAGED_BY],
    annotations[keys.OBJECT_NAMESPACE],
    annotations[keys.OBJECT_NAME],
  ])
}

async function deleteCopy(host: KubeClient, ref: ConfigRef, context: SyncContext): Promise<void> {
  const name = hostName(ref.name, ref.namespace, context.vcluster)
  try {
    await host.delete(RESOURCES[ref.kind], { namespace: context.hostNamespace, name })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** Compares what the syncer writes; the order of keys does not matter for what is compared. */
function isSame(copy: KubeObject, wanted: KubeObject): boolean {
  const part = ({ metadata, data, binaryData, type, immutable }: KubeObject): string =>
    stableJson([metadata.labels, metadata.annotations, data, binaryData, type, immutable])
  return part(copy) === part(wanted)
}

/** JSON with sorted keys: equal for equal values. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
