import type { ClusterAgentState, LeaderElection } from './state.ts'

const date = (at: number): string => (at === 0 ? 'Never' : new Date(at).toUTCString())
const underlined = (title: string): string => `${title}\n${'='.repeat(title.length)}\n`
const boxed = (title: string): string => `${'='.repeat(title.length)}\n${underlined(title)}`

/** `status` with the sections of the real one (pkg/status/clusteragent), each saying what is so. */
export function statusText(state: ClusterAgentState, version: string): string {
  return [
    'Getting the status from the agent.',
    boxed(`Datadog Cluster Agent (sublet v${version})`) + agentBlock(state),
    underlined('Leader Election') + electionBlock(state.leaderElection),
    underlined('Custom Metrics Server') +
      '  Disabled: The external metrics provider is not enabled on the Cluster Agent\n',
    underlined('Cluster Checks Dispatching') + checksBlock(state),
    underlined('Admission Controller') +
      '  Disabled: The admission controller is not enabled on the Cluster Agent\n',
    underlined('Metadata Mapping') + metadataBlock(state),
    boxed('Collector') + collectorBlock(state),
  ].join('\n')
}

function agentBlock(state: ClusterAgentState): string {
  const fields = [
    `Status date: ${date(state.statusAt)}`,
    `Agent start: ${date(state.startedAt)}`,
    `Pid: ${state.pid}`,
    'Agent flavor: cluster_agent',
    `Hostname: ${state.hostname}`,
    ...(state.clusterName === null ? [] : [`Cluster Name: ${state.clusterName}`]),
    `API server: ${state.server}`,
  ]
  return fields.map((field) => `  ${field}\n`).join('')
}

function electionBlock(election: LeaderElection): string {
  if (election.status === 'disabled') {
    return '  Leader Election Status:  Disabled (DD_LEADER_ELECTION is not true)\n'
  }
  if (election.status === 'failing') {
    return `  Leader Election Status:  Failing\n  Error: ${election.error}\n`
  }
  const fields = [
    'Leader Election Status:  Running',
    `Leader Name is: ${election.leader}${election.isLeader ? ' (this pod)' : ''}`,
    `Last Acquisition of the lease: ${date(election.acquiredAt)}`,
    `Renewed leadership: ${date(election.renewedAt)}`,
    `Number of leader transitions: ${election.transitions} transitions`,
  ]
  return fields.map((field) => `  ${field}\n`).join('')
}

function checksBlock({ clusterChecks, leaderElection }: ClusterAgentState): string {
  if (!clusterChecks.enabled) return '  Status: Disabled (DD_CLUSTER_CHECKS_ENABLED is not true)\n'
  const role = leaderElection.isLeader ? 'Leader, serving requests' : 'Follower'
  return `  Status: ${role}\n  Active agents: 0\n  Check Configurations: ${clusterChecks.configurations}\n    - Dispatched: 0\n    - Unassigned: 0\n`
}

const metadataBlock = ({ metadata }: ClusterAgentState): string =>
  metadata.error === null
    ? `  Pods with Services: ${metadata.pods}\n  Services: ${metadata.services}\n`
    : `  Error: ${metadata.error}\n`

function collectorBlock({ apiserver }: ClusterAgentState): string {
  const failed = apiserver.resources.filter(({ error }) => error !== null)
  const isDown = failed.length > 0 && failed.length === apiserver.resources.length
  const state = isDown ? 'ERROR' : failed.length > 0 ? 'WARNING' : 'OK'
  const title = '\n  Running Checks\n  ==============\n'
  if (apiserver.totalRuns === 0) return `${title}    No checks have run yet\n`
  const fields = [
    `Instance ID: kubernetes_apiserver [${state}]`,
    `Total Runs: ${apiserver.totalRuns}`,
    ...apiserver.resources.map(({ resource, count, error }) =>
      error === null ? `Objects: ${resource}: ${count}` : `Warning: ${resource}: ${error}`,
    ),
    `Last Execution Date : ${date(apiserver.lastRunAt)}`,
    `Last Successful Execution Date : ${date(apiserver.lastSuccessAt)}`,
  ]
  const heading = `    kubernetes_apiserver\n    ${'-'.repeat(20)}\n`
  return title + heading + fields.map((field) => `      ${field}\n`).join('')
}

/** `health`, as `agent health` prints it. */
export function healthText({ components }: ClusterAgentState): string {
  const unhealthy = components.filter(({ why }) => why !== undefined)
  const healthy = components.filter(({ why }) => why === undefined)
  const part = (title: string, of: typeof components): string =>
    of.length === 0
      ? ''
      : `=== ${of.length} ${title} components ===\n${of.map(({ name }) => name).join(', ')}\n`
  const reasons = unhealthy.map(({ name, why }) => `  ${name}: ${why}\n`).join('')
  const verdict = `Agent health: ${unhealthy.length > 0 ? 'FAIL' : 'PASS'}\n`
  return verdict + part('healthy', healthy) + part('unhealthy', unhealthy) + reasons
}
