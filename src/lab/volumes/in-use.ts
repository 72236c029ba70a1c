import type { Pod } from '../../kube/index.ts'

/** The claims of a pod's volumes. */
export const claimNames = ({ spec }: Pod): string[] =>
  (spec.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? [])

/** Pods that have not ended and use the claim. */
export function usersOf(
  claim: { readonly namespace?: string; readonly name?: string },
  pods: readonly Pod[],
): Pod[] {
  return pods.filter(
    (pod) =>
      pod.metadata.namespace === claim.namespace &&
      pod.status?.phase !== 'Succeeded' &&
      pod.status?.phase !== 'Failed' &&
      claimNames(pod).includes(claim.name ?? ''),
  )
}
