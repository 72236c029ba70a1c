import { onEachExchange } from './each-exchange.ts'
import { MERGE, type Exchange } from './exchange.ts'

/** Validation and defaults of the kinds that people write most. */

const container = { name: 'a', image: 'busybox:latest' }
const post = (title: string, path: string, body: unknown): Exchange => ({
  title,
  method: 'POST',
  path: path.startsWith('/') ? path : `/api/v1/namespaces/{ns}/${path}`,
  body,
})
const APPS = '/apis/apps/v1/namespaces/{ns}'
const BATCH = '/apis/batch/v1/namespaces/{ns}'
/** Never placed: its node does not exist, so nothing runs. */
const pod = (title: string, spec: object, name = 'p'): Exchange =>
  post(title, 'pods?dryRun=All', {
    metadata: { name },
    spec: { automountServiceAccountToken: false, containers: [container], ...spec },
  })
const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [container] } }
const deployment = (title: string, spec: object): Exchange =>
  post(title, `${APPS}/deployments?dryRun=All`, {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'd' } }, template, ...spec },
  })
const service = (title: string, spec: object): Exchange =>
  post(title, 'services?dryRun=All', { metadata: { name: 's' }, spec })

onEachExchange('rest-kinds', [
  pod('pod: defaults', {}),
  pod('pod: no containers', { containers: [] }),
  pod('pod: two containers of a name', { containers: [container, container] }),
  pod('pod: a container without a name', { containers: [{ image: 'x' }] }),
  pod('pod: a container without an image', { containers: [{ name: 'x' }] }),
  pod('pod: a wrong container name', { containers: [{ name: 'A_B', image: 'x' }] }),
  pod('pod: unknown restart policy', { restartPolicy: 'Sometimes' }),
  pod('pod: unknown pull policy', { containers: [{ ...container, imagePullPolicy: 'Perhaps' }] }),
  pod('pod: a mount without a volume', {
    containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
  }),
  pod('pod: two mounts at a path', {
    containers: [
      {
        ...container,
        volumeMounts: [
          { name: 'v', mountPath: '/v' },
          { name: 'v', mountPath: '/v' },
        ],
      },
    ],
    volumes: [{ name: 'v', emptyDir: {} }],
  }),
  pod('pod: a volume of two kinds', {
    volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }],
  }),
  pod('pod: an environment variable without a name', {
    containers: [{ ...container, env: [{ value: 'x' }] }],
  }),
  pod('pod: a port out of range', {
    containers: [{ ...container, ports: [{ containerPort: 70000 }] }],
  }),
  pod('pod: requests above limits', {
    containers: [{ ...container, resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }],
  }),
  pod('pod: a quantity that is none', {
    containers: [{ ...container, resources: { requests: { cpu: 'much' } } }],
  }),
  pod('pod: a negative grace period', { terminationGracePeriodSeconds: -1 }),
  pod('pod: a probe of two kinds', {
    containers: [
      { ...container, livenessProbe: { exec: { command: ['x'] }, httpGet: { port: 80 } } },
    ],
  }),
  pod('pod: a probe of no kind', { containers: [{ ...container, readinessProbe: {} }] }),
  pod('pod: an account that is not there', { serviceAccountName: 'nobody' }),
  pod('pod: probe defaults', {
    containers: [{ ...container, readinessProbe: { httpGet: { port: 80 } } }],
  }),
  pod('pod: a wrong toleration', { tolerations: [{ operator: 'Exists', effect: 'Sometimes' }] }),
  post('pod: created', 'pods', {
    metadata: { name: 'q' },
    spec: {
      nodeSelector: { no: 'where' },
      automountServiceAccountToken: false,
      containers: [container],
    },
  }),
  {
    title: 'pod: its containers may not change',
    method: 'PATCH',
    path: '/api/v1/namespaces/{ns}/pods/q',
    type: 'application/json-patch+json',
    body: [{ op: 'add', path: '/spec/containers/-', value: { name: 'b', image: 'x' } }],
  },
  {
    title: 'pod: its deadline may be set',
    method: 'PATCH',
    path: '/api/v1/namespaces/{ns}/pods/q',
    type: MERGE,
    body: { spec: { activeDeadlineSeconds: 5000 } },
  },
  deployment('deployment: defaults', {}),
  deployment('deployment: a selector that does not match', {
    selector: { matchLabels: { app: 'e' } },
  }),
  deployment('deployment: no selector', { selector: null }),
  deployment('deployment: an empty selector', { selector: {} }),
  deployment('deployment: replicas below zero', { replicas: -1 }),
  deployment('deployment: both limits zero', {
    strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
  }),
  deployment('deployment: unknown strategy', { strategy: { type: 'Magic' } }),
  deployment('deployment: recreate with limits', {
    strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } },
  }),
  deployment('deployment: pods that end', {
    template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
  }),
  deployment('deployment: deadline not above ready seconds', {
    minReadySeconds: 10,
    progressDeadlineSeconds: 5,
  }),
  deployment('deployment: replicas of a wrong type', { replicas: 'two' }),
  deployment('deployment: no template', { template: null }),
  post('daemonset: defaults', `${APPS}/daemonsets?dryRun=All`, {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'd' } }, template },
  }),
  post('statefulset: defaults', `${APPS}/statefulsets?dryRun=All`, {
    metadata: { name: 'd' },
    spec: { serviceName: 'd', selector: { matchLabels: { app: 'd' } }, template },
  }),
  post('replicaset: defaults', `${APPS}/replicasets?dryRun=All`, {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'd' } }, template },
  }),
  post('job: pods that restart always', `${BATCH}/jobs?dryRun=All`, {
    metadata: { name: 'd' },
    spec: { template: { spec: { containers: [container] } } },
  }),
  post('job: a negative count', `${BATCH}/jobs?dryRun=All`, {
    metadata: { name: 'd' },
    spec: {
      completions: -1,
      template: { spec: { restartPolicy: 'Never', containers: [container] } },
    },
  }),
  service('service: no ports', {}),
  service('service: a port out of range', { ports: [{ port: 0 }] }),
  service('service: two ports without names', { ports: [{ port: 1 }, { port: 2 }] }),
  service('service: unknown type', { type: 'Magic', ports: [{ port: 1 }] }),
  service('service: unknown protocol', { ports: [{ port: 1, protocol: 'ICMP' }] }),
  service('service: headless', { clusterIP: 'None', ports: [{ port: 80 }] }),
  service('service: an external name', { type: 'ExternalName', externalName: 'example.com' }),
  post('service: a wrong name', 'services', {
    metadata: { name: '1a' },
    spec: { ports: [{ port: 1 }] },
  }),
  post('secret: defaults', 'secrets', { metadata: { name: 's' }, stringData: { a: 'b' } }),
  post('secret: not base64', 'secrets', { metadata: { name: 't' }, data: { a: '***' } }),
  post('secret: a token of no account', 'secrets', {
    metadata: { name: 't' },
    type: 'kubernetes.io/service-account-token',
  }),
  post('secret: a registry without its key', 'secrets', {
    metadata: { name: 't' },
    type: 'kubernetes.io/dockerconfigjson',
  }),
  post('secret: TLS without its keys', 'secrets', {
    metadata: { name: 't' },
    type: 'kubernetes.io/tls',
  }),
  {
    title: 'secret: another type',
    method: 'PATCH',
    path: '/api/v1/namespaces/{ns}/secrets/s',
    type: MERGE,
    body: { type: 'other' },
  },
  post('namespace: a wrong name', '/api/v1/namespaces', { metadata: { name: 'A.b' } }),
  {
    title: 'namespace: default stays',
    method: 'DELETE',
    path: '/api/v1/namespaces/default?dryRun=All',
  },
  {
    title: 'namespace: kube-system stays',
    method: 'DELETE',
    path: '/api/v1/namespaces/kube-system?dryRun=All',
  },
  {
    title: 'no collection of namespaces is deleted',
    method: 'DELETE',
    path: '/api/v1/namespaces?dryRun=All',
  },
  post('role: without verbs', '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles', {
    metadata: { name: 'r' },
    rules: [{ apiGroups: [''], resources: ['pods'] }],
  }),
  post('role: with paths', '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles', {
    metadata: { name: 'r' },
    rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
  }),
  post('role: without resources', '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles', {
    metadata: { name: 'r' },
    rules: [{ verbs: ['get'], apiGroups: [''] }],
  }),
  post(
    'binding: to no kind of role',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings',
    {
      metadata: { name: 'r' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Pod', name: 'x' },
    },
  ),
  post(
    'binding: an account without a namespace',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings',
    {
      metadata: { name: 'account' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'x' }],
    },
  ),
  post('binding: made', '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings', {
    metadata: { name: 'r' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'User', name: 'x' }],
  }),
  {
    title: 'binding: its role may not change',
    method: 'PATCH',
    path: '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings/r',
    type: MERGE,
    body: { roleRef: { name: 'edit' } },
  },
])
