import { KubeStatusError, readSome, statusOf, type KubeClient } from '../../kube/index.ts'
import { logQuery } from '../../kubelet/index.ts'
import { hostName } from '../../tenants/index.ts'
import type { OpenPodLog } from '../apiserver/index.ts'

/**
 * A virtual API server has no kubelet of its own: it asks the host's for the log of the host pod, as the syncer
 * (vcluster 0.34, pkg/server/filters, WithRedirect). What the host refuses is passed on as it is, host names and all.
 */
export function openHostLog(
  host: KubeClient,
  where: { readonly vcluster: string; readonly hostNamespace: string },
): OpenPodLog {
  return async ({ metadata }, container, options, signal) => {
    const { name = '', namespace = '' } = metadata
    const pod = hostName(name, namespace, where.vcluster)
    const query = new URLSearchParams(logQuery(options))
    query.set('container', container)
    const path = `/api/v1/namespaces/${where.hostNamespace}/pods/${pod}/log?${query.toString()}`
    const answer = await host.stream(path, { signal })
    if (answer.status === 200) return answer.body
    const body = await readSome(answer.body)
    answer.body.destroy()
    throw new KubeStatusError(statusOf(answer.status, body))
  }
}
