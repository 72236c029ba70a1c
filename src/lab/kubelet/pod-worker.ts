import { describeError } from '../../core/index.ts'
import type { Pod } from '../../kube/index.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import type { ContainerRecord } from './container-record.ts'
import {
  createPodState,
  isEnding,
  sandboxOf,
  takeOver,
  type PodState,
  type PodWorkerContext,
} from './pod-state.ts'
import { endPod, syncPod } from './sync-pod.ts'
import type { MountedVolume } from './volumes/pod-volumes.ts'

/** One pod's life: volumes, sandbox, init containers, containers, restarts, end. Everything happens in one loop that events wake. */
export interface PodWorker {
  readonly uid: string
  /** A newer object of the same pod. */
  update(pod: Pod): void
  /** Something of this pod changed in the runtime. */
  wake(): void
  /** The pod is gone from its source: end it without a grace time. */
  gone(): void
  /** The pod with the status as this kubelet knows it. */
  view(): Pod
  sandbox(): ContainerInfo | undefined
  records(): readonly ContainerRecord[]
  volumes(): readonly MountedVolume[]
  /** Resolves when the pod has ended (or the kubelet stops). */
  readonly finished: Promise<void>
}

export function createPodWorker(pod: Pod, context: PodWorkerContext): PodWorker {
  const state = createPodState(pod, context)
  const { bell } = state
  return {
    uid: state.uid,
    update(newer) {
      takeOver(state, newer)
      bell.ring()
    },
    wake: () => bell.ring(),
    gone() {
      state.deleted = true
      state.ending.abort()
      cutGraceShort(state)
      bell.ring()
    },
    view: () => ({ ...state.pod, ...(state.status ? { status: state.status } : {}) }),
    sandbox: () => sandboxOf(state),
    records: () => state.records,
    volumes: () => state.mounts.mounted(),
    finished: live(state),
  }
}

/** Also one that is running: who waits for the containers' end waits no longer. */
function cutGraceShort({ records, runtime }: PodState): void {
  for (const { info } of records) {
    if (info) void runtime.stopContainer(info.id, 0).catch(() => undefined)
  }
}

/** The loop. Never rejects; ends when the pod is gone or the kubelet stops. */
async function live(state: PodState): Promise<void> {
  const { signal, bell } = state
  const stop = (): void => {
    if (isEnding(state)) cutGraceShort(state)
    bell.ring()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    await work(state)
  } catch (error) {
    state.log.error({ pod: state.fullName, error: describeError(error) }, 'a pod worker failed')
  } finally {
    await state.hostPorts.close()
    signal.removeEventListener('abort', stop)
  }
}

async function work(state: PodState): Promise<void> {
  const { metrics, clock, signal, bell } = state
  metrics.podWorkerStart.observe((clock.now() - state.startedAt) / 1000)
  let operation = 'create'
  while (!signal.aborted && !isEnding(state)) {
    const started = performance.now()
    const next = await syncPod(state)
    metrics.podWorker.observe((performance.now() - started) / 1000, { operation_type: operation })
    operation = 'sync'
    if (!isEnding(state)) await bell.wait(next - clock.now())
  }
  if (!signal.aborted) await endPod(state)
}
