import { writeFileSync } from 'node:fs'
import {
  formatKubeconfig,
  kubeconfigOf,
  mergeKubeconfigs,
  type KubeClientOptions,
  type Kubeconfig,
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
export async function writeLabKubeconfig(
  path: string,
  host: KubeClientOptions,
  vclusters: readonly VclusterAccess[],
): Promise<void> {
  const entry = (name: string, options: KubeClientOptions): Kubeconfig =>
    kubeconfigOf({
      name,
      server: options.server,
      caPem: options.ca,
      credential: options.credential,
    })
  const merged = mergeKubeconfigs(
    entry(HOST_CONTEXT, host),
    ...vclusters.map((vcluster) => entry(vclusterContext(vcluster), vcluster.admin)),
  )
  writeFileSync(path, await formatKubeconfig(merged), { mode: 0o600 })
}
