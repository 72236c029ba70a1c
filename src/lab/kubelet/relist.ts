import { sleep, type Clock } from '../../core/index.ts'
import type { ContainerRuntime } from '../runtime/types.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import type { Pods } from './pods.ts'

const RELIST_MS = 1000

/** Events make everything happen at once; this finds what an event could have missed, each second like the real PLEG. */
export async function relist(
  options: {
    readonly runtime: ContainerRuntime
    readonly clock: Clock
    readonly signal: AbortSignal
  },
  metrics: KubeletMetrics,
  pods: Pods,
): Promise<void> {
  const { clock, signal } = options
  let before: number | undefined
  let phases = new Map<string, string>()
  while (!signal.aborted) {
    const now = performance.now()
    if (before !== undefined) metrics.relistInterval.observe((now - before) / 1000)
    before = now
    metrics.runtimeOperations.inc({ operation_type: 'list_containers' })
    const current = new Map<string, string>()
    for (const { id, phase, sandbox } of options.runtime.list()) {
      current.set(id, phase)
      if (phases.get(id) !== phase) pods.wake(sandbox.podUid)
    }
    phases = current
    metrics.relistDuration.observe((performance.now() - now) / 1000)
    metrics.relistSeen.set(Math.floor(clock.now() / 1000))
    await sleep(RELIST_MS, signal)
  }
}
