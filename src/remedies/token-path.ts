import { editTemplate } from './edit-pod-template.ts'
import { hostCredentialObjects, type HostCredential } from './host-credential.ts'
import type { Remedy } from './remedy.ts'

const CREDENTIAL: HostCredential = {
  serviceAccount: 'vcluster-kubelet-metrics',
  tokenSecret: 'vcluster-kubelet-metrics-token',
  clusterRole: 'kubelet-metrics',
  resources: ['nodes/stats', 'nodes/metrics', 'nodes/pods', 'nodes/healthz'],
  verbs: ['get'],
}
const TENANT_SECRET = 'host-kubelet-metrics-token'
const FOLDER = '/var/run/secrets/host-kubelet'

/** A host token in a file of its own, for the kubelet alone. */
export const tokenPath: Remedy = {
  id: 'token-path',
  title: 'host token in a file of its own',
  summary:
    'The kubelet check sends a host ServiceAccount token from a separate file; the agent’s own token stays where it is.',
  changes: [
    `host: ServiceAccount, token Secret, ClusterRole ${CREDENTIAL.clusterRole} (${CREDENTIAL.resources.join(', ')})`,
    `tenant: Secret ${TENANT_SECRET}; DaemonSet: the Secret at ${FOLDER}, DD_KUBELET_AUTH_TOKEN_PATH`,
  ],
  price: 'a host credential that never expires in the tenant, which reads the pods of every tenant',
  risks: [
    'the tenant holds a host credential that never expires; Secrets are readable to whoever administers the vcluster',
    'the kubelet answers for the whole node: the pods of every tenant, with the tokens in their annotations',
    'pods are reported under their host names, in the host’s one namespace',
    'kubelets before 1.33 give /pods for nodes/proxy only, which also executes in every container of the node',
    'through the runtime socket the agent still sees the containers of every tenant',
  ],
  check: 'kubelet',
  hostObjects: (target) => hostCredentialObjects(target, CREDENTIAL),
  secretCopies: (target) => [
    {
      from: { namespace: target.hostNamespace, name: CREDENTIAL.tokenSecret },
      to: { namespace: target.agentNamespace, name: TENANT_SECRET },
      keys: ['token'],
    },
  ],
  tenantObjects: () => [],
  changeAgent: (daemonSet, target) =>
    editTemplate(daemonSet, {
      container: target.agentContainer,
      volumes: [{ name: TENANT_SECRET, secret: { secretName: TENANT_SECRET } }],
      volumeMounts: [{ name: TENANT_SECRET, mountPath: FOLDER, readOnly: true }],
      // DD_KUBELET_BEARER_TOKEN_PATH is another name of it, which not every agent knows.
      env: [{ name: 'DD_KUBELET_AUTH_TOKEN_PATH', value: `${FOLDER}/token` }],
    }),
}
