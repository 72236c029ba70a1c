import { editTemplate } from './edit-pod-template.ts'
import { hostCredentialObjects, type HostCredential } from './host-credential.ts'
import type { Remedy } from './remedy.ts'

const TENANT_SECRET = 'host-kubelet-token'
const CREDENTIAL: HostCredential = {
  serviceAccount: 'vcluster-kubelet-access',
  tokenSecret: 'vcluster-kubelet-token',
  clusterRole: 'kubelet-readonly',
  resources: ['nodes/proxy', 'nodes/stats', 'nodes/metrics', 'nodes/spec', 'nodes/log', 'nodes'],
  verbs: ['get', 'list'],
}
const TOKEN_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The known workaround: a host token is copied over the agent's own. */
export const tokenOverride: Remedy = {
  id: 'token-override',
  title: 'host token over the agent’s own',
  summary:
    'A never-expiring host ServiceAccount token is copied over the agent’s own by an init container.',
  changes: [
    `host: ServiceAccount, token Secret, ClusterRole ${CREDENTIAL.clusterRole} (nodes/proxy, nodes/stats, nodes/metrics)`,
    `tenant: Secret ${TENANT_SECRET}; DaemonSet: init container, emptyDir over ${TOKEN_DIR}`,
  ],
  price:
    'a host credential that never expires in the tenant, good for commands in every container; no API server of its own for the agent',
  risks: [
    'the tenant holds a host credential that never expires',
    'nodes/proxy reads the pods of every tenant, with the tokens in their annotations, and executes in them',
    'the agent can no longer use its own API server',
    'pods are reported under their host names',
  ],
  check: 'kubelet',
  hostObjects: (target) => hostCredentialObjects(target, CREDENTIAL),
  secretCopies: (target) => [
    {
      from: { namespace: target.hostNamespace, name: CREDENTIAL.tokenSecret },
      to: { namespace: target.agentNamespace, name: TENANT_SECRET },
      keys: ['token', 'ca.crt'],
    },
  ],
  tenantObjects: (target) => [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kubelet-check-config', namespace: target.agentNamespace },
      data: {
        'conf.yaml':
          'init_config:\ninstances:\n  - bearer_token_auth: true\n    ssl_verify: false\n',
      },
    },
  ],
  changeAgent: (daemonSet, target) =>
    editTemplate(daemonSet, {
      container: target.agentContainer,
      volumes: [
        { name: TENANT_SECRET, secret: { secretName: TENANT_SECRET } },
        { name: 'token-override', emptyDir: {} },
      ],
      initContainers: [
        {
          name: 'copy-host-token',
          image: 'busybox:latest',
          command: [
            'sh',
            '-c',
            'cp /host-token/token /token-override/token && cp /host-token/ca.crt /token-override/ca.crt && ' +
              `printf %s ${target.agentNamespace} > /token-override/namespace && ` +
              'chmod 444 /token-override/token /token-override/ca.crt /token-override/namespace',
          ],
          volumeMounts: [
            { name: TENANT_SECRET, mountPath: '/host-token', readOnly: true },
            { name: 'token-override', mountPath: '/token-override' },
          ],
        },
      ],
      volumeMounts: [{ name: 'token-override', mountPath: TOKEN_DIR, readOnly: true }],
    }),
}
