import type { ContainerReading } from './reading.ts'
import type { StoredContainer } from '../../store/workload.ts'

/** A running container, as its source lists it. */
export interface ListedContainer {
  readonly id: string
  /** The runtime's name for it, or the pod list's. */
  readonly name: string
  readonly image: string
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
export interface ContainerFacts {
  readonly startedAt: number | undefined
  readonly restarts: number
  /** undefined: nil stats. */
  readonly reading: ContainerReading | undefined
}

/** Where containers and their numbers come from: a runtime, or else the kubelet. */
export interface ContainerSource {
  readonly kind: 'docker' | 'kubelet'
  list(signal: AbortSignal): Promise<ListedContainer[]>
  /** Throws when the source has an error for this container; it is then skipped. */
  facts(container: ListedContainer, signal: AbortSignal): Promise<ContainerFacts>
}
