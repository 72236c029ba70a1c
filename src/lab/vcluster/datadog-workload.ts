import type { Container, EnvVar, KubeObject, PolicyRule, VolumeMount } from '../../kube/index.ts'

export const AGENT_IMAGE = 'gcr.io/datadoghq/agent:7.74.0'

const NAMESPACE = 'datadog'
const NAME = 'datadog-agent'
const SECRET = 'datadog-secret'

/**
 * What `helm upgrade --install datadog-agent datadog/datadog` makes with an existing API key Secret, the cluster agent
 * off and `kubelet.tlsVerify: false`: datadog/datadog 3.160.1 (Agent 7.74.0), without the two init containers, which
 * only prepare the image's own files.
 */
export function datadogObjects(options: { clusterName: string; image: string }): KubeObject[] {
  const named = { name: NAME, namespace: NAMESPACE, labels: { app: NAME } }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: SECRET, namespace: NAMESPACE },
      type: 'Opaque',
      // Not a key of anybody's: the lab sends nothing anywhere.
      data: { 'api-key': Buffer.from('0'.repeat(32)).toString('base64') },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: NAME, labels: { app: NAME } },
      rules: structuredClone(RULES),
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME, labels: { app: NAME } },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
    },
    agentDaemonSet(options),
  ]
}

const RULES: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: [
      'services',
      'events',
      'endpoints',
      'pods',
      'nodes',
      'namespaces',
      'componentstatuses',
    ],
    verbs: ['get', 'list', 'watch'],
  },
  { nonResourceURLs: ['/version', '/healthz', '/metrics', '/metrics/slis'], verbs: ['get'] },
  {
    apiGroups: [''],
    resources: ['nodes/metrics', 'nodes/spec', 'nodes/stats', 'nodes/proxy'],
    verbs: ['get'],
  },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get'] },
]

function agentDaemonSet(options: { clusterName: string; image: string }): KubeObject {
  const labels = { app: NAME, 'app.kubernetes.io/component': 'agent' }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: NAME, namespace: NAMESPACE, labels },
    spec: {
      selector: { matchLabels: { app: NAME } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          automountServiceAccountToken: true,
          hostPID: true,
          securityContext: { runAsUser: 0 },
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          terminationGracePeriodSeconds: 5,
          containers: [agentContainer(options), traceContainer(options.image)],
          volumes: [
            ...['config', 'logdatadog', 'tmpdir', 'datadogrun'].map((name) => ({
              name,
              emptyDir: {},
            })),
            { name: 'procdir', hostPath: { path: '/proc' } },
            { name: 'cgroups', hostPath: { path: '/sys/fs/cgroup' } },
            { name: 'runtimesocketdir', hostPath: { path: '/var/run' } },
          ],
        },
      },
    },
  }
}

const OWN_MOUNTS: readonly VolumeMount[] = [
  { name: 'config', mountPath: '/etc/datadog-agent' },
  { name: 'logdatadog', mountPath: '/var/log/datadog' },
  { name: 'tmpdir', mountPath: '/tmp' },
]

const API_KEY: EnvVar = {
  name: 'DD_API_KEY',
  valueFrom: { secretKeyRef: { name: SECRET, key: 'api-key' } },
}

const KUBELET_HOST: EnvVar = {
  name: 'DD_KUBERNETES_KUBELET_HOST',
  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.hostIP' } },
}

function agentContainer({ clusterName, image }: { clusterName: string; image: string }): Container {
  return {
    name: 'agent',
    image,
    command: ['agent', 'run'],
    env: [
      API_KEY,
      { name: 'DD_CLUSTER_NAME', value: clusterName },
      { name: 'KUBERNETES', value: 'yes' },
      KUBELET_HOST,
      { name: 'DD_KUBELET_TLS_VERIFY', value: 'false' },
      { name: 'DD_KUBELET_USE_API_SERVER', value: 'false' },
      { name: 'DD_LOG_LEVEL', value: 'INFO' },
      { name: 'DD_CLUSTER_AGENT_ENABLED', value: 'false' },
      { name: 'DD_LOGS_ENABLED', value: 'false' },
      { name: 'DD_HEALTH_PORT', value: '5555' },
      { name: 'DD_KUBELET_CORE_CHECK_ENABLED', value: 'true' },
    ],
    resources: {},
    volumeMounts: [
      ...OWN_MOUNTS,
      { name: 'runtimesocketdir', mountPath: '/host/var/run' },
      { name: 'procdir', mountPath: '/host/proc', readOnly: true },
      { name: 'cgroups', mountPath: '/host/sys/fs/cgroup', readOnly: true },
      { name: 'datadogrun', mountPath: '/opt/datadog-agent/run' },
    ],
  }
}

function traceContainer(image: string): Container {
  return {
    name: 'trace-agent',
    image,
    command: ['trace-agent', '-config=/etc/datadog-agent/datadog.yaml'],
    env: [
      API_KEY,
      { name: 'KUBERNETES', value: 'yes' },
      KUBELET_HOST,
      { name: 'DD_KUBELET_TLS_VERIFY', value: 'false' },
    ],
    resources: {},
    volumeMounts: [...OWN_MOUNTS],
  }
}
