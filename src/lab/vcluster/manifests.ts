import type { Container, KubeObject, Pod, PolicyRule } from '../../kube/index.ts'

export interface HostManifestOptions {
  /** The vcluster's name: also that of its Service and of its pod, with `-0`. */
  readonly name: string
  readonly hostNamespace: string
  /** Default: the newest vcluster this room follows. The lab runs its own program for it. */
  readonly image?: string
  /** Told to the vcluster so that its node is there from the start; undefined: it asks the downward API. */
  readonly nodeName?: string
  /** Let the vcluster itself create what the lab runs in it. */
  readonly workloads?: boolean
  readonly useSecretsForSATokens?: boolean
  /** Nodes as the host has them (`sync.fromHost.nodes.enabled`): adds the chart's ClusterRole. Default false. */
  readonly syncNodes?: boolean
}

export const VCLUSTER_IMAGE = 'ghcr.io/loft-sh/vcluster-oss:0.34.0'

const ALL_VERBS = ['create', 'delete', 'patch', 'update', 'get', 'list', 'watch']

/**
 * The part of the chart's Role that the lab's syncer uses (chart 0.34, `templates/role.yaml`). In its own namespace only.
 */
const RULES: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: [
      'configmaps',
      'secrets',
      'services',
      'pods',
      'pods/attach',
      'pods/portforward',
      'pods/exec',
      'persistentvolumeclaims',
    ],
    verbs: ALL_VERBS,
  },
  {
    apiGroups: [''],
    resources: ['pods/status', 'pods/ephemeralcontainers'],
    verbs: ['patch', 'update'],
  },
  { apiGroups: [''], resources: ['events', 'pods/log'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['endpoints'], verbs: ALL_VERBS },
]

/** The chart's ClusterRole with `sync.fromHost.nodes.enabled`; without it there is none. */
const NODE_RULES: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['pods', 'nodes', 'nodes/status'],
    verbs: ['get', 'watch', 'list'],
  },
  {
    apiGroups: [''],
    resources: ['nodes/metrics', 'nodes/stats', 'nodes/proxy'],
    verbs: ['get'],
  },
]

function nodeAccess(
  account: string,
  namespace: string,
  labels: Record<string, string>,
): KubeObject[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const metadata = { name: `${account}-v-${namespace}`, labels }
  return [
    { apiVersion, kind: 'ClusterRole', metadata, rules: structuredClone(NODE_RULES) },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: metadata.name,
      },
    },
  ]
}

/**
 * What `helm install` of vcluster's chart puts on the host, as far as the lab has it (the StatefulSet is its one pod).
 * In the order in which it must be created.
 */
export function vclusterHostManifests(options: HostManifestOptions): KubeObject[] {
  const { name, hostNamespace: namespace } = options
  const labels = { app: 'vcluster', release: name }
  const account = `vc-${name}`
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace, labels } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: `vc-workload-${name}`, namespace, labels },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: account, namespace, labels },
      rules: structuredClone(RULES),
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: account, namespace, labels },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: { ...labels, 'vcluster.loft.sh/service': 'true' } },
      spec: {
        type: 'ClusterIP',
        selector: labels,
        ports: [
          { name: 'https', protocol: 'TCP', port: 443, targetPort: 8443 },
          { name: 'kubelet', protocol: 'TCP', port: 10250, targetPort: 8443 },
        ],
      },
    },
    ...(options.syncNodes === true ? nodeAccess(account, namespace, labels) : []),
    controlPlanePod(options, labels, account),
  ]
}

function controlPlanePod(
  options: HostManifestOptions,
  labels: Record<string, string>,
  serviceAccountName: string,
): Pod {
  const { name, hostNamespace, nodeName, workloads, useSecretsForSATokens } = options
  const field = (fieldPath: string): { fieldRef: { apiVersion: string; fieldPath: string } } => ({
    fieldRef: { apiVersion: 'v1', fieldPath },
  })
  const syncer: Container = {
    name: 'syncer',
    image: options.image ?? VCLUSTER_IMAGE,
    env: [
      { name: 'VCLUSTER_NAME', value: name },
      { name: 'POD_NAME', valueFrom: field('metadata.name') },
      { name: 'POD_NAMESPACE', valueFrom: field('metadata.namespace') },
      { name: 'POD_IP', valueFrom: field('status.podIP') },
      nodeName === undefined
        ? { name: 'NODE_NAME', valueFrom: field('spec.nodeName') }
        : { name: 'NODE_NAME', value: nodeName },
      ...(workloads === true ? [{ name: 'SUBLET_LAB_WORKLOADS', value: '1' }] : []),
      ...(useSecretsForSATokens === true
        ? [{ name: 'USE_SECRETS_FOR_SA_TOKENS', value: '1' }]
        : []),
      ...(options.syncNodes === true ? [{ name: 'SYNC_NODES_FROM_HOST', value: '1' }] : []),
    ],
    ports: [{ name: 'https', containerPort: 8443 }],
    resources: {
      requests: { cpu: '200m', memory: '256Mi' },
      limits: { memory: '2Gi' },
    },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-0`,
      namespace: hostNamespace,
      labels: { ...labels, 'statefulset.kubernetes.io/pod-name': `${name}-0` },
    },
    spec: { serviceAccountName, terminationGracePeriodSeconds: 10, containers: [syncer] },
  }
}
