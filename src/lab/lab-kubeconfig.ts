import { writeFileSync } from 'node:fs'
import {
  kubeconfigOf,
  mergeKubeconfigs,
  stringifyKubeconfig,
  type KubeClientOptions,
} from '../kube/index.ts'

/** The host's context, as minikube calls it. */
export const HOST_CONTEXT = 'minikube'

export interface VclusterAccess {
  readonly name: string
  readonly hostNamespace: string
  /** `https://host:port` */
  readonly api: string
  /** Cluster-admin of the virtual cluster. */
  readonly admin: KubeClientOptions
}

/** The context of a vcluster, as `vcluster connect` names it. */
export function vclusterContext(vcluster: {
  readonly name: string
  readonly hostNamespace: string
}): string {
  return `vcluster_${vcluster.name}_${vcluster.hostNamespace}_${HOST_CONTEXT}`
}

/** Writes the lab's kubeconfig: the host's context, chosen, and one per vcluster. Only the lab's user may read it. */
export function writeLabKubeconfig(
  path: string,
  host: KubeClientOptions,
  vclusters: readonly VclusterAccess[],
): void {
  const merged = mergeKubeconfigs([
    kubeconfigOf({ name: HOST_CONTEXT, options: host }),
    ...vclusters.map((vcluster) =>
      kubeconfigOf({ name: vclusterContext(vcluster), options: vcluster.admin }),
    ),
  ])
  writeFileSync(path, stringifyKubeconfig(merged), { mode: 0o600 })
}
