import type { Clock } from '../../core/index.ts'
import type { Pod } from '../../kube/index.ts'
import type { PodWorkerContext } from './pod-state.ts'
import { createPodWorker, type PodWorker } from './pod-worker.ts'
import { withSource } from './pod-lists.ts'
import { isMirror, type Mirrors } from './mirrors.ts'

/** All pods of this kubelet: one worker each, started at once and side by side. */
export interface Pods {
  seen(pod: Pod): void
  gone(pod: Pod): void
  addStatic(pod: Pod): void
  wake(podUid: string): void
  workers(): readonly PodWorker[]
  settled(): Promise<void>
}

export function createPods(options: {
  readonly context: PodWorkerContext
  readonly clock: Clock
  readonly mirrors: () => Mirrors
}): Pods {
  const { context, clock, mirrors } = options
  const workers = new Map<string, PodWorker>()
  const seenAt = new Map<string, string>()

  const add = (pod: Pod): void => {
    const uid = pod.metadata.uid ?? ''
    const worker = createPodWorker(pod, context)
    workers.set(uid, worker)
    void worker.finished.then(() => {
      if (context.signal.aborted) return
      workers.delete(uid)
      seenAt.delete(uid)
    })
  }
  return {
    seen(pod) {
      if (isMirror(pod)) {
        mirrors().seen(pod)
        return
      }
      const uid = pod.metadata.uid ?? ''
      const seen = seenAt.get(uid) ?? new Date(clock.now()).toISOString()
      seenAt.set(uid, seen)
      const known = workers.get(uid)
      if (known) known.update(withSource(pod, seen))
      else add(withSource(pod, seen))
    },
    gone(pod) {
      if (isMirror(pod)) mirrors().gone(pod)
      else workers.get(pod.metadata.uid ?? '')?.gone()
    },
    addStatic: add,
    wake: (podUid) => workers.get(podUid)?.wake(),
    workers: () => [...workers.values()],
    async settled() {
      await Promise.all([...workers.values()].map((worker) => worker.finished))
    },
  }
}
