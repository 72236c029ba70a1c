import type { Deployment, ReplicaSet } from '../../../kube/index.ts'
import { sameValue } from '../common/template-hash.ts'
import { sizeAnnotations } from './annotations.ts'
import { sizeOf } from './replica-sets.ts'

export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** ReplicaSets as they shall be after this look, kept apart from how they are. */
export interface Draft {
  /** The present state of a ReplicaSet, with what was decided so far. */
  now(set: ReplicaSet): ReplicaSet
  change(set: ReplicaSet, next: ReplicaSet): void
  /** Changes the size and tells of it; true when that is a change. */
  scale(set: ReplicaSet, size: number): boolean
  changed(): ReplicaSet[]
  readonly events: PlannedEvent[]
}

export function createDraft(deployment: Deployment): Draft {
  const drafts = new Map<ReplicaSet, ReplicaSet>()
  const events: PlannedEvent[] = []
  const now = (set: ReplicaSet): ReplicaSet => drafts.get(set) ?? set
  return {
    now,
    events,
    change: (set, next) => void drafts.set(set, next),
    scale(set, size) {
      const current = now(set)
      const before = sizeOf(current)
      const annotations = { ...current.metadata.annotations, ...sizeAnnotations(deployment) }
      const metadata = { ...current.metadata, annotations }
      drafts.set(set, { ...current, metadata, spec: { ...current.spec, replicas: size } })
      if (size === before) return false
      const way = size > before ? 'up' : 'down'
      const { name = '' } = set.metadata
      const message = `Scaled ${way} replica set ${name} from ${before} to ${size}`
      events.push({ type: 'Normal', reason: 'ScalingReplicaSet', message })
      return true
    },
    changed: () => [...drafts].filter(([was, is]) => !sameValue(was, is)).map(([, is]) => is),
  }
}
