import type { Container, KubeObject, Pod, PodSpec } from '../kube/index.ts'

/** What a small minikube node runs besides the vclusters. Idle stand-ins, but real processes. */

const container = (
  name: string,
  image: string,
  requests: Record<string, string>,
  limits?: Record<string, string>,
): Container => ({
  name,
  image,
  resources: { requests, ...(limits ? { limits } : {}) },
})

/** Control-plane pods that the kubelet starts by itself from its manifest folder. */
export function staticPods(nodeName: string): Pod[] {
  const images: [string, string, Record<string, string>][] = [
    ['etcd', 'registry.k8s.io/etcd:3.6.4-0', { cpu: '100m', memory: '100Mi' }],
    ['kube-apiserver', 'registry.k8s.io/kube-apiserver:v1.36.2', { cpu: '250m' }],
    ['kube-controller-manager', 'registry.k8s.io/kube-controller-manager:v1.36.2', { cpu: '200m' }],
    ['kube-scheduler', 'registry.k8s.io/kube-scheduler:v1.36.2', { cpu: '100m' }],
  ]
  return images.map(([name, image, requests]) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-${nodeName}`,
      namespace: 'kube-system',
      labels: { component: name, tier: 'control-plane' },
    },
    spec: {
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      containers: [container(name, image, requests)],
    },
  }))
}

/** The other pods of namespace kube-system: minikube's own on the first node, kube-proxy on each. */
export function systemObjects(firstNode: string): KubeObject[] {
  return [
    kubeProxy(),
    systemPod('coredns-66bc5c9577-7wzqm', { 'k8s-app': 'kube-dns' }, [
      container(
        'coredns',
        'registry.k8s.io/coredns/coredns:v1.12.1',
        { cpu: '100m', memory: '70Mi' },
        { memory: '170Mi' },
      ),
    ]),
    systemPod(
      'storage-provisioner',
      { 'integration-test': 'storage-provisioner' },
      [container('storage-provisioner', 'gcr.io/k8s-minikube/storage-provisioner:v5', {})],
      { hostNetwork: true, nodeName: firstNode },
    ),
  ]
}

function kubeProxy(): KubeObject {
  const labels = { 'k8s-app': 'kube-proxy' }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kube-proxy', namespace: 'kube-system', labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate' },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: 'system-node-critical',
          hostNetwork: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: [{ operator: 'Exists' }],
          containers: [container('kube-proxy', 'registry.k8s.io/kube-proxy:v1.36.2', {})],
        },
      },
    },
  }
}

function systemPod(
  name: string,
  labels: Record<string, string>,
  containers: Container[],
  more: Partial<PodSpec> = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'kube-system', labels },
    spec: { priorityClassName: 'system-cluster-critical', ...more, containers },
  }
}
