import type { EnvVar } from '../../kube/index.ts'
import { AGENT_HEALTH_PORT } from './datadog-probes.ts'
import type { DatadogNames } from './datadog-names.ts'
import type { DatadogValues } from './datadog-values.ts'

/** Environment of the agents, in the chart's order: what is written later wins. */

const plain = (name: string, value: string | number | boolean): EnvVar => ({
  name,
  value: String(value),
})
const when = (condition: boolean, ...entries: EnvVar[]): EnvVar[] => (condition ? entries : [])
const maybe = (name: string, value: string | boolean | undefined): EnvVar[] =>
  value === undefined ? [] : [plain(name, value)]

export const apiKey = (names: DatadogNames): EnvVar => ({
  name: 'DD_API_KEY',
  valueFrom: { secretKeyRef: { name: names.apiKeySecret, key: 'api-key' } },
})

export const clusterAgentToken = (names: DatadogNames): EnvVar => ({
  name: 'DD_CLUSTER_AGENT_AUTH_TOKEN',
  valueFrom: { secretKeyRef: { name: names.clusterAgent, key: 'token' } },
})

function kubeletHost({ kubelet }: DatadogValues): EnvVar {
  const name = 'DD_KUBERNETES_KUBELET_HOST'
  const { host } = kubelet
  if (host === undefined)
    return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.hostIP' } } }
  if (typeof host === 'string') return { name, value: host }
  // `valueFrom` or `value`, as the values have it.
  return { name, ...(host as Partial<EnvVar>) }
}

/** What all containers of the node agent have (`_components-common-env.yaml`, `_containers-common-env.yaml`). */
export function commonEnv(values: DatadogValues, names: DatadogNames): EnvVar[] {
  const { kubelet } = values
  return [
    apiKey(names),
    plain('DD_AUTH_TOKEN_FILE_PATH', '/etc/datadog-agent/auth/token'),
    ...maybe('DD_CLUSTER_NAME', values.clusterName),
    ...when(values.tags.length > 0, plain('DD_TAGS', values.tags.join(' '))),
    plain('KUBERNETES', 'yes'),
    ...maybe('DD_SITE', values.site),
    kubeletHost(values),
    ...maybe('DD_KUBELET_TLS_VERIFY', kubelet.tlsVerify),
    plain('DD_KUBELET_USE_API_SERVER', kubelet.useApiServer),
    ...when(kubelet.hostCAPath !== undefined, plain('DD_KUBELET_CLIENT_CA', kubelet.agentCAPath)),
    ...values.env,
    ...maybe(
      'DOCKER_HOST',
      values.dockerSocketPath === undefined ? undefined : `unix:///host${values.dockerSocketPath}`,
    ),
    ...maybe(
      'DD_CRI_SOCKET_PATH',
      values.criSocketPath === undefined ? undefined : `/host${values.criSocketPath}`,
    ),
    plain('DD_LOG_LEVEL', values.logLevel),
  ]
}

/** Of the container `agent` (`_container-agent.yaml`). */
export function agentEnv(values: DatadogValues, names: DatadogNames): EnvVar[] {
  const { logs, kubelet, clusterAgentEnabled } = values
  return [
    ...commonEnv(values, names),
    plain('DD_DOGSTATSD_PORT', 8125),
    plain('DD_DOGSTATSD_NON_LOCAL_TRAFFIC', true),
    ...(clusterAgentEnabled ? withClusterAgent(names) : withoutClusterAgent(names)),
    plain('DD_APM_ENABLED', values.apmSocketEnabled),
    plain('DD_LOGS_ENABLED', logs.enabled),
    plain('DD_LOGS_CONFIG_CONTAINER_COLLECT_ALL', logs.containerCollectAll),
    plain('DD_LOGS_CONFIG_K8S_CONTAINER_USE_FILE', true),
    plain('DD_HEALTH_PORT', AGENT_HEALTH_PORT),
    plain('DD_DOGSTATSD_SOCKET', '/var/run/datadog/dsd.socket'),
    ...when(
      clusterAgentEnabled,
      plain('DD_EXTRA_CONFIG_PROVIDERS', 'clusterchecks endpointschecks'),
    ),
    plain('DD_IGNORE_AUTOCONF', 'kubernetes_state'),
    plain('DD_KUBELET_CORE_CHECK_ENABLED', kubelet.coreCheckEnabled),
    ...values.agentEnv,
  ]
}

const withClusterAgent = (names: DatadogNames): EnvVar[] => [
  plain('DD_CLUSTER_AGENT_ENABLED', true),
  plain('DD_CLUSTER_AGENT_KUBERNETES_SERVICE_NAME', names.clusterAgent),
  clusterAgentToken(names),
]

const withoutClusterAgent = (names: DatadogNames): EnvVar[] => [
  plain('DD_CLUSTER_AGENT_ENABLED', false),
  plain('DD_LEADER_ELECTION', true),
  plain('DD_LEADER_LEASE_NAME', `${names.fullName}-leader-election`),
  plain('DD_COLLECT_KUBERNETES_EVENTS', true),
]

/** Of the trace agent, which idles in the lab. */
export function traceEnv(values: DatadogValues, names: DatadogNames): EnvVar[] {
  return [
    ...commonEnv(values, names),
    ...(values.clusterAgentEnabled ? withClusterAgent(names) : []),
    plain('DD_APM_ENABLED', true),
    plain('DD_APM_NON_LOCAL_TRAFFIC', true),
    plain('DD_APM_RECEIVER_PORT', 8126),
    plain('DD_APM_RECEIVER_SOCKET', '/var/run/datadog/apm.socket'),
  ]
}
