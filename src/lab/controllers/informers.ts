import type { KubeObject, Reflector, Resource } from '../../kube/index.ts'

/** One reflector per kind, shared by all controllers. */
export interface Informers extends AsyncDisposable {
  of<T extends KubeObject>(resource: Resource): Reflector<T>
  /** Resolves when every reflector so far has its first list. */
  ready(): Promise<void>
  /** Resolves when the copy of a kind is at least as new as an object that was just written (or after two seconds). */
  caughtUp(resource: Resource, written: KubeObject): Promise<void>
  /** Resolves when the copy of a kind knows that this object was deleted or shall be (or after two seconds). */
  sawEnd(resource: Resource, deleted: KubeObject): Promise<void>
}

/** A copy that is behind for longer is not waited for: a controller looks again anyway. */
const LONGEST_WAIT_MS = 2000

interface Informer {
  readonly reflector: Reflector<KubeObject>
  /** The newest version that its changes have shown. */
  latest: number
  readonly waiting: Set<() => void>
}

/** Makes the copy of a kind: over the wire, or straight from an API server in the same process. */
export type Reflect = <T extends KubeObject>(of: Resource) => Reflector<T>

export function createInformers(reflect: Reflect): Informers {
  const informers = new Map<string, Informer>()
  const informerOf = (resource: Resource): Informer => {
    const key = `${resource.group}/${resource.plural}`
    const found = informers.get(key)
    if (found !== undefined) return found
    const reflector = reflect(resource)
    const made: Informer = { reflector, latest: 0, waiting: new Set() }
    reflector.onChange(({ object }) => {
      made.latest = Math.max(made.latest, versionOf(object))
      for (const look of made.waiting) look()
    })
    informers.set(key, made)
    return made
  }
  return {
    of: <T extends KubeObject>(resource: Resource) =>
      informerOf(resource).reflector as unknown as Reflector<T>,
    async ready() {
      await Promise.all([...informers.values()].map(({ reflector }) => reflector.ready))
    },
    caughtUp(resource, written) {
      const informer = informerOf(resource)
      const mayGo = written.metadata.deletionTimestamp !== undefined
      return until(
        informer,
        () =>
          informer.latest >= versionOf(written) || (mayGo && find(informer, written) === undefined),
      )
    },
    sawEnd(resource, deleted) {
      const informer = informerOf(resource)
      return until(informer, () => knowsEnd(informer, deleted))
    },
    async [Symbol.asyncDispose]() {
      const all = [...informers.values()]
      await Promise.all(all.map(({ reflector }) => reflector[Symbol.asyncDispose]()))
    },
  }
}

const versionOf = ({ metadata }: KubeObject): number => Number(metadata.resourceVersion) || 0

/** The very object in our copy. */
function find({ reflector }: Informer, { metadata }: KubeObject): KubeObject | undefined {
  const { namespace, name = '', uid } = metadata
  const found = reflector.get({ namespace, name })
  return found?.metadata.uid === uid ? found : undefined
}

function knowsEnd(informer: Informer, object: KubeObject): boolean {
  const found = find(informer, object)
  return found === undefined || found.metadata.deletionTimestamp !== undefined
}

function until(informer: Informer, isSo: () => boolean): Promise<void> {
  if (isSo()) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      informer.waiting.delete(look)
      resolve()
    }
    const look = (): void => {
      if (isSo()) end()
    }
    const timer = setTimeout(end, LONGEST_WAIT_MS)
    timer.unref()
    informer.waiting.add(look)
  })
}
