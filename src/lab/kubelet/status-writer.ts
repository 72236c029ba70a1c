import { describeError, sleep, type Logger } from '../../core/index.ts'
import { KubeStatusError, PODS, type KubeClient, type PodStatus } from '../../kube/index.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'

/** Whose status: the API's own uid (a static pod's mirror has another one than the pod). */
export interface StatusTarget {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface StatusWriter {
  /** Writes the newest status; what is superseded meanwhile is never sent. A write that is equal to the last is left out. */
  write(target: StatusTarget, status: PodStatus): void
  /** Resolves when nothing is left to be written for this pod. */
  settled(uid: string): Promise<void>
  forget(uid: string): void
  /** Somebody else has changed it: the status is written, also when it is the one that was sent last. */
  writeAgain(target: StatusTarget, status: PodStatus): void
}

const RETRY_MS = 500

export function createStatusWriter(options: {
  client: KubeClient
  metrics: KubeletMetrics
  log: Logger
  signal: AbortSignal
}): StatusWriter {
  const { client, metrics, log, signal } = options
  const wanted = new Map<
    string,
    { target: StatusTarget; status: PodStatus; text: string; since: number }
  >()
  const sent = new Map<string, string>()
  const running = new Map<string, Promise<void>>()

  const stopped = (): boolean => signal.aborted
  const drain = async (uid: string): Promise<void> => {
    for (let next = wanted.get(uid); next && !stopped(); next = wanted.get(uid)) {
      wanted.delete(uid)
      const { target, status } = next
      try {
        const patch = { metadata: { uid }, status }
        await client.patch(PODS, target, patch, 'merge', { subresource: 'status', signal })
        metrics.statusSync.observe((performance.now() - next.since) / 1000)
        sent.set(uid, next.text)
      } catch (error) {
        if (error instanceof KubeStatusError && [404, 409].includes(error.status.code)) continue
        if (stopped()) return
        log.warn(
          { pod: target.name, error: describeError(error) },
          'cannot write a pod status; trying again',
        )
        await sleep(RETRY_MS, signal)
        if (!wanted.has(uid)) wanted.set(uid, next)
      }
    }
  }
  const writer: StatusWriter = {
    write(target, status) {
      const { uid } = target
      const text = JSON.stringify(status)
      if (sent.get(uid) === text && !wanted.has(uid)) return
      wanted.set(uid, { target, status, text, since: performance.now() })
      if (!running.has(uid)) {
        const done = drain(uid).finally(() => running.delete(uid))
        running.set(uid, done)
      }
    },
    settled: (uid) => running.get(uid) ?? Promise.resolve(),
    forget(uid) {
      wanted.delete(uid)
      sent.delete(uid)
    },
    writeAgain(target, status) {
      // What is being written just now settles it, too.
      if (running.has(target.uid)) return
      sent.delete(target.uid)
      writer.write(target, status)
    },
  }
  return writer
}
