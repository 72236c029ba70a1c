import { sleep } from '../core/index.ts'
import type { Pod } from '../kube/index.ts'

/**
 * Reads of the node's pods that begin after they are asked for: what was true before that does not count. All who wait
 * share the next read, and no two begin within `apartMs`: however many ask, the node is read a few times a second at most.
 */
export function createFreshPods(options: {
  readonly read: (signal: AbortSignal) => Promise<readonly Pod[]>
  readonly apartMs: number
  readonly signal: AbortSignal
}): () => Promise<readonly Pod[]> {
  const { read, apartMs, signal } = options
  let next: Promise<readonly Pod[]> | undefined
  let last: Promise<unknown> = Promise.resolve()

  const readNext = async (): Promise<readonly Pod[]> => {
    await last
    next = undefined
    const reading = read(signal)
    last = Promise.allSettled([reading, sleep(apartMs, signal)])
    return reading
  }
  return () => (next ??= readNext())
}
