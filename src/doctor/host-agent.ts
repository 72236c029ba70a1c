import { DAEMONSETS, type DaemonSet, type KubeClient } from '../kube/index.ts'
import { remedyOf } from '../remedies/index.ts'

/** On how many nodes of the host an agent is ready that knows this vcluster (the remedy `host-agent`). */
export async function nodesWithHostAgent(host: KubeClient, vcluster: string): Promise<number> {
  const brought = remedyOf('host-agent').hostAgent
  if (brought === undefined) return 0
  const { items } = await host.list<DaemonSet>(DAEMONSETS, {
    namespace: brought.namespace,
    labelSelector: brought.selector,
  })
  return items
    .filter((set) => knows(set, vcluster))
    .reduce((sum, { status }) => sum + (status?.numberReady ?? 0), 0)
}

const knows = ({ spec }: DaemonSet, vcluster: string): boolean =>
  spec.template.spec.containers
    .flatMap(({ env = [] }) => env)
    .filter(({ name }) => name === 'SUBLET_VCLUSTERS')
    .flatMap(({ value = '' }) => value.split(/[\s,]+/))
    .some((word) => word.startsWith(`${vcluster}=`))
