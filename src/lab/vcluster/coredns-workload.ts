import type { KubeObject } from '../../kube/index.ts'

const NAMESPACE = 'kube-system'
const LABELS = { 'k8s-app': 'vcluster-kube-dns' }
const PORT = 1053

const COREFILE = `.:${PORT} {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    cache 30
}
`

/**
 * CoreDNS as every vcluster has it: its account, its file, `kube-dns` and a Deployment. In the lab nothing answers on
 * it: names of pods and services are not resolved.
 */
export function corednsObjects(): KubeObject[] {
  const metadata = { name: 'coredns', namespace: NAMESPACE }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: COREFILE } },
    dnsService(),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, labels: LABELS },
      spec: {
        replicas: 1,
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec: corednsPod() },
      },
    },
  ]
}

function dnsService(): KubeObject {
  const port = (name: string, protocol: string): object => ({
    name,
    protocol,
    port: 53,
    targetPort: PORT,
  })
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: NAMESPACE, labels: { 'k8s-app': 'kube-dns' } },
    spec: { selector: LABELS, ports: [port('dns', 'UDP'), port('dns-tcp', 'TCP')] },
  }
}

function corednsPod(): object {
  return {
    serviceAccountName: 'coredns',
    dnsPolicy: 'Default',
    containers: [
      {
        name: 'coredns',
        image: 'registry.k8s.io/coredns/coredns:v1.12.1',
        args: ['-conf', '/etc/coredns/Corefile'],
        ports: [{ name: 'dns', containerPort: PORT, protocol: 'UDP' }],
        resources: {
          requests: { cpu: '20m', memory: '64Mi' },
          limits: { cpu: '1000m', memory: '170Mi' },
        },
        volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
      },
    ],
    volumes: [{ name: 'config-volume', configMap: { name: 'coredns' } }],
  }
}
