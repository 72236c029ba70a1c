import type { KubeObject, PolicyRule } from '../../kube/index.ts'
import type { DatadogNames } from './datadog-names.ts'
import type { DatadogValues } from './datadog-values.ts'

const RBAC = 'rbac.authorization.k8s.io'
const READ = ['get', 'list', 'watch']

export const rule = (
  apiGroups: string[],
  resources: string[],
  verbs: string[],
  resourceNames?: string[],
): PolicyRule => ({
  apiGroups,
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
})

/** A ServiceAccount, its ClusterRole and what binds them. */
export function account(names: DatadogNames, name: string, rules: PolicyRule[]): KubeObject[] {
  const { labels, namespace } = names
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } },
    ...clusterRole(names, name, name, rules),
  ]
}

/** A ClusterRole and its binding to an account of the release. */
export function clusterRole(
  { labels, namespace }: DatadogNames,
  name: string,
  serviceAccount: string,
  rules: PolicyRule[],
): KubeObject[] {
  return [
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name, labels }, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name, labels },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
    },
  ]
}

/** A Role in the release's namespace and its binding. */
export function role(
  { labels, namespace }: DatadogNames,
  name: string,
  serviceAccount: string,
  rules: PolicyRule[],
): KubeObject[] {
  const metadata = { name, namespace, labels }
  return [
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
    },
  ]
}

/** What the node agent may do (`rbac.yaml`): the kubelet's paths, and more where there is no cluster agent. */
export function agentRules({ kubelet, clusterAgentEnabled }: DatadogValues): PolicyRule[] {
  return [
    ...(clusterAgentEnabled ? [] : rulesWithoutClusterAgent()),
    { nonResourceURLs: ['/metrics', '/metrics/slis'], verbs: ['get'] },
    rule(
      [''],
      [
        'nodes/metrics',
        'nodes/spec',
        'nodes/stats',
        ...(kubelet.fineGrainedAuthorization
          ? ['nodes/pods', 'nodes/healthz', 'nodes/configz', 'nodes/logs']
          : ['nodes/proxy']),
      ],
      ['get'],
    ),
    ...(kubelet.useApiServer ? [rule([''], ['pods'], ['get', 'list'])] : []),
    rule([''], ['endpoints'], ['get']),
    rule(['coordination.k8s.io'], ['leases'], ['get']),
  ]
}

function rulesWithoutClusterAgent(): PolicyRule[] {
  return [
    rule(
      [''],
      ['services', 'events', 'endpoints', 'pods', 'nodes', 'namespaces', 'componentstatuses'],
      READ,
    ),
    { nonResourceURLs: ['/version', '/healthz'], verbs: ['get'] },
  ]
}

/** What the cluster agent may do (`cluster-agent-rbac.yaml`), its main parts. */
export function clusterAgentRules({ fullName }: DatadogNames): PolicyRule[] {
  return [
    rule([''], ['services', 'endpoints', 'pods', 'nodes', 'namespaces', 'componentstatuses'], READ),
    rule([''], ['events'], [...READ, 'create']),
    rule([''], ['replicationcontrollers', 'limitranges', 'persistentvolumes'], READ),
    rule(['apps'], ['deployments', 'replicasets', 'daemonsets', 'statefulsets'], READ),
    rule(['batch'], ['jobs', 'cronjobs'], READ),
    rule(['autoscaling'], ['horizontalpodautoscalers'], ['list', 'watch']),
    rule(['coordination.k8s.io'], ['leases'], ['get', 'create', 'update']),
    rule([''], ['configmaps'], ['get', 'update'], [`${fullName}token`, 'datadog-leader-election']),
    rule([''], ['configmaps'], ['create']),
    { nonResourceURLs: ['/version', '/healthz'], verbs: ['get'] },
  ]
}
