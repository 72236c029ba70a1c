import type { ClusterAgentState } from './state.ts'

const escape = (text: string): string =>
  text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))

/** The page of port 5000: what the Cluster Agent itself does, in the text format 0.0.4. */
export function metricsText(state: ClusterAgentState): string {
  const { leaderElection, apiserver, metadata } = state
  const counts = apiserver.resources.filter(({ count }) => count !== null)
  const family = (name: string, help: string, type: string, rows: readonly string[]): string =>
    `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${rows.map((row) => `${name}${row}\n`).join('')}`
  return [
    family('leader_election_is_leader', 'Whether this pod leads.', 'gauge', [
      ` ${leaderElection.isLeader ? 1 : 0}`,
    ]),
    family('cluster_checks_configs_dispatched', 'Configurations given to agents.', 'gauge', [' 0']),
    family(
      'kubernetes_apiserver_objects',
      'Objects that the API server listed last.',
      'gauge',
      counts.map(({ resource, count }) => `{resource="${escape(resource)}"} ${count}`),
    ),
    family('kubernetes_apiserver_runs_total', 'Times the API server was asked.', 'counter', [
      ` ${apiserver.totalRuns}`,
    ]),
    family('metadata_mapped_pods', 'Pods that a Service leads to.', 'gauge', [` ${metadata.pods}`]),
  ].join('')
}
