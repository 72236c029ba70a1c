import { describe, expect, test } from 'vitest'
import type { Pod } from '../kube/index.ts'
import { parsePodList, rebuildPods, type PodOwner } from './index.ts'

const uid = 'a25c6e48-1d58-44b0-84db-ff00912b6170'
const owner: PodOwner = {
  slice: 0,
  host: { namespace: 'vcluster-k8s1', name: 'web-x-shop-x-k8s1' },
  hostUid: uid,
  hostNetwork: false,
  virtual: { namespace: 'shop', name: 'web', uid: 'virtual-uid' },
  hostOnlyContainers: new Set(['vcluster-rewrite-hosts']),
  virtualName: (name) => (name.endsWith('-x-shop-x-k8s1') ? name.slice(0, -14) : undefined),
}

type Item = Pod & Required<Pick<Pod, 'status'>>

function rebuilt(parts: {
  metadata?: object
  spec?: object
  status?: object
}): Item & { text: string } {
  const pod = {
    metadata: { name: owner.host.name, namespace: owner.host.namespace, uid, ...parts.metadata },
    spec: { containers: [], ...parts.spec },
    status: parts.status,
  } as unknown as Pod
  const text = rebuildPods([pod], () => owner, 0).toString()
  const [item] = (JSON.parse(text) as { items: Item[] }).items
  if (!item) throw new Error('no pod')
  return { ...item, text }
}

describe('metadata', () => {
  test('is the virtual pod’s; no host annotation passes, least of all a token', () => {
    const { metadata } = rebuilt({
      metadata: {
        resourceVersion: '9',
        creationTimestamp: '2026-11-22T11:00:45Z',
        labels: { app: 'web', 'vcluster.loft.sh/managed-by': 'k8s1' },
        annotations: { 'vcluster.loft.sh/token-abc': 'eyJ…', 'example.com/host': 'secret' },
        managedFields: [{}],
      },
    })
    expect(metadata).toEqual({
      name: 'web',
      namespace: 'shop',
      uid: 'virtual-uid',
      creationTimestamp: '2026-11-22T11:00:45Z',
      labels: { app: 'web' },
      annotations: { 'kubernetes.io/config.source': 'api' },
    })
  })

  test('a label called __proto__ is a label', () => {
    const labels = JSON.parse('{"__proto__":"x","app":"web"}') as object
    expect(rebuilt({ metadata: { labels } }).text).toContain(
      '"labels":{"__proto__":"x","app":"web"}',
    )
  })

  test.each([
    [
      'its virtual owners',
      '[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"u","controller":true,"x":1}]',
      1,
    ],
    ['not JSON', '[{', 0],
    ['not a list', '{"kind":"ReplicaSet"}', 0],
    ['not names', '[{"apiVersion":"v1","kind":"a b","name":"\\u0000","uid":"u"}]', 0],
  ])('owners: %s', (_, text, count) => {
    const { metadata } = rebuilt({
      metadata: {
        annotations: { 'vcluster.loft.sh/owner-references': text },
        ownerReferences: [{ kind: 'Service', name: 'k8s1', uid: 'host', apiVersion: 'v1' }],
      },
    })
    expect(metadata.ownerReferences ?? []).toHaveLength(count)
    expect(JSON.stringify(metadata)).not.toMatch(/Service|"x"/)
  })
})

