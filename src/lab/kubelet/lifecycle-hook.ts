import { sleep } from '../../core/index.ts'
import type { LifecycleHandler, Pod } from '../../kube/index.ts'
import { addressOf, askContainer } from './ask-container.ts'
import type { ContainerRecord } from './container-record.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import type { PodEvents } from './pod-events.ts'

export interface HookContext {
  readonly runtime: Pick<CountedRuntime, 'exec' | 'stopContainer'>
  readonly tell: PodEvents
  readonly pod: Pod
  readonly addresses: { readonly podIp: string }
}

/**
 * Runs a container's hook to its end (lifecycle/handlers.go): a command, a request whose answer does not matter, or a
 * pause. Throws when it fails or the signal fires.
 */
export async function runHook(
  handler: LifecycleHandler,
  record: ContainerRecord,
  { runtime, addresses }: HookContext,
  signal: AbortSignal,
): Promise<void> {
  if (handler.exec && record.info) {
    const { id } = record.info
    const { exitCode } = await runtime.exec(id, handler.exec.command ?? [], { signal })
    if (exitCode !== 0) throw new Error(`the command exited with ${exitCode}`)
  } else if (handler.httpGet) {
    const address = addressOf(handler.httpGet, record.spec, addresses.podIp)
    await askContainer(address, handler.httpGet, {}, signal)
  } else if (handler.sleep) {
    await sleep(handler.sleep.seconds * 1000, signal)
  }
}

/**
 * The preStop hook within the grace time; gives what is left of that, 0 or more. A failure is told only. It
 * runs once for a container: whoever stops one that is being stopped does not wait for its hook.
 */
export async function runPreStop(
  record: ContainerRecord,
  graceMs: number,
  context: HookContext,
): Promise<number> {
  const handler = record.spec.lifecycle?.preStop
  if (!handler || graceMs <= 0 || record.info?.phase !== 'running') return graceMs
  if (record.preStopOf === record.info.id) return graceMs
  record.preStopOf = record.info.id
  const started = performance.now()
  const limit = AbortSignal.timeout(graceMs)
  try {
    await runHook(handler, record, context, limit)
  } catch {
    // Not why: the hook's output is for those who may read the pod.
    context.tell(context.pod, record, 'Warning', 'FailedPreStopHook', 'PreStopHook failed')
  }
  // A timer may fire a fraction of a millisecond early.
  return limit.aborted ? 0 : Math.max(0, graceMs - (performance.now() - started))
}

/** So that a container is not killed at once when its hook has used its grace time up (minimumGracePeriodInSeconds). */
const LEAST_GRACE_MS = 2000

/** What a container gets between its signals when `leftMs` are left of its grace time. */
export const finalGrace = (leftMs: number, graceMs: number): number =>
  leftMs === graceMs ? graceMs : Math.max(LEAST_GRACE_MS, leftMs)
