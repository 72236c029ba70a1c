import type { ContainerReading } from './reading.ts'
import type { StoredContainer } from '../../store/workload.ts'

/** A running container, as its source lists it. */
export interface ListedContainer {
  readonly id: string
  /** The runtime's name for it, or the pod list's; a control group has none but the id. */
  readonly name: string
  readonly image: string
  /** Empty when the source does not say. */
  readonly runtime: string
  /** For filters: what the runtime's label or the pod list says. */
  readonly namespace: string
  readonly hostNetwork: boolean
  /** What the runtime alone says about it, at high cardinality. */
  readonly runtimeTags: readonly string[]
  /** The pod list's entry, when the list comes from there. */
  readonly stored: StoredContainer | undefined
}

/** What a source says about one container. */
export interface ContainerFacts extends ContainerLife {
  /** undefined: nil stats. */
  readonly reading: ContainerReading | undefined
}

export interface ContainerLife {
  /** Milliseconds since 1970. */
  readonly startedAt: number | undefined
  readonly restarts: number
}

/** Where numbers come from. Of several the first that knows the containers is asked: system, runtime, kubelet. */
export interface StatsCollector {
  readonly kind: 'system' | 'docker' | 'kubelet'
  /** undefined: nil stats. Throws when it has an error for this container; the container is then skipped. */
  reading(container: ListedContainer, signal: AbortSignal): Promise<ContainerReading | undefined>
}

/** Where containers come from: a runtime, or else the kubelet, or else the control groups. */
export interface ContainerSource {
  readonly kind: 'docker' | 'kubelet' | 'cgroups'
  list(signal: AbortSignal): Promise<ListedContainer[]>
  /** `stored`: the container of a pod that the listed one was found to be. */
  life(
    container: ListedContainer,
    stored: StoredContainer,
    signal: AbortSignal,
  ): Promise<ContainerLife>
  readonly stats: StatsCollector
}
