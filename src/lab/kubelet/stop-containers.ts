import { sleep } from '../../core/index.ts'
import { isSidecar, type ContainerRecord } from './container-record.ts'
import { finalGrace, runPreStop, type HookContext } from './lifecycle-hook.ts'
import type { Prober } from './prober.ts'

export interface StopContext extends HookContext {
  readonly prober: Pick<Prober, 'stop'>
}

/**
 * Ends a pod's containers within its grace time: all of them at once, but a sidecar only when the containers and the
 * sidecars after it have ended (kuberuntime_termination_order.go, 1.36). Never rejects.
 */
export async function stopContainers(
  records: readonly ContainerRecord[],
  graceMs: number,
  context: StopContext,
): Promise<void> {
  const others = records.filter((record) => !isSidecar(record))
  let before: Promise<unknown> = Promise.all(
    others.map((record) => stop(record, graceMs, undefined, context)),
  )
  for (const sidecar of records.filter(isSidecar).toReversed()) {
    before = Promise.all([before, stop(sidecar, graceMs, before, context)])
  }
  await before
}

/** All hooks run at once; only the signal waits for the container's turn. */
async function stop(
  record: ContainerRecord,
  graceMs: number,
  turn: Promise<unknown> | undefined,
  context: StopContext,
): Promise<void> {
  if (!record.info) return
  const { id } = record.info
  context.prober.stop(id)
  let left = await runPreStop(record, graceMs, context)
  if (turn && left > 0) left = await waitFor(turn, left)
  await context.runtime.stopContainer(id, finalGrace(left, graceMs)).catch(() => undefined)
}

/** Gives what is left of the grace time when the turn has come, or when there is none left. */
async function waitFor(turn: Promise<unknown>, graceMs: number): Promise<number> {
  const started = performance.now()
  const done = new AbortController()
  await Promise.race([turn, sleep(graceMs, done.signal)])
  done.abort()
  return Math.max(0, graceMs - (performance.now() - started))
}
