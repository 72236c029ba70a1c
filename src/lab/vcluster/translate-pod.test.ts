import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { KubeList, Node, Pod, Service } from '../../kube/index.ts'
import { keys, nsLabelKey, ownershipOf } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { pseudoNode } from './pseudo-node.ts'
import { hostPodOf } from './translate-pod.ts'
import { hostFieldPath } from './translate-env.ts'
import { wantedTokens } from './translate-volumes.ts'

const fixture = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../../test/fixtures/vcluster/${name}`, import.meta.url), 'utf8'),
  ) as unknown
const realVirtual = fixture('virtual-pod.json') as Pod
const real = fixture('vcluster-synced-pod.json') as Pod
const realWithSecrets = fixture('vcluster-synced-pod.use-secrets-for-sa-tokens.json') as Pod
const hostPods = (fixture('host-pods.json') as KubeList<Pod>).items
const virtualPods = (fixture('virtual-pods.json') as KubeList<Pod>).items

const owner = { name: 'k8s1', uid: real.metadata.ownerReferences![0]!.uid }
const context: SyncContext = {
  vcluster: 'k8s1',
  hostNamespace: 'vcluster-k8s1',
  owner,
  api: { address: '127.77.0.155', port: 443 },
  apiAtService: false,
  dnsAddress: '127.77.0.163',
  useSecretsForSATokens: false,
  syncNodes: false,
}

/** What the host's own API server, scheduler and kubelet add is not the syncer's. */
function syncersPart(pod: Pod): unknown {
  const { name, namespace, labels, annotations, ownerReferences } = pod.metadata
  const spec: Partial<Pod['spec']> = { ...pod.spec }
  delete spec.nodeName
  delete spec.priority
  return { metadata: { name, namespace, labels, annotations, ownerReferences }, spec }
}

function translate(virtual: Pod, letters: string, more: Partial<SyncContext> = {}): Pod {
  const own = { ...context, ...more }
  const tokens = wantedTokens(virtual, own, () => letters).map((each) => ({
    ...each,
    value: '<token>',
  }))
  const labels = {
    'kubernetes.io/metadata.name': virtual.metadata.namespace!,
    team: 'demo',
  }
  return hostPodOf(virtual, labels, tokens, own)
}

describe('a host pod', () => {
  test.each(hostPods.map((pod) => [pod.metadata.name!, pod] as const))(
    '%s is, field by field, what a real vcluster wrote',
    (_name, expected) => {
      const uid = expected.metadata.annotations![keys.OBJECT_UID]
      const virtual = virtualPods.find((pod) => pod.metadata.uid === uid)!
      const [tokenKey] = Object.keys(expected.metadata.annotations!).filter((key) =>
        key.startsWith(keys.TOKEN_PREFIX),
      )
      const made = translate(virtual, tokenKey!.slice(keys.TOKEN_PREFIX.length))
      expect(syncersPart(made)).toEqual(syncersPart(expected))
    },
  )

  test('with useSecretsForSATokens has its token in a Secret, as a real vcluster wrote it', () => {
    const virtual = structuredClone(realVirtual)
    virtual.metadata.name = 'secret-token2'
    virtual.metadata.uid = realWithSecrets.metadata.annotations![keys.OBJECT_UID]!
    const text = JSON.stringify(virtual).replaceAll('kxf5g', '7swws')
    const made = translate(JSON.parse(text) as Pod, 'unused', {
      useSecretsForSATokens: true,
      owner: { name: 'k8s1', uid: realWithSecrets.metadata.ownerReferences![0]!.uid },
      api: { address: '127.77.0.170', port: 443 },
      dnsAddress: '127.77.0.102',
    })
    expect(syncersPart(made)).toEqual(syncersPart(realWithSecrets))
  })

  test('is owned by the tenant that made it', () => {
    const made = translate(realVirtual, 'abcdefgh')
    made.metadata.uid = 'host-uid'
    const tenant = { name: 'k8s1', hostNamespaces: ['vcluster-k8s1'], vcluster: 'k8s1' }
    expect(ownershipOf(made, [tenant]).owned).toBe(true)
  })

  test('cannot be made to carry another marker, another owner or another virtual name', () => {
    const virtual = structuredClone(realVirtual)
    virtual.metadata.labels = {
      [keys.MANAGED_BY]: 'k8s2',
      [keys.NAMESPACE]: 'kube-system',
      release: 'k8s2',
      app: 'vcluster',
    }
    virtual.metadata.annotations = {
      [keys.OBJECT_NAME]: 'victim',
      [keys.OBJECT_NAMESPACE]: 'victims',
      [keys.OBJECT_UID]: 'victims-uid',
      [keys.OBJECT_HOST_NAME]: 'victim-x-victims-x-k8s2',
      [keys.LEGACY_NAME]: 'only the legacy one can be chosen',
    }
    const { labels, annotations } = translate(virtual, 'abcdefgh').metadata
    expect(labels).toMatchObject({ [keys.MANAGED_BY]: 'k8s1', [keys.NAMESPACE]: 'test-app' })
    expect(labels).not.toHaveProperty('release')
    expect(annotations).toMatchObject({
      [keys.OBJECT_NAME]: 'simple-app-k8s1',
      [keys.OBJECT_NAMESPACE]: 'test-app',
      [keys.OBJECT_UID]: realVirtual.metadata.uid,
      [keys.OBJECT_HOST_NAME]: 'simple-app-k8s1-x-test-app-x-k8s1',
      [keys.LEGACY_NAME]: 'only the legacy one can be chosen',
    })
  })

  test('names the host’s copies of Secrets, ConfigMaps and claims', () => {
    const virtual = structuredClone(realVirtual)
    virtual.spec.volumes = [
      { name: 'a', secret: { secretName: 'tls' } },
      { name: 'b', configMap: { name: 'settings' } },
      { name: 'c', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'd', ephemeral: {} },
      { name: 'e', hostPath: { path: '/var/run' } },
    ]
    virtual.spec.containers[0]!.env = [
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'api', key: 'key', optional: true } } },
      { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } },
      { name: 'KUBERNETES_SERVICE_HOST', value: 'its own' },
    ]
    const { volumes, containers } = translate(virtual, 'abcdefgh').spec
    expect(volumes).toEqual([
      { name: 'a', secret: { secretName: 'tls-x-test-app-x-k8s1' } },
      { name: 'b', configMap: { name: 'settings-x-test-app-x-k8s1' } },
      { name: 'c', persistentVolumeClaim: { claimName: 'data-x-test-app-x-k8s1' } },
      {
        name: 'd',
        persistentVolumeClaim: { claimName: 'simple-app-k8s1-d-x-test-app-x-k8s1' },
      },
      { name: 'e', hostPath: { path: '/var/run' } },
    ])
    const env = containers[0]!.env!
    expect(env.filter((each) => each.name === 'KUBERNETES_SERVICE_HOST')).toEqual([
      { name: 'KUBERNETES_SERVICE_HOST', value: 'its own' },
    ])
    expect(env.slice(-3, -1)).toEqual([
      {
        name: 'KEY',
        valueFrom: {
          secretKeyRef: { name: 'api-x-test-app-x-k8s1', key: 'key', optional: true },
        },
      },
      {
        name: 'LEVEL',
        valueFrom: { configMapKeyRef: { name: 'settings-x-test-app-x-k8s1', key: 'level' } },
      },
    ])
  })
})

describe('service links', () => {
  const services = [
    {
      metadata: { name: 'db', namespace: 'test-app' },
      spec: { clusterIP: '10.0.0.9', ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] },
    },
    { metadata: { name: 'none' }, spec: { clusterIP: 'None', ports: [{ port: 80 }] } },
    { metadata: { name: 'kubernetes' }, spec: { clusterIP: '10.0.0.1', ports: [{ port: 443 }] } },
  ] as Service[]
  const variablesOf = (enableServiceLinks: boolean): string[] => {
    const virtual = structuredClone(realVirtual)
    virtual.spec.enableServiceLinks = enableServiceLinks
    virtual.spec.containers[0]!.env = [{ name: 'DB_PORT', value: 'its own' }]
    const { containers } = hostPodOf(virtual, {}, [], context, services).spec
    return containers[0]!.env!.map(({ name, value }) => `${name}=${value ?? ''}`)
  }

  test('tell of the Services of the virtual namespace, before what the container has of its own', () => {
    const all = variablesOf(true)
    expect(all.filter((line) => line.startsWith('DB_'))).toEqual([
      'DB_PORT_5432_TCP=tcp://10.0.0.9:5432',
      'DB_PORT_5432_TCP_ADDR=10.0.0.9',
      'DB_PORT_5432_TCP_PORT=5432',
      'DB_PORT_5432_TCP_PROTO=tcp',
      'DB_SERVICE_HOST=10.0.0.9',
      'DB_SERVICE_PORT=5432',
      'DB_SERVICE_PORT_SQL=5432',
      'DB_PORT=its own',
    ])
    expect(all).toContain('KUBERNETES_SERVICE_HOST=127.77.0.155')
    expect(all.filter((line) => line.startsWith('NONE_'))).toEqual([])
  })

  test('that are off leave only the API server', () => {
    const names = variablesOf(false).map((line) => line.split('=')[0])
    expect(names.filter((name) => !name!.startsWith('KUBERNETES_'))).toEqual(['DB_PORT'])
    expect(names).toHaveLength(9)
  })
})

test('affinities between pods and spread mean pods of the virtual namespaces', () => {
  const web = { matchLabels: { app: 'web', release: 'r' } }
  const topologyKey = 'kubernetes.io/hostname'
  const required = (...terms: object[]): object => ({
    requiredDuringSchedulingIgnoredDuringExecution: terms,
  })
  const virtual = structuredClone(realVirtual)
  virtual.spec.affinity = {
    nodeAffinity: required({ any: 1 }),
    podAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { labelSelector: web, topologyKey, namespaces: ['a', 'b'] } },
      ],
    },
    podAntiAffinity: required(
      { labelSelector: web, topologyKey },
      {
        labelSelector: {},
        topologyKey,
        namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
      },
    ),
  }
  const spread = { maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule' }
  Object.assign(virtual.spec, {
    topologySpreadConstraints: [{ ...spread, labelSelector: web }, spread],
    dnsConfig: { nameservers: ['10.1.1.1'], searches: ['corp', 'svc.cluster.local'] },
  })
  const { spec } = translate(virtual, 'abcdefgh')
  const own = { app: 'web', 'vcluster.loft.sh/label-k8s1-x-a4d451ec23': 'r' }
  const marker = { 'vcluster.loft.sh/managed-by': 'k8s1' }
  const here = { 'vcluster.loft.sh/namespace': 'test-app', ...marker }
  const someNamespaces = { key: 'vcluster.loft.sh/namespace', operator: 'In', values: ['a', 'b'] }
  expect(spec.affinity).toEqual({
    nodeAffinity: required({ any: 1 }),
    podAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          podAffinityTerm: {
            labelSelector: {
              matchLabels: { ...own, ...marker },
              matchExpressions: [someNamespaces],
            },
            topologyKey,
          },
        },
      ],
    },
    podAntiAffinity: required(
      { labelSelector: { matchLabels: { ...own, ...here } }, topologyKey },
      {
        labelSelector: {
          matchLabels: marker,
          matchExpressions: [{ key: nsLabelKey('team', 'k8s1'), operator: 'Exists' }],
        },
        topologyKey,
      },
    ),
  })
  expect(spec).toMatchObject({
    topologySpreadConstraints: [
      { ...spread, labelSelector: { matchLabels: { ...own, ...here } } },
      spread,
    ],
    dnsConfig: {
      nameservers: ['127.77.0.163', '10.1.1.1'],
      searches: ['test-app.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp'],
    },
  })
})

test.each([
  ['metadata.uid', "metadata.annotations['vcluster.loft.sh/uid']"],
  ['metadata.labels', "metadata.annotations['vcluster.loft.sh/labels']"],
  ["metadata.labels['app']", "metadata.labels['app']"],
  ["metadata.labels['release']", "metadata.labels['vcluster.loft.sh/label-k8s1-x-a4d451ec23']"],
  ["metadata.annotations['a']", "metadata.annotations['a']"],
  ['status.hostIP', 'status.hostIP'],
  ['constructor', 'constructor'],
])('the downward API’s %s is read from %s on the host', (path, expected) => {
  expect(hostFieldPath(path, 'k8s1')).toBe(expected)
})

test('the pseudo node is, but for its made-up ids and times, a real vcluster’s', () => {
  const [expected] = (fixture('virtual-nodes.json') as KubeList<Node>).items
  const made = pseudoNode('rig136-node', '127.77.0.80', '2026-11-22T11:57:51Z')
  const { labels, annotations, name } = expected!.metadata
  expect(made.metadata).toEqual({ name, labels, annotations })
  const ids = ['machineID', 'systemUUID', 'bootID'] as const
  for (const id of ids) {
    expect(made.status!.nodeInfo![id]).toMatch(/^[a-z]{8}(-[a-z]{4}){3}-[a-z]{12}$/)
    made.status!.nodeInfo![id] = expected!.status!.nodeInfo![id]!
  }
  expect(made.status).toEqual(expected!.status)
})
