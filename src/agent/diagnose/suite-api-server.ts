import { createOwnApi } from '../checks/container/own-api.ts'
import { pass, skipped, trouble, type Suite } from './diagnosis.ts'
import { tokenFacts } from './token-facts.ts'

const NAME = 'API server'

/** The agent's own cluster, asked as every pod asks: with the mounted token and CA. */
export const API_SERVER_SUITE: Suite = {
  name: 'connectivity-api-server',
  about: "the API server of the agent's own cluster",
  async diagnose({ loaded: { config }, signal, now }) {
    if (!config.api) return [skipped(NAME, 'Not in a cluster: KUBERNETES_SERVICE_HOST is not set')]
    const { api, workload } = await createOwnApi({ config, now }).pods(signal)
    const where = api.server ?? config.api.server
    if (workload) return [pass(NAME, `${where} lists ${workload.pods.length} pods to this agent`)]
    const rawError = api.error ?? ''
    const facts = tokenFacts(config, config.api.tokenPath)
    const more = { remediation: remedyFor(rawError), rawError }
    return [trouble('FAIL', NAME, `${where} does not list its pods. ${facts}`, more)]
  },
}

function remedyFor(error: string): string {
  if (error.includes(': 401')) {
    return 'The token is not one of this cluster: was a token of another cluster mounted over it (the workaround `token-override` does so)?'
  }
  if (error.includes(': 403')) {
    return 'The ServiceAccount needs get and list on pods (ClusterRole and ClusterRoleBinding of the chart).'
  }
  if (error.includes('no such file'))
    return 'Mount the ServiceAccount: automountServiceAccountToken.'
  return 'Look whether the address can be reached from this pod, and whether ca.crt belongs to this cluster.'
}
