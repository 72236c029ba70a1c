import type {
  Container,
  KubeObject,
  PersistentVolumeClaim,
  PolicyRule,
  StatefulSet,
} from '../../kube/index.ts'

export interface HostManifestOptions {
  /** The vcluster's name: also that of its Service and of its StatefulSet, whose pod it is with `-0`. */
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
  /**
   * Something leads to Services here: the virtual API server is reached through the vcluster's, as in a real cluster.
   * Its port is 443, or another one where nobody may listen below 1024. Undefined: it is reached at its pod's address.
   */
  readonly servicePort?: number
  /** The chart's volume for the database, where something makes volumes. The lab's vcluster writes nothing to it. */
  readonly hasVolume?: boolean
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
  {
    apiGroups: ['apps'],
    resources: ['statefulsets', 'replicasets', 'deployments'],
    verbs: ['get', 'list', 'watch'],
  },
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
 * What `helm install` of vcluster's chart puts on the host, as far as the lab has it. In the order in which it must be
 * created. Source: chart 0.34 with its defaults (an embedded database, so a StatefulSet with a volume).
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
    ...services(options, labels),
    ...(options.syncNodes === true ? nodeAccess(account, namespace, labels) : []),
    controlPlane(options, labels, account),
  ]
}

function services(
  { name, hostNamespace: namespace, servicePort = 443 }: HostManifestOptions,
  labels: Record<string, string>,
): KubeObject[] {
  const https = { name: 'https', protocol: 'TCP', port: servicePort, targetPort: 8443 }
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: { ...labels, 'vcluster.loft.sh/service': 'true' } },
      spec: {
        type: 'ClusterIP',
        selector: labels,
        ports: [https, { name: 'kubelet', protocol: 'TCP', port: 10250, targetPort: 8443 }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `${name}-headless`, namespace, labels },
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: labels,
        ports: [https],
      },
    },
  ]
}

const DATA_CLAIM: PersistentVolumeClaim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
}

function controlPlane(
  options: HostManifestOptions,
  labels: Record<string, string>,
  serviceAccountName: string,
): StatefulSet {
  const { name, hostNamespace: namespace } = options
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      serviceName: `${name}-headless`,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      selector: { matchLabels: labels },
      ...(options.hasVolume === true ? { volumeClaimTemplates: [DATA_CLAIM] } : {}),
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName,
          terminationGracePeriodSeconds: 10,
          enableServiceLinks: false,
          containers: [syncer(options)],
        },
      },
    },
  }
}

function syncer(options: HostManifestOptions): Container {
  const { name, nodeName } = options
  const field = (fieldPath: string): { fieldRef: { apiVersion: string; fieldPath: string } } => ({
    fieldRef: { apiVersion: 'v1', fieldPath },
  })
  const flags: [string, boolean][] = [
    ['SUBLET_LAB_WORKLOADS', options.workloads === true],
    ['USE_SECRETS_FOR_SA_TOKENS', options.useSecretsForSATokens === true],
    ['SYNC_NODES_FROM_HOST', options.syncNodes === true],
    ['SUBLET_API_AT_SERVICE', options.servicePort !== undefined],
  ]
  return {
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
      ...flags.filter(([, isOn]) => isOn).map(([flag]) => ({ name: flag, value: '1' })),
    ],
    ports: [{ name: 'https', containerPort: 8443 }],
    ...(options.hasVolume === true ? { volumeMounts: [{ name: 'data', mountPath: '/data' }] } : {}),
    resources: {
      // The chart asks for 200m and 256Mi; an idle one here needs this, and ten of them must fit on two cores.
      requests: { cpu: '20m', memory: '64Mi' },
      limits: { memory: '2Gi' },
    },
  }
}
