import type { KubeObject } from '../../kube/index.ts'
import { AGENT_IMAGE, datadogObjects } from './datadog-workload.ts'

export interface WorkloadOptions {
  /** The vcluster's name. */
  readonly name: string
  /** Default: a Datadog Agent's, for which the lab runs Sublet's agent. */
  readonly agentImage?: string
}

/**
 * What the lab runs in each vcluster: CoreDNS as every vcluster has it, a small application, and the agent. In the
 * order in which it must be created.
 */
export function vclusterWorkloads(options: WorkloadOptions): KubeObject[] {
  return [
    ...namespace('kube-system'),
    corednsPod(),
    ...namespace('test-app'),
    appPod(options.name),
    ...datadogObjects({
      clusterName: options.name,
      image: options.agentImage ?? AGENT_IMAGE,
    }),
  ]
}

/** A namespace with the account that its pods need at once, so that nobody has to wait for the controller's. */
function namespace(name: string): KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } },
  ]
}

function corednsPod(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'coredns-75bb76df-k8q2m',
      namespace: 'kube-system',
      labels: { 'k8s-app': 'vcluster-kube-dns', 'pod-template-hash': '75bb76df' },
    },
    spec: {
      dnsPolicy: 'Default',
      containers: [
        {
          name: 'coredns',
          image: 'registry.k8s.io/coredns/coredns:v1.12.1',
          args: ['-conf', '/etc/coredns/Corefile'],
          ports: [{ name: 'dns', containerPort: 1053, protocol: 'UDP' }],
          resources: {
            requests: { cpu: '20m', memory: '64Mi' },
            limits: { cpu: '1000m', memory: '170Mi' },
          },
        },
      ],
    },
  }
}

function appPod(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `simple-app-${name}`, namespace: 'test-app', labels: { app: 'simple-app' } },
    spec: {
      containers: [
        {
          name: 'simple-app',
          image: 'nginx:alpine',
          ports: [{ containerPort: 80 }],
          resources: {
            requests: { cpu: '100m', memory: '64Mi' },
            limits: { cpu: '200m', memory: '128Mi' },
          },
        },
      ],
    },
  }
}
