import { parseQuantity, type Node, type PersistentVolumeClaim } from '../../../kube/index.ts'
import { matchVolume } from '../../volumes/match-volume.ts'
import { SELECTED_NODE, specOf, type PersistentVolume } from '../../volumes/objects.ts'
import { termsMatch } from './node-fit.ts'
import type { VolumeNeeds } from './pod-claims.ts'

/** A claim that waits, and what it gets on a node: a volume that is there, else one that is made. */
export interface PlacedClaim {
  readonly claim: PersistentVolumeClaim
  readonly volume: PersistentVolume | undefined
}

export const NO_NEEDS: VolumeNeeds = { bound: [], waiting: [] }

const GONE = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'
const ELSEWHERE = "node(s) didn't match PersistentVolume's node affinity"
const NONE_TO_BIND = "node(s) didn't find available persistent volumes to bind"
const NO_PROVISIONER = 'kubernetes.io/no-provisioner'

/** What speaks against a node for a pod's volumes, in the scheduler's words. Source: kube-scheduler 1.36, VolumeBinding's Filter. */
export function volumeMisfit(
  needs: VolumeNeeds,
  node: Node,
  volumes: readonly PersistentVolume[],
): string | undefined {
  if (needs.bound.some((volume) => volume === undefined)) return GONE
  if (!needs.bound.every((volume) => volume === undefined || isReachable(volume, node)))
    return ELSEWHERE
  return placeClaims(needs, node, volumes) === undefined ? NONE_TO_BIND : undefined
}

/**
 * What each waiting claim gets on a node: smaller claims choose first, each the smallest volume that fits and that the node
 * can have. Undefined when there is nothing for one of them.
 */
export function placeClaims(
  { waiting }: VolumeNeeds,
  node: Node,
  volumes: readonly PersistentVolume[],
): PlacedClaim[] | undefined {
  const placed: PlacedClaim[] = []
  const free = new Set(volumes.filter((volume) => isReachable(volume, node)))
  const bySize = waiting.toSorted((a, b) => wishOf(a.claim) - wishOf(b.claim))
  for (const { claim, of } of bySize) {
    const chosen = claim.metadata.annotations?.[SELECTED_NODE]
    if (chosen !== undefined && chosen !== node.metadata.name) return undefined
    const volume = matchVolume(claim, of.metadata.name ?? '', [...free])
    if (volume === undefined && ['', NO_PROVISIONER].includes(of.provisioner)) return undefined
    if (volume !== undefined) free.delete(volume)
    placed.push({ claim, volume })
  }
  return placed
}

/** Whether a node can have a volume: `spec.nodeAffinity.required`. */
function isReachable({ spec }: PersistentVolume, node: Node): boolean {
  const { nodeAffinity } = spec as {
    nodeAffinity?: { required?: { nodeSelectorTerms?: Parameters<typeof termsMatch>[0] } }
  }
  const required = nodeAffinity?.required
  return required === undefined || termsMatch(required.nodeSelectorTerms ?? [], node)
}

function wishOf(claim: PersistentVolumeClaim): number {
  const parsed = parseQuantity(specOf(claim).resources?.requests?.['storage'] ?? '0')
  return parsed.ok ? parsed.value : 0
}
