import { messageOf } from '../go-errors.ts'
import { getChecked, type KubeletClient } from '../kubelet/client.ts'
import { POD_LIST_CACHE_MS, POD_LIST_FORGET_MS } from '../limits.ts'
import type { AgentLog } from '../log.ts'
import { indexPods, parsePodList, type Workload } from './workload.ts'

/** The pods of the node as the kubelet lists them. */
export interface PodStore {
  /** Reads `/pods` again if the copy is older than 5 s. Never throws for a refusal: that goes to the log. */
  refresh(client: KubeletClient, signal: AbortSignal): Promise<void>
  /** What is known now: the last good list, if it is not too old. */
  current(): Workload
  /** Whether a list was ever read. */
  readonly everRead: boolean
}

export function createPodStore(options: { log: AgentLog; now: () => number }): PodStore {
  const empty = indexPods([], 0)
  let workload = empty
  let readAt: number | undefined
  return {
    async refresh(client, signal) {
      if (readAt !== undefined && options.now() - readAt < POD_LIST_CACHE_MS) return
      try {
        const pods = parsePodList(await getChecked(client, '/pods', 'podlist', signal))
        workload = indexPods(pods, options.now())
        readAt = options.now()
      } catch (error) {
        signal.throwIfAborted()
        const text = `error pulling from collector "kubelet": ${messageOf(error)}`
        options.log.error('agent/store/pod-store', text)
      }
    },
    current() {
      if (readAt !== undefined && options.now() - readAt > POD_LIST_FORGET_MS) return empty
      return workload
    },
    get everRead() {
      return readAt !== undefined
    },
  }
}
