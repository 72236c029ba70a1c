import type { KubeObject, Node, Pod } from '../../../kube/index.ts'
import { termsMatch } from './node-fit.ts'

/** What the scheduler knows of claims and volumes: those of its own copies. */
export interface VolumeCopies {
  claim(key: { namespace: string; name: string }): KubeObject | undefined
  volume(name: string): KubeObject | undefined
}

interface VolumeUse {
  name: string
  persistentVolumeClaim?: { claimName?: string }
  ephemeral?: object
}

/** The PersistentVolumes that a pod's claims are bound to. Claims without one say nothing: the kubelet waits for them. */
export function boundVolumes(pod: Pod, copies: VolumeCopies): KubeObject[] {
  const { namespace = '', name: podName = '' } = pod.metadata
  const uses = (pod.spec.volumes ?? []) as unknown as VolumeUse[]
  return uses.flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claimName =
      persistentVolumeClaim?.claimName ?? (ephemeral && `${podName}-${name}`) ?? undefined
    const claim = claimName && copies.claim({ namespace, name: claimName })
    if (!claim) return []
    const { volumeName } = (claim['spec'] ?? {}) as { volumeName?: string }
    const volume = volumeName ? copies.volume(volumeName) : undefined
    return volume === undefined ? [] : [volume]
  })
}

/** Whether a node can have all of these volumes: `spec.nodeAffinity.required` of each. */
export function volumesFit(volumes: readonly KubeObject[], node: Node): boolean {
  return volumes.every((volume) => {
    const { nodeAffinity } = (volume['spec'] ?? {}) as {
      nodeAffinity?: { required?: { nodeSelectorTerms?: Parameters<typeof termsMatch>[0] } }
    }
    const required = nodeAffinity?.required
    return required === undefined || termsMatch(required.nodeSelectorTerms ?? [], node)
  })
}
