import type { Logger } from '../../core/index.ts'
import {
  createReflector,
  type KubeClient,
  type KubeObject,
  type Reflector,
  type Resource,
} from '../../kube/index.ts'

/** One reflector per kind, shared by all controllers. */
export interface Informers extends AsyncDisposable {
  of<T extends KubeObject>(resource: Resource): Reflector<T>
  /** Resolves when every reflector so far has its first list. */
  ready(): Promise<void>
}

export function createInformers(
  client: KubeClient,
  options: { readonly signal: AbortSignal; readonly log: Logger },
): Informers {
  const reflectors = new Map<Resource, Reflector<KubeObject>>()
  return {
    of<T extends KubeObject>(resource: Resource) {
      let found = reflectors.get(resource)
      if (found === undefined) {
        found = createReflector(client, resource, options)
        reflectors.set(resource, found)
      }
      return found as unknown as Reflector<T>
    },
    async ready() {
      await Promise.all([...reflectors.values()].map((reflector) => reflector.ready))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...reflectors.values()].map((one) => one[Symbol.asyncDispose]()))
    },
  }
}