describe('spec', () => {
  test('leaves out what the syncer or the host has set', () => {
    const { spec } = rebuilt({
      spec: {
        nodeName: 'node-1',
        serviceAccountName: 'vc-workload-k8s1',
        serviceAccount: 'vc-workload-k8s1',
        hostAliases: [{ ip: '10.0.0.1', hostnames: ['kubernetes'] }],
        dnsConfig: { nameservers: ['10.0.0.2'] },
        priorityClassName: 'vcluster-high-x-vcluster-k8s1-x-k8s1',
        schedulerName: 'host-scheduler',
        imagePullSecrets: [{ name: 'host-registry' }],
        restartPolicy: 'Always',
      },
    })
    expect(spec).toEqual({ nodeName: 'node-1', restartPolicy: 'Always', containers: [] })
  })

  test('names of other objects are undone, or left out', () => {
    const { spec } = rebuilt({
      spec: {
        volumes: [
          {
            name: 'a',
            secret: { secretName: 'tls-x-shop-x-k8s1', items: [{ key: 'k', path: 'p' }] },
          },
          { name: 'b', configMap: { name: 'cut-name-0123456789' } },
          { name: 'c', persistentVolumeClaim: { claimName: 'data-x-shop-x-k8s1' } },
          { name: 'd', persistentVolumeClaim: { claimName: 'host-claim' } },
          { name: 'e', projected: { defaultMode: 420, sources: [{ secret: { name: 'x' } }] } },
          { name: 'f', hostPath: { path: '/tmp/vcluster/vcluster-k8s1/k8s1/logs' } },
          { name: 'g', csi: { driver: 'd', volumeAttributes: { secret: 'x' } } },
          { name: 'h', emptyDir: { medium: 'Memory' } },
        ],
      },
    })
    expect(spec.volumes).toEqual([
      { name: 'a', secret: { secretName: 'tls' } },
      { name: 'b', configMap: {} },
      { name: 'c', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'd' },
      { name: 'e', projected: { defaultMode: 420 } },
      { name: 'f', hostPath: {} },
      { name: 'g' },
      { name: 'h', emptyDir: { medium: 'Memory' } },
    ])
  })

  test('variables: the syncer’s are gone, the downward API speaks of the virtual pod', () => {
    const annotation = (name: string): object => ({
      fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['vcluster.loft.sh/${name}']` },
    })
    const { spec } = rebuilt({
      spec: {
        containers: [
          {
            name: 'app',
            image: 'nginx',
            env: [
              { name: 'KUBERNETES_SERVICE_HOST', value: '10.0.0.1' },
              { name: 'KUBERNETES_PORT_443_TCP_ADDR', value: '10.0.0.1' },
              { name: 'KUBERNETES', value: 'yes' },
              { name: 'POD_NAME', valueFrom: annotation('name') },
              { name: 'TOKEN', valueFrom: annotation('token-abcdefgh') },
              { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              { name: 'A', valueFrom: { secretKeyRef: { name: 'db-x-shop-x-k8s1', key: 'k' } } },
              { name: 'B', valueFrom: { secretKeyRef: { name: 'host-secret', key: 'k' } } },
            ],
            envFrom: [
              { secretRef: { name: 'db-x-shop-x-k8s1' } },
              { configMapRef: { name: 'host-config' } },
            ],
          },
          { name: 'vcluster-rewrite-hosts', image: 'library/alpine' },
        ],
      },
    })
    expect(spec.containers).toEqual([
      {
        name: 'app',
        image: 'nginx',
        env: [
          { name: 'KUBERNETES', value: 'yes' },
          {
            name: 'POD_NAME',
            valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } },
          },
          { name: 'TOKEN', valueFrom: {} },
          { name: 'IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } },
          { name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'k' } } },
          { name: 'B', valueFrom: {} },
        ],
        envFrom: [{ secretRef: { name: 'db' } }],
      },
    ])
  })
})

describe('status', () => {
  test('the kubelet’s messages speak of the virtual pod, or are left out', () => {
    const waiting = (message: string): object => ({
      name: 'app',
      state: { waiting: { reason: 'CrashLoopBackOff', message } },
      lastState: {},
    })
    const { status } = rebuilt({
      status: {
        message: 'node node-7 had disk pressure',
        conditions: [{ type: 'Ready', status: 'False', message: 'of node-7', reason: 'X' }],
        containerStatuses: [
          waiting(
            `back-off 10s restarting failed container=app pod=web-x-shop-x-k8s1_vcluster-k8s1(${uid})`,
          ),
          waiting('cannot mount vcluster-k8s1/other'),
          { name: 'vcluster-rewrite-hosts', state: {}, lastState: {} },
        ],
      },
    })
    expect(status.message).toBeUndefined()
    expect(status.conditions).toEqual([{ type: 'Ready', status: 'False', reason: 'X' }])
    expect(status.containerStatuses?.map(({ state }) => state.waiting?.message)).toEqual([
      'back-off 10s restarting failed container=app pod=web_shop(virtual-uid)',
      undefined,
    ])
  })
})

test('a pod of another uid is not rebuilt', () => {
  const pod = {
    metadata: { name: owner.host.name, namespace: 'vcluster-k8s1', uid: 'new' },
    spec: {},
  }
  expect(rebuildPods([pod as unknown as Pod], () => owner, 0).toString()).toContain('"items":[]')
})

describe('a pod list that is none', () => {
  test.each([
    ['no JSON', '{'],
    ['another kind', '{"kind":"NodeList","items":[]}'],
    ['no list', '{"kind":"PodList","items":{}}'],
    ['an item without a name', '{"kind":"PodList","items":[{"metadata":{},"spec":{}}]}'],
    [
      'labels that are no texts',
      '{"kind":"PodList","items":[{"metadata":{"name":"a","namespace":"b","labels":{"a":1}},"spec":{}}]}',
    ],
  ])('%s', (_, text) => {
    expect(() => parsePodList(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'E_KUBELET_SHAPE' }) as Error,
    )
  })

  test('null items are an empty list', () => {
    expect(parsePodList(Buffer.from('{"kind":"PodList","items":null}'))).toEqual([])
  })
})
