import type { Logger } from '../core/index.ts'
import {
  CONFIGMAPS,
  createReflector,
  SECRETS,
  type KubeClient,
  type KubeObject,
  type Reflector,
} from '../kube/index.ts'
import { createCloser } from './closer.ts'
import type { ObjectSource } from './discover-config.ts'
import { LIMITS } from './limits.ts'

export interface WatchedObject {
  readonly kind: ObjectSource['kind']
  readonly namespace: string
  readonly name: string
}

/** Single objects of the host that are followed by name: no list of a namespace's Secrets is ever asked for. */
export interface ObjectWatches extends AsyncDisposable {
  /** Follows these and no others. */
  want(objects: readonly WatchedObject[]): void
  /** A text in one of them; undefined: not there, or not there yet. */
  text(object: WatchedObject, key: string): string | undefined
}

export function createObjectWatches(
  client: KubeClient,
  log: Logger,
  changed: () => void,
): ObjectWatches {
  const watches = new Map<string, Reflector<KubeObject>>()
  const closer = createCloser(log)
  return {
    want(objects) {
      const wanted = new Map(objects.map((object) => [keyOf(object), object]))
      for (const [key, reflector] of watches) {
        if (wanted.has(key)) continue
        watches.delete(key)
        closer.close(reflector)
      }
      for (const [key, { kind, namespace, name }] of wanted) {
        if (watches.has(key)) continue
        // With this selector a rule that names the object is enough to list and watch it.
        const fieldSelector = `metadata.name=${name}`
        const of = kind === 'secret' ? SECRETS : CONFIGMAPS
        const reflector = createReflector(client, of, { namespace, fieldSelector, log })
        reflector.onChange(changed)
        watches.set(key, reflector)
      }
    },
    text(object, key) {
      const found = watches.get(keyOf(object))?.get(object)
      const data = found?.['data']
      if (typeof data !== 'object' || data === null || !Object.hasOwn(data, key)) return undefined
      const value: unknown = Reflect.get(data, key)
      if (typeof value !== 'string' || value.length > LIMITS.jwksBytes) return undefined
      return object.kind === 'secret' ? Buffer.from(value, 'base64').toString('utf8') : value
    },
    async [Symbol.asyncDispose]() {
      for (const reflector of watches.values()) closer.close(reflector)
      watches.clear()
      await closer.all()
    },
  }
}

const keyOf = ({ kind, namespace, name }: WatchedObject): string => `${kind}/${namespace}/${name}`
