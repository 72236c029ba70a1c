import type { KubeObject } from '../src/kube/index.ts'

/** A pod as a Deployment makes it: two containers with variables, probes, resources and volumes. */
export function podOf(name: string): KubeObject {
  const probe = (path: string): unknown => ({
    httpGet: { path, port: 8080, scheme: 'HTTP' },
    periodSeconds: 10,
    failureThreshold: 3,
  })
  const container = (role: string): unknown => ({
    name: role,
    image: `registry.example.com/shop/${role}:1.24.3`,
    args: ['--port=8080', '--log-level=info', `--role=${role}`],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'DATABASE_URL', value: 'postgres://shop@database.shop.svc:5432/shop' },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'shop', key: 'password' } } },
    ],
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: {
      requests: { cpu: '100m', memory: '128Mi' },
      limits: { cpu: '500m', memory: '256Mi' },
    },
    livenessProbe: probe('/healthz'),
    readinessProbe: probe('/readyz'),
    volumeMounts: [
      { name: 'config', mountPath: '/etc/shop' },
      { name: 'cache', mountPath: '/var/cache/shop' },
    ],
  })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      labels: { 'app.kubernetes.io/name': 'shop', 'pod-template-hash': '7d4b9c6f5d', bench: 'yes' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'shop-7d4b9c6f5d',
          uid: '0a7b5a0e-6a51-4a0e-9d3a-0f4f3f8f0c11',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      automountServiceAccountToken: false,
      nodeName: 'node-1',
      containers: [container('web'), container('worker')],
      volumes: [
        { name: 'config', configMap: { name: 'shop' } },
        { name: 'cache', emptyDir: {} },
      ],
    },
  }
}
