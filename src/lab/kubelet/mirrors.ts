import { describeError, sleep, type Logger } from '../../core/index.ts'
import {
  KubeStatusError,
  PODS,
  isConflict,
  isNotFound,
  type KubeClient,
  type Node,
  type Pod,
} from '../../kube/index.ts'
import { CONFIG_MIRROR } from './static-pods.ts'
import type { StatusTarget } from './status-writer.ts'

/** The object that stands for a static pod in the API. */
export function mirrorOf(pod: Pod, node: Node): Pod {
  const { uid, ...metadata } = pod.metadata
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [CONFIG_MIRROR]: uid ?? '' },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Node',
          name: node.metadata.name ?? '',
          uid: node.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec: pod.spec,
  }
}

export const isMirror = (pod: Pod): boolean =>
  pod.metadata.annotations?.[CONFIG_MIRROR] !== undefined

/** Keeps the mirror pods of the static pods in the API: makes them, and makes them again when they are deleted. */
export interface Mirrors {
  seen(mirror: Pod): void
  gone(mirror: Pod): void
  /** Where the static pod's status goes; undefined until its mirror is there. */
  target(pod: Pod): StatusTarget | undefined
  ensureAll(): void
}

const RETRY_MS = 500

export interface MirrorOptions {
  readonly client: KubeClient
  readonly pods: readonly Pod[]
  readonly node: Node
  readonly log: Logger
  readonly signal: AbortSignal
  /** A mirror is new: its status should be written. */
  readonly created: (pod: Pod) => void
}

export function createMirrors(options: MirrorOptions): Mirrors {
  const { client, log, signal, node } = options
  /** The mirrors that are there: their uids, by their pods' keys. */
  const uids = new Map<string, string>()
  const working = new Set<string>()
  const own = (mirror: Pod): Pod | undefined =>
    options.pods.find((pod) => keyOf(pod) === keyOf(mirror))
  const found = (pod: Pod, mirror: Pod): void => {
    uids.set(keyOf(pod), mirror.metadata.uid ?? '')
    options.created(pod)
  }

  const ensure = async (pod: Pod): Promise<void> => {
    const key = keyOf(pod)
    if (working.has(key)) return
    working.add(key)
    while (!signal.aborted && !uids.has(key)) {
      try {
        found(pod, await client.create<Pod>(PODS, mirrorOf(pod, node)))
      } catch (error) {
        if (!isExpected(error)) {
          const facts = { pod: key, error: describeError(error) }
          log.debug(facts, 'cannot create a mirror pod; trying again')
        }
        if (isConflict(error)) await replaceOther(pod).catch(() => undefined)
        else await sleep(RETRY_MS, signal)
      }
    }
    working.delete(key)
  }
  /** The name is taken: by this pod's mirror of an earlier run, or by another object, which has to go. */
  const replaceOther = async (pod: Pod): Promise<void> => {
    const other = await client.get<Pod>(PODS, nameOf(pod))
    if (isMirrorOf(other, pod) && !other.metadata.deletionTimestamp) found(pod, other)
    else await remove(client, other)
  }
  return {
    seen(mirror) {
      const pod = own(mirror)
      if (!pod || mirror.metadata.deletionTimestamp !== undefined)
        void remove(client, mirror).catch(() => undefined)
    },
    gone(mirror) {
      const pod = own(mirror)
      if (!pod || uids.get(keyOf(pod)) !== mirror.metadata.uid) return
      uids.delete(keyOf(pod))
      void ensure(pod)
    },
    target(pod) {
      const uid = uids.get(keyOf(pod))
      const { namespace = '', name = '' } = pod.metadata
      return uid === undefined ? undefined : { namespace, name, uid }
    },
    ensureAll: () => options.pods.forEach((pod) => void ensure(pod)),
  }
}

const keyOf = ({ metadata }: Pod): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`

const nameOf = ({ metadata }: Pod): { namespace: string | undefined; name: string } => ({
  namespace: metadata.namespace,
  name: metadata.name ?? '',
})

const isMirrorOf = (mirror: Pod, pod: Pod): boolean =>
  mirror.metadata.annotations?.[CONFIG_MIRROR] === pod.metadata.uid

/** The name is taken, or the namespace is not there yet. */
const isExpected = (error: unknown): boolean =>
  error instanceof KubeStatusError && (isConflict(error) || isNotFound(error))

async function remove(client: KubeClient, mirror: Pod): Promise<void> {
  const { uid } = mirror.metadata
  const options = { gracePeriodSeconds: 0, ...(uid === undefined ? {} : { uid }) }
  await client.delete(PODS, nameOf(mirror), options).catch((error: unknown) => {
    if (!isNotFound(error) && !isConflict(error)) throw error
  })
}
