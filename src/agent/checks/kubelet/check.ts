import { combining } from '../../aggregator/combine.ts'
import { withTags } from '../../aggregator/sender.ts'
import { messageOf } from '../../go-errors.ts'
import { recorded, type RequestRecord } from '../../kubelet/client.ts'
import type { KubeletConnection } from '../../kubelet/connection.ts'
import { KUBELET_CHECK_INTERVAL_MS } from '../../limits.ts'
import type { AgentLog } from '../../log.ts'
import type { ContainerFilter } from '../../store/filter.ts'
import type { PodStore } from '../../store/pod-store.ts'
import { limitTags, type Tagger } from '../../store/tags.ts'
import type { Workload } from '../../store/workload.ts'
import type { Check } from '../check.ts'
import { cadvisor } from './cadvisor.ts'
import { health } from './health.ts'
import { kubeletMetrics } from './kubelet-metrics.ts'
import { node } from './node.ts'
import { pod } from './pod.ts'
import { probe } from './probe.ts'
import { DEFAULT_INSTANCE, type KubeletInstance } from './instance.ts'
import { createKubeletMemory, type Provider } from './provider.ts'
import { slis } from './slis.ts'
import { summary } from './summary.ts'

const PROVIDERS: readonly Provider[] = [
  health,
  pod,
  node,
  summary,
  cadvisor,
  kubeletMetrics,
  probe,
  slis,
]

export interface KubeletCheckOptions {
  readonly connection: KubeletConnection
  readonly pods: PodStore
  readonly tagger: Tagger
  readonly filter: ContainerFilter
  readonly log: AgentLog
  readonly now: () => number
  readonly instance?: KubeletInstance
}

/** The `kubelet` check: what the node's kubelet tells about itself, its pods and their containers. */
export function createKubeletCheck(options: KubeletCheckOptions): Check {
  const { connection, pods, tagger, filter, log, now } = options
  const instance = options.instance ?? DEFAULT_INSTANCE
  const memory = createKubeletMemory()
  const limited = limitTags(tagger, instance.cardinality)
  return {
    name: 'kubelet',
    source: 'file:/etc/datadog-agent/conf.d/kubelet.d/conf.yaml.default',
    intervalMs: KUBELET_CHECK_INTERVAL_MS,
    async run({ sender, signal, warn, inventory }) {
      const requests: RequestRecord[] = []
      inventory['requests'] = requests
      const client = await connection.client(signal).catch((error: unknown) => {
        warn(`Error initialising check: ${messageOf(error)}`)
        throw error
      })
      const asked = recorded(client, requests)
      await pods.refresh(asked, signal)
      // Not among the requests that are told: it is no part of the run, and most agents may not.
      await pods.refreshConfig(client, signal)
      const workload = pods.current()
      const capped = combining(sender, instance.cardinality)
      const run = {
        client: asked,
        sender: withTags(capped.sender, instance.tags),
        instance,
        workload,
        podListRead: pods.everRead,
        cpuManagerPolicy: pods.cpuManagerPolicy,
        claimTags: claimTagsOf(workload, limited),
        tagger: limited,
        filter,
        memory,
        log,
        signal,
        now,
      }
      for (const provider of PROVIDERS) {
        try {
          await provider.run(run)
        } catch (error) {
          signal.throwIfAborted()
          warn(`Error reporting metrics: ${messageOf(error)}`)
        }
      }
      capped.flush()
    },
  }
}

/** Which pod uses a claim: its tags but the claim's own and the phase. */
function claimTagsOf(workload: Workload, tagger: Tagger): Map<string, readonly string[]> {
  const claims = new Map<string, readonly string[]>()
  for (const stored of workload.pods) {
    for (const volume of stored.pod.spec.volumes ?? []) {
      const claim =
        volume.persistentVolumeClaim?.claimName ??
        (volume.ephemeral ? `${stored.name}-${volume.name}` : undefined)
      if (claim === undefined) continue
      const tags = tagger
        .pod(stored, 'orchestrator')
        .filter((tag) => !/^(persistentvolumeclaim|pod_phase):/.test(tag))
      claims.set(`${stored.namespace}/${claim}`, tags)
    }
  }
  return claims
}
