import type { KubeClient } from '../../kube/index.ts'
import { hostName } from '../../tenants/index.ts'
import type { OpenPodStream } from '../apiserver/index.ts'

/** Exec, attach and port-forward of a virtual pod lead to the same of its host pod, as its logs do. */
export function openHostStream(
  host: KubeClient,
  where: { readonly vcluster: string; readonly hostNamespace: string },
): OpenPodStream {
  return async ({ metadata }, { kind, query }, upgrade) => {
    const { name = '', namespace = '' } = metadata
    const pod = hostName(name, namespace, where.vcluster)
    const path = `/api/v1/namespaces/${where.hostNamespace}/pods/${pod}/${kind}`
    return await host.upgrade({ ...upgrade, path: `${path}?${query.toString()}` })
  }
}
