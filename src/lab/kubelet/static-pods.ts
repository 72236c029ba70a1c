import { createHash } from 'node:crypto'
import { describeError, sleep, type Clock, type Logger } from '../../core/index.ts'
import {
  KubeStatusError,
  PODS,
  isConflict,
  isNotFound,
  type KubeClient,
  type Node,
  type Pod,
} from '../../kube/index.ts'
import type { StatusTarget } from './status-writer.ts'

export const CONFIG_HASH = 'kubernetes.io/config.hash'
export const CONFIG_MIRROR = 'kubernetes.io/config.mirror'
export const CONFIG_SEEN = 'kubernetes.io/config.seen'
export const CONFIG_SOURCE = 'kubernetes.io/config.source'

/**
 * A pod from a file as the kubelet knows it: its name ends with the node's, its uid is the hash of its definition
 * (32 hex digits), which the summary and cadvisor show too.
 */
export function staticPod(given: Pod, nodeName: string, now: number): Pod {
  const { name = 'pod' } = given.metadata
  const hash = createHash('md5').update(JSON.stringify(given)).update(nodeName).digest('hex')
  return {
    ...given,
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...given.metadata,
      name: name.endsWith(`-${nodeName}`) ? name : `${name}-${nodeName}`,
      namespace: given.metadata.namespace ?? 'default',
      uid: hash,
      annotations: {
        ...given.metadata.annotations,
        [CONFIG_HASH]: hash,
        [CONFIG_SEEN]: new Date(now).toISOString(),
        [CONFIG_SOURCE]: 'file',
      },
    },
    spec: {
      ...given.spec,
      nodeName,
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }, ...(given.spec.tolerations ?? [])],
    },
  }
}

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

export function createMirrors(options: {
  readonly client: KubeClient
  readonly pods: readonly Pod[]
  readonly node: Node
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** A mirror is new: its status should be written. */
  readonly created: (pod: Pod) => void
}): Mirrors {
  const { client, log, signal, node } = options
  const uids = new Map<string, string>()
  const working = new Set<string>()
  const keyOf = (pod: Pod): string => `${pod.metadata.namespace ?? ''}/${pod.metadata.name ?? ''}`
  const own = (mirror: Pod): Pod | undefined =>
    options.pods.find((pod) => keyOf(pod) === keyOf(mirror))

  const remove = async (mirror: Pod): Promise<void> => {
    const key = { namespace: mirror.metadata.namespace, name: mirror.metadata.name ?? '' }
    const uid = mirror.metadata.uid
    await client
      .delete(PODS, key, { gracePeriodSeconds: 0, ...(uid === undefined ? {} : { uid }) })
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error
      })
  }
  const ensure = async (pod: Pod): Promise<void> => {
    if (working.has(keyOf(pod))) return
    working.add(keyOf(pod))
    while (!signal.aborted && !uids.has(keyOf(pod))) {
      try {
        const made = await client.create<Pod>(PODS, mirrorOf(pod, node))
        uids.set(keyOf(pod), made.metadata.uid ?? '')
        options.created(pod)
      } catch (error) {
        const taken = isConflict(error)
        if (!(error instanceof KubeStatusError && (taken || isNotFound(error)))) {
          log.debug(
            { pod: keyOf(pod), error: describeError(error) },
            'cannot create a mirror pod; trying again',
          )
        }
        if (taken) await replaceOther(pod).catch(() => undefined)
        else await sleep(RETRY_MS, signal)
      }
    }
    working.delete(keyOf(pod))
  }
  /** The name is taken: by this pod's mirror of an earlier run, or by another object, which has to go. */
  const replaceOther = async (pod: Pod): Promise<void> => {
    const other = await client.get<Pod>(PODS, {
      namespace: pod.metadata.namespace,
      name: pod.metadata.name ?? '',
    })
    if (
      other.metadata.annotations?.[CONFIG_MIRROR] === pod.metadata.uid &&
      !other.metadata.deletionTimestamp
    ) {
      uids.set(keyOf(pod), other.metadata.uid ?? '')
      options.created(pod)
    } else await remove(other)
  }
  return {
    seen(mirror) {
      const pod = own(mirror)
      if (!pod || mirror.metadata.deletionTimestamp !== undefined)
        void remove(mirror).catch(() => undefined)
    },
    gone(mirror) {
      const pod = own(mirror)
      if (!pod || uids.get(keyOf(pod)) !== mirror.metadata.uid) return
      uids.delete(keyOf(pod))
      void ensure(pod)
    },
    target(pod) {
      const uid = uids.get(keyOf(pod))
      return uid === undefined
        ? undefined
        : { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name ?? '', uid }
    },
    ensureAll: () => options.pods.forEach((pod) => void ensure(pod)),
  }
}
