import { messageOf } from '../go-errors.ts'
import { getChecked, type KubeletClient } from '../kubelet/client.ts'
import { isFresh } from '../is-fresh.ts'
import { CONFIGZ_CACHE_MS, POD_LIST_CACHE_MS, POD_LIST_FORGET_MS } from '../limits.ts'
import type { AgentLog } from '../log.ts'
import type { VirtualNames } from './virtual-names.ts'
import { createPodListReader } from './pod-list-reader.ts'
import { indexPods, type Workload } from './workload.ts'

/** The pods of the node as the kubelet lists them. */
export interface PodStore {
  /** Reads `/pods` again if the copy is older than its time (5 s). Never throws for a refusal: that goes to the log. */
  refresh(client: KubeletClient, signal: AbortSignal): Promise<void>
  /** What is known now: the last good list, if it is not too old. */
  current(): Workload
  /** Whether a list was ever read. */
  readonly everRead: boolean
  /** Reads the kubelet's `/configz` again if that was 20 minutes ago. A refusal is silent. */
  refreshConfig(client: KubeletClient, signal: AbortSignal): Promise<void>
  /** The kubelet's `cpuManagerPolicy`; undefined: never read. */
  readonly cpuManagerPolicy: string | undefined
}

export interface PodStoreOptions {
  readonly log: AgentLog
  readonly now: () => number
  readonly virtualNames?: VirtualNames
  /** How long a copy is used, and finished pods are kept; the Agent's defaults. */
  readonly cacheMs?: number
  readonly expirationMs?: number
}

export function createPodStore(options: PodStoreOptions): PodStore {
  const { cacheMs = POD_LIST_CACHE_MS, expirationMs } = options
  // A copy that may still be used is not forgotten.
  const forgetMs = Math.max(POD_LIST_FORGET_MS, cacheMs * 3)
  const empty = indexPods([], 0)
  const reader = createPodListReader()
  let workload = empty
  let readAt: number | undefined
  let configAt: number | undefined
  let policy: string | undefined
  return {
    async refresh(client, signal) {
      // A clock that was set back makes the copy look younger than it is: not younger than new.
      if (isFresh(readAt, options.now(), cacheMs)) return
      try {
        const pods = reader.read(await getChecked(client, '/pods', 'podlist', signal))
        workload = indexPods(pods, options.now(), options.virtualNames, expirationMs)
        readAt = options.now()
      } catch (error) {
        signal.throwIfAborted()
        const text = `error pulling from collector "kubelet": ${messageOf(error)}`
        options.log.error('agent/store/pod-store', text)
      }
    },
    current() {
      if (readAt !== undefined && options.now() - readAt > forgetMs) return empty
      return workload
    },
    get everRead() {
      return readAt !== undefined
    },
    async refreshConfig(client, signal) {
      if (isFresh(configAt, options.now(), CONFIGZ_CACHE_MS)) return
      configAt = options.now()
      try {
        const answer = await client.get('/configz', signal)
        if (answer.status === 200) policy = policyOf(JSON.parse(answer.body)) ?? policy
      } catch {
        // Most tenants may not read it; without it a tag is missing.
        signal.throwIfAborted()
      }
    },
    get cpuManagerPolicy() {
      return policy
    },
  }
}

function policyOf(config: unknown): string | undefined {
  const { kubeletconfig } = (config ?? {}) as { kubeletconfig?: { cpuManagerPolicy?: unknown } }
  const found = kubeletconfig?.cpuManagerPolicy
  return typeof found === 'string' ? found : undefined
}
