import type { KubeObject } from '../kube/index.ts'
import { editTemplate } from './edit-pod-template.ts'
import { hostServiceAccount } from './host-service-account.ts'
import type { Remedy, RemedyTarget } from './remedy.ts'

/** Its own: what takes the agent away again takes nothing else. */
const NAMESPACE = 'sublet-host-agent'
const NAME = 'sublet-agent'
const LABELS = { 'app.kubernetes.io/name': NAME }
const API_KEY_SECRET = 'datadog-secret'

/** One agent of the platform's on each node of the host; the tenants have none. */
export const hostAgent: Remedy = {
  id: 'host-agent',
  title: 'one agent on the host',
  summary:
    'An agent on each node of the host reads the whole kubelet and tags every container with its virtual names and its vcluster.',
  changes: [
    `host: DaemonSet ${NAME} in namespace ${NAMESPACE}; ServiceAccount with nodes/stats, nodes/metrics, nodes/healthz and list on pods; SUBLET_VCLUSTERS names all vclusters of the host, as NAME=NAMESPACE with commas`,
    'tenant: the agent’s DaemonSet is left without a node, so that none of its pods runs',
  ],
  price:
    'metrics are the platform team’s to collect, pay for and hand out; tenants have no agent of their own',
  risks: [
    'metrics are the platform team’s to collect, pay for and hand out: tenants have no agent to configure, and the backend has to separate them by the tag vcluster',
    'one process and one API key hold the metrics of all tenants',
    'what else an agent in the tenant did (traces, DogStatsD, checks of its applications) needs another way',
  ],
  check: 'kubelet',
  hostAgent: {
    namespace: NAMESPACE,
    selector: `app.kubernetes.io/name=${NAME}`,
    container: 'agent',
  },
  hostObjects,
  secretCopies: () => [],
  tenantObjects: () => [],
  // Taken back as easily as it is done; `helm uninstall` is for later.
  changeAgent: (daemonSet, target) =>
    editTemplate(daemonSet, {
      container: target.agentContainer,
      nodeSelector: { 'sublet/agent': 'on-the-host' },
    }),
}

function hostObjects(target: RemedyTarget): KubeObject[] {
  return [
    // Pods come from the API server: older kubelets give theirs for nodes/proxy only, which is exec as well.
    ...hostServiceAccount({ name: NAME, namespace: NAMESPACE }, [
      {
        apiGroups: [''],
        resources: ['nodes/stats', 'nodes/metrics', 'nodes/healthz'],
        verbs: ['get'],
      },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ]),
    daemonSet(target),
  ]
}

function daemonSet({ hostAgent: facts }: RemedyTarget): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS },
    spec: {
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          securityContext: { runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532 },
          containers: [
            {
              name: 'agent',
              image: facts.image,
              args: ['agent', 'run'],
              env: environment(facts),
              resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } },
              securityContext: {
                readOnlyRootFilesystem: true,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'run', mountPath: '/opt/datadog-agent/run' }],
            },
          ],
          // Nothing of the node: the kubelet and the API server say all there is to know.
          volumes: [{ name: 'run', emptyDir: {} }],
        },
      },
    },
  }
}

function environment({ vclusters }: RemedyTarget['hostAgent']): object[] {
  const field = (name: string, fieldPath: string): object => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  })
  return [
    field('DD_KUBERNETES_KUBELET_HOST', 'status.hostIP'),
    field('DD_KUBERNETES_KUBELET_NODENAME', 'spec.nodeName'),
    field('DD_HOSTNAME', 'spec.nodeName'),
    field('DD_POD_NAME', 'metadata.name'),
    { name: 'DD_KUBELET_USE_API_SERVER', value: 'true' },
    // In an image: the node's control groups are not the container's.
    { name: 'DOCKER_DD_AGENT', value: 'true' },
    {
      name: 'SUBLET_VCLUSTERS',
      value: vclusters.map(({ name, hostNamespace }) => `${name}=${hostNamespace}`).join(','),
    },
    {
      name: 'DD_API_KEY',
      valueFrom: { secretKeyRef: { name: API_KEY_SECRET, key: 'api-key', optional: true } },
    },
  ]
}
