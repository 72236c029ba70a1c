import {
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type Reflector,
  type Resource,
} from '../../kube/index.ts'
import { hostName, keys } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { changes } from './host-changes.ts'
import { isCopyOf, keyOfText, textOfKey, virtualKeyOf, type VirtualKey } from './host-identity.ts'
import { nextMirrorStep } from './next-mirror-step.ts'

/** How one kind is mirrored. */
export interface MirrorRules<T extends KubeObject> {
  readonly resource: Resource
  /** What the host's copy is to be; undefined: this one has none. */
  translate(virtual: T): T | undefined
  /** Creates the host's copy, where that takes more than a request. */
  create?(wanted: T): Promise<T>
  /** Brings the rest of two that are there in step, labels and annotations done. `wanted` is the translation. */
  update(virtual: T, host: T, wanted: T): Promise<void>
}

export interface MirrorOptions<T extends KubeObject> {
  readonly context: SyncContext
  readonly virtual: KubeClient
  readonly host: KubeClient
  readonly virtualCopy: Reflector<T>
  readonly hostCopy: Reflector<T>
  readonly rules: MirrorRules<T>
}

/** Keeps the objects of one kind on both sides in step; look again after every change of either. */
export interface Mirror {
  /** `key` is `namespace/name` in the virtual cluster. */
  sync(key: string): Promise<void>
  /** Tells `add` what is there, and then every key that changes. */
  follow(add: (key: string) => void): void
}

type Texts = Record<string, string>

/** What was last wanted of a copy: what is wanted no more is taken away, what others put there stays. */
interface Written {
  readonly labels: Texts
  readonly annotations: Texts
}

/** Both sides of one object, as the watches last told. */
interface Pair<T> {
  readonly key: VirtualKey
  /** The host copy's name. */
  readonly name: string
  readonly found: T | undefined
  /** Only when it is this vcluster's. */
  readonly host: T | undefined
  /** The virtual object with its translation, when it is one for the host. */
  readonly both: { readonly virtual: T; readonly wanted: T } | undefined
}

export function createMirror<T extends KubeObject>(options: MirrorOptions<T>): Mirror {
  const { context, hostCopy, virtualCopy, rules } = options
  const copies = new Map<string, 'made' | 'seen'>()
  const written = new Map<string, Written>()

  const look = (key: VirtualKey): Pair<T> => {
    const found = virtualCopy.get(key)
    const wanted = found && rules.translate(found)
    const name = hostName(key.name, key.namespace, context.vcluster)
    const there = hostCopy.get({ namespace: context.hostNamespace, name })
    const host = there && isCopyOf(there, key, context) ? there : undefined
    return { key, name, found, host, both: found && wanted && { virtual: found, wanted } }
  }
  const makeCopy = async ({ name, both }: Pair<T>): Promise<void> => {
    if (both === undefined) return
    await createCopy(options, both.wanted)
    copies.set(both.virtual.metadata.uid ?? '', 'made')
    written.set(name, writtenOf(both.wanted))
  }
  const updateCopy = async ({ name, host, both }: Pair<T>): Promise<void> => {
    if (both === undefined || host === undefined) return
    if (await writeMetadata(options, host, both.wanted, written.get(name)))
      written.set(name, writtenOf(both.wanted))
    await rules.update(both.virtual, host, both.wanted)
  }
  const deleteCopy = async ({ name, key, found, host }: Pair<T>): Promise<void> => {
    // The watch may be behind: a virtual object may have been made again meanwhile.
    if (found === undefined && (await isThere(options, key))) return
    if (host !== undefined) await remove(options.host, rules.resource, host)
    written.delete(name)
  }
  const sync = async (text: string): Promise<void> => {
    const pair = look(keyOfText(text))
    const { both, host } = pair
    const uid = both?.virtual.metadata.uid ?? ''
    if (host !== undefined && both !== undefined) copies.set(uid, 'seen')
    switch (nextMirrorStep(both?.virtual, host, copies.get(uid) ?? 'none')) {
      case 'nothing':
      case 'wait':
        return
      case 'create-host':
        return makeCopy(pair)
      case 'update':
        return updateCopy(pair)
      case 'delete-host':
        return deleteCopy(pair)
      case 'delete-virtual':
        if (both !== undefined) await remove(options.virtual, rules.resource, both.virtual)
    }
  }
  const forget = (uid: string): void => void copies.delete(uid)
  return { sync, follow: (add) => followBoth(options, forget, add) }
}

function followBoth<T extends KubeObject>(
  { context, virtualCopy, hostCopy }: MirrorOptions<T>,
  forget: (virtualUid: string) => void,
  add: (key: string) => void,
): void {
  const touchHost = (host: T): void => {
    const key = virtualKeyOf(host, context)
    if (key !== undefined) add(textOfKey(key))
  }
  virtualCopy.onChange(({ type, object }) => {
    add(textOfKey(object.metadata))
    if (type === 'deleted') forget(object.metadata.uid ?? '')
  })
  hostCopy.onChange(({ object }) => touchHost(object))
  for (const object of virtualCopy.list()) add(textOfKey(object.metadata))
  for (const object of hostCopy.list()) touchHost(object)
}

const writtenOf = ({ metadata }: KubeObject): Written => ({
  labels: metadata.labels ?? {},
  annotations: metadata.annotations ?? {},
})

/** Whether the virtual object is there after all. */
async function isThere<T extends KubeObject>(
  { virtual, rules }: MirrorOptions<T>,
  key: VirtualKey,
): Promise<boolean> {
  try {
    await virtual.get(rules.resource, key)
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function createCopy<T extends KubeObject>(
  { host, context, rules }: MirrorOptions<T>,
  wanted: T,
): Promise<void> {
  try {
    await (rules.create?.(wanted) ?? host.create(rules.resource, wanted))
  } catch (error) {
    if (!isConflict(error)) throw error
    const { namespace, name = '' } = wanted.metadata
    const there = await host.get(rules.resource, { namespace, name })
    // Somebody else's object in the way is not ours to touch, nor the copy of another of the same host name.
    const { annotations = {} } = wanted.metadata
    const key = {
      namespace: annotations[keys.OBJECT_NAMESPACE] ?? '',
      name: annotations[keys.OBJECT_NAME] ?? '',
    }
    if (!isCopyOf(there, key, context)) throw error
  }
}

/** Labels and annotations down; true when something was to be written. */
async function writeMetadata<T extends KubeObject>(
  { host: client, rules }: MirrorOptions<T>,
  host: T,
  wanted: T,
  before: Written | undefined,
): Promise<boolean> {
  const { namespace, name = '', labels: hadLabels = {}, annotations: had = {} } = host.metadata
  const { labels: wantedLabels, annotations: wantedAnnotations } = writtenOf(wanted)
  const labels = changes(hadLabels, wantedLabels, Object.keys(before?.labels ?? {}))
  const annotations = changes(had, wantedAnnotations, Object.keys(before?.annotations ?? {}))
  if (labels === undefined && annotations === undefined) return before === undefined
  const metadata = { ...(labels && { labels }), ...(annotations && { annotations }) }
  await client.patch(rules.resource, { namespace, name }, { metadata }, 'merge')
  return true
}

async function remove(client: KubeClient, of: Resource, object: KubeObject): Promise<void> {
  const { namespace, name = '', uid } = object.metadata
  try {
    await client.delete(of, { namespace, name }, uid === undefined ? {} : { uid })
  } catch (error) {
    // Gone already, or another object has the name now: the watch will tell.
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
