import type { EnvVar, KubeObject } from '../../kube/index.ts'
import { imageOf } from './datadog-daemonset.ts'
import { apiKey, clusterAgentToken } from './datadog-env.ts'
import { CLUSTER_AGENT_HEALTH_PORT, probes } from './datadog-probes.ts'
import type { DatadogNames } from './datadog-names.ts'
import { account, clusterRole, clusterAgentRules, role, rule } from './datadog-rbac.ts'
import type { DatadogValues } from './datadog-values.ts'

/** Everything of the cluster agent. `token` is what node agents show it. */
export function clusterAgentObjects(
  values: DatadogValues,
  names: DatadogNames,
  token: string,
): KubeObject[] {
  const { clusterAgent, fullName, namespace, labels } = names
  const metadata = (name: string): KubeObject['metadata'] => ({ name, namespace, labels })
  const service = (name: string, port: number, targetPort: number): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name),
    spec: {
      type: 'ClusterIP',
      selector: { app: clusterAgent },
      ports: [{ port, targetPort, name: name === clusterAgent ? 'agentport' : 'datadog-webhook' }],
    },
  })
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata(clusterAgent),
      type: 'Opaque',
      data: { token: Buffer.from(token).toString('base64') },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(`${clusterAgent}-confd`),
      data: CONFD,
    },
    ...account(names, clusterAgent, clusterAgentRules(names)),
    ...clusterRole(names, `${fullName}-ksm-core`, clusterAgent, [
      rule([''], ['configmaps', 'nodes', 'pods', 'services', 'namespaces'], ['list', 'watch']),
      rule(
        ['apps'],
        ['statefulsets', 'daemonsets', 'deployments', 'replicasets'],
        ['list', 'watch'],
      ),
      rule(['batch'], ['cronjobs', 'jobs'], ['list', 'watch']),
    ]),
    ...role(names, `${clusterAgent}-main`, clusterAgent, [
      rule([''], ['secrets'], ['get', 'list', 'watch', 'update', 'create']),
    ]),
    ...role(names, `${fullName}-dca-flare`, fullName, [
      rule([''], ['secrets', 'configmaps'], ['get']),
      rule([''], ['pods'], ['list', 'get']),
    ]),
    service(clusterAgent, 5005, 5005),
    service(`${clusterAgent}-admission-controller`, 443, 8000),
    deployment(values, names),
  ]
}

const CONFD = {
  'kubernetes_state_core.yaml.default':
    'init_config:\ninstances:\n  - collectors: [nodes, pods, services]\n',
  'kubernetes_apiserver.yaml':
    'init_config:\ninstances:\n  - filtering_enabled: false\n    unbundle_events: false\n',
}

function deployment(values: DatadogValues, names: DatadogNames): KubeObject {
  const { clusterAgent, namespace, release } = names
  const labels = {
    'app.kubernetes.io/name': names.fullName,
    'app.kubernetes.io/instance': release,
    'app.kubernetes.io/managed-by': 'Helm',
    'app.kubernetes.io/component': 'cluster-agent',
    'admission.datadoghq.com/enabled': 'false',
    app: clusterAgent,
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: clusterAgent,
      namespace,
      labels: { ...names.labels, 'app.kubernetes.io/component': 'cluster-agent' },
    },
    spec: {
      replicas: values.clusterAgentReplicas,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: { app: clusterAgent } },
      template: {
        metadata: { name: clusterAgent, labels },
        spec: {
          serviceAccountName: clusterAgent,
          automountServiceAccountToken: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          containers: [
            {
              name: 'cluster-agent',
              image: imageOf('cluster-agent', values),
              imagePullPolicy: 'IfNotPresent',
              resources: {},
              ports: [
                { containerPort: 5005, name: 'agentport', protocol: 'TCP' },
                { containerPort: 5000, name: 'agentmetrics', protocol: 'TCP' },
                { containerPort: 8000, name: 'datadog-webhook', protocol: 'TCP' },
              ],
              env: clusterAgentEnv(values, names),
              ...probes(CLUSTER_AGENT_HEALTH_PORT),
              volumeMounts: [
                { name: 'datadogrun', mountPath: '/opt/datadog-agent/run' },
                { name: 'logdatadog', mountPath: '/var/log/datadog' },
                { name: 'confd', mountPath: '/conf.d', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'datadogrun', emptyDir: {} },
            { name: 'logdatadog', emptyDir: {} },
            { name: 'confd', configMap: { name: `${clusterAgent}-confd` } },
          ],
        },
      },
    },
  }
}

function clusterAgentEnv(values: DatadogValues, names: DatadogNames): EnvVar[] {
  const plain = (name: string, value: string): EnvVar => ({ name, value })
  return [
    {
      name: 'DD_POD_NAME',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } },
    },
    plain('DD_HEALTH_PORT', String(CLUSTER_AGENT_HEALTH_PORT)),
    apiKey(names),
    plain('KUBERNETES', 'yes'),
    plain('DD_CLUSTER_CHECKS_ENABLED', 'true'),
    plain('DD_EXTRA_CONFIG_PROVIDERS', 'kube_endpoints kube_services'),
    plain('DD_EXTRA_LISTENERS', 'kube_endpoints kube_services'),
    plain('DD_LOG_LEVEL', values.logLevel),
    plain('DD_LEADER_ELECTION', 'true'),
    plain('DD_LEADER_ELECTION_DEFAULT_RESOURCE', 'configmap'),
    plain('DD_LEADER_LEASE_NAME', `${names.fullName}-leader-election`),
    plain('DD_CLUSTER_AGENT_TOKEN_NAME', `${names.fullName}token`),
    plain('DD_COLLECT_KUBERNETES_EVENTS', 'true'),
    plain('DD_CLUSTER_AGENT_KUBERNETES_SERVICE_NAME', names.clusterAgent),
    clusterAgentToken(names),
    plain('DD_KUBE_RESOURCES_NAMESPACE', names.namespace),
    ...(values.clusterName === undefined ? [] : [plain('DD_CLUSTER_NAME', values.clusterName)]),
    ...(values.site === undefined ? [] : [plain('DD_SITE', values.site)]),
  ]
}
