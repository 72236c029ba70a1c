import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import type { KubeObject } from '../kube/index.ts'
import { editTemplate } from './edit-pod-template.ts'
import { hostServiceAccount } from './host-service-account.ts'
import type { GatewayFacts, Remedy, RemedyTarget } from './remedy.ts'

const NAMESPACE = 'sublet-system'
const NAME = 'sublet-gateway'
const CA_CONFIGMAP = 'sublet-gateway-ca'
const CONFIG_DIR = '/etc/sublet'
const TLS_DIR = '/etc/sublet-tls'
const ADMIN_PORT = 11251
const TOKEN_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'
/** The volume of Helm's chart for the Datadog Agent that brings the node's runtime socket into the tenant. */
const RUNTIME_SOCKET_VOLUME = 'runtimesocketdir'

/** Sublet's own: a kubelet-compatible endpoint on the node that takes virtual tokens and answers with the tenant's pods. */
export const gateway: Remedy = {
  id: 'gateway',
  title: 'Sublet’s gateway',
  summary:
    'The agent asks the gateway on its node, with its own token, and gets its own pods under their own names.',
  changes: [
    `host: DaemonSet ${NAME} in namespace ${NAMESPACE}; ServiceAccount with nodes/stats, nodes/metrics, nodes/pods`,
    'tenant: the agent’s kubelet port and CA; the runtime socket is no longer mounted',
  ],
  price: 'one more DaemonSet on the nodes, which sees the tokens of the tenants that ask it',
  risks: ['the gateway sees the tokens of the tenants that ask it (it keeps only keyed hashes)'],
  check: 'kubelet',
  hostObjects,
  secretCopies: () => [],
  tenantObjects: (target) => [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CA_CONFIGMAP, namespace: target.agentNamespace },
      data: { 'ca.crt': target.gateway.caPem },
    },
  ],
  changeAgent: (daemonSet, target) =>
    editTemplate(daemonSet, {
      container: target.agentContainer,
      // A new authority means new pods: the agent reads the file once, when it starts.
      annotations: { 'checksum/sublet-gateway-ca': checksum(target.gateway.caPem) },
      withoutVolumes: [RUNTIME_SOCKET_VOLUME],
      volumes: [{ name: CA_CONFIGMAP, configMap: { name: CA_CONFIGMAP } }],
      volumeMounts: [{ name: CA_CONFIGMAP, mountPath: CONFIG_DIR, readOnly: true }],
      env: [
        { name: 'DD_KUBERNETES_HTTPS_KUBELET_PORT', value: String(target.gateway.port) },
        { name: 'DD_KUBERNETES_HTTP_KUBELET_PORT', value: '0' },
        { name: 'DD_KUBELET_CLIENT_CA', value: `${CONFIG_DIR}/ca.crt` },
        { name: 'DD_KUBELET_TLS_VERIFY', value: 'true' },
      ],
    }),
}

const checksum = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16)

/** The gateway's own configuration file, as `sublet gateway --config` reads it. */
export function gatewayConfig(facts: GatewayFacts): string {
  return stringify({
    listen: `${facts.address}:${facts.port}`,
    admin: `${facts.adminAddress}:${ADMIN_PORT}`,
    tls: { certFile: `${TLS_DIR}/tls.crt`, keyFile: `${TLS_DIR}/tls.key` },
    kubelet: {
      url: facts.kubeletUrl,
      nodeName: facts.nodeName,
      caFile: `${TOKEN_DIR}/ca.crt`,
      tokenFile: `${TOKEN_DIR}/token`,
    },
    ...(facts.snapshotTtl === undefined ? {} : { snapshot: { ttl: facts.snapshotTtl } }),
    tenants: facts.tenants.map((tenant) => ({
      name: tenant.name,
      hostNamespaces: [tenant.hostNamespace],
      vcluster: tenant.name,
      api: { url: tenant.apiUrl, caFile: `${CONFIG_DIR}/${tenant.name}-ca.crt` },
      keys: { jwksFile: `${CONFIG_DIR}/${tenant.name}.jwks` },
      access: 'self',
      nodeView: 'own-sum',
    })),
  })
}

function hostObjects({ gateway: facts }: RemedyTarget): KubeObject[] {
  const metadata = { name: NAME, namespace: NAMESPACE }
  const files: Record<string, string> = { 'gateway.yaml': gatewayConfig(facts) }
  for (const tenant of facts.tenants) {
    files[`${tenant.name}-ca.crt`] = tenant.apiCaPem
    files[`${tenant.name}.jwks`] = tenant.jwks
  }
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return [
    // Never nodes/proxy: a GET with an upgrade on it is exec in every pod of the node.
    ...hostServiceAccount(metadata, [
      {
        apiGroups: [''],
        resources: ['nodes/stats', 'nodes/metrics', 'nodes/pods'],
        verbs: ['get'],
      },
    ]),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: files },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, name: `${NAME}-tls` },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(facts.certPem), 'tls.key': base64(facts.keyPem) },
    },
    daemonSet(facts),
  ]
}

/** Where the kubelet asks: at the pod's own address when the gateway listens on every one. */
const probedAt = (address: string): { host?: string } =>
  address === '0.0.0.0' ? {} : { host: address }

function daemonSet(facts: GatewayFacts): KubeObject {
  const labels = { 'app.kubernetes.io/name': NAME }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: NAME, namespace: NAMESPACE, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          hostNetwork: true,
          // With the node's network and still the cluster's names: the tenants' API servers are Services.
          dnsPolicy: 'ClusterFirstWithHostNet',
          containers: [
            {
              name: 'gateway',
              image: facts.image,
              args: ['gateway', '--config', `${CONFIG_DIR}/gateway.yaml`],
              // All nodes share one file, which names each one's kubelet by these.
              env: [
                { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
                { name: 'NODE_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
              ],
              ports: [{ name: 'https', containerPort: facts.port, hostPort: facts.port }],
              // On a real node the admin port is on its loopback, where the kubelet can reach it and no tenant can.
              readinessProbe: {
                httpGet: { ...probedAt(facts.adminAddress), port: ADMIN_PORT, path: '/readyz' },
                periodSeconds: 1,
              },
              resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } },
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 65532,
                readOnlyRootFilesystem: true,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'config', mountPath: CONFIG_DIR, readOnly: true },
                { name: 'tls', mountPath: TLS_DIR, readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'config', configMap: { name: NAME } },
            { name: 'tls', secret: { secretName: `${NAME}-tls` } },
          ],
        },
      },
    },
  }
}
