import { readFileSync } from 'node:fs'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  CONFIGMAPS,
  ENDPOINTS,
  EVENTS,
  NAMESPACES,
  NODES,
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  PODS,
  SECRETS,
  SERVICEACCOUNTS,
  SERVICES,
  TOKENREVIEWS,
  createKubeClient,
  parseKubeconfig,
  targetOf,
  type ConfigMap,
  type Endpoints,
  type KubeClient,
  type KubeObject,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
  type Secret,
  type Service,
  type TokenReview,
} from '../src/kube/index.ts'
import { keys, ownershipOf } from '../src/tenants/index.ts'
import {
  HOST_NAMESPACE,
  NODE_NAME,
  gone,
  runOnHost,
  seen,
  startPair,
  type Pair,
} from './helpers/vcluster-pair.ts'

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/vcluster/${name}`, import.meta.url), 'utf8')) as unknown

const onHost = (name: string): { namespace: string; name: string } => ({
  namespace: HOST_NAMESPACE,
  name: `${name}-x-test-app-x-k8s1`,
})
const inApp = (name: string): { namespace: string; name: string } => ({
  namespace: 'test-app',
  name,
})
const appPod = (name: string, spec: Partial<Pod['spec']> = {}): Pod => ({
  metadata: inApp(name),
  spec: { containers: [{ name: 'app', image: 'nginx:alpine' }], ...spec },
})

let pair: Pair
beforeAll(async () => {
  pair = await startPair()
  await pair.virtual.create(NAMESPACES, {
    metadata: { name: 'test-app', labels: { team: 'demo' } },
  })
  // A pod needs its namespace's ServiceAccount, which a controller makes.
  await seen(pair.virtual, CONFIGMAPS, inApp('kube-root-ca.crt'))
  await seen(pair.virtual, SERVICEACCOUNTS, inApp('default'))
})
afterAll(() => pair[Symbol.asyncDispose]())

async function review(client: KubeClient, token: string): Promise<TokenReview> {
  return client.create<TokenReview>(TOKENREVIEWS, { metadata: {}, spec: { token } })
}

const tokenOf = (host: Pod): [key: string, token: string] =>
  Object.entries(host.metadata.annotations!).find(([key]) => key.startsWith(keys.TOKEN_PREFIX))!

describe('a virtual pod on the host', () => {
  test('has, field by field, what a real vcluster gave the same pod', async () => {
    const real = fixture('vcluster-synced-pod.json') as Pod
    const virtual = fixture('virtual-pod.json') as Pod
    const { name, namespace, labels, annotations } = virtual.metadata
    const spec: Partial<Pod['spec']> = { ...virtual.spec }
    delete spec.nodeName
    const created = await pair.virtual.create<Pod>(PODS, {
      metadata: { name, namespace, labels, annotations } as Pod['metadata'],
      spec: spec as Pod['spec'],
    })
    const host = await seen<Pod>(pair.host, PODS, onHost('simple-app-k8s1'))
    const [tokenKey, token] = tokenOf(host)

    // What differs for good reason: uids, random letters, the address, and the port (8443, for there is no kube-proxy).
    const port = String(pair.vcluster.apiServer.port)
    const replaced = JSON.stringify(real)
      .replaceAll('127.77.0.155:443', `127.0.0.1:${port}`)
      .replaceAll('KUBERNETES_PORT_443_TCP', `KUBERNETES_PORT_${port}_TCP`)
      .replaceAll('"value":"443"', `"value":"${port}"`)
      .replaceAll(/127\.77\.0\.\d+/g, '127.0.0.1')
      .replaceAll('5822396c-5aba-4d15-883b-78e9a651fa9c', created.metadata.uid!)
      .replaceAll('435946e7-2ce9-4900-84a5-28e004e4ecee', host.metadata.ownerReferences![0]!.uid)
      .replaceAll('vcluster.loft.sh/token-szwnfnmb', tokenKey)
    const expected = JSON.parse(replaced) as Pod
    expect(tokenKey).toMatch(/^vcluster\.loft\.sh\/token-[a-z]{8}$/)
    expect(host.metadata.labels).toEqual(expected.metadata.labels)
    expect({ ...host.metadata.annotations, [tokenKey]: '<token>' }).toEqual(
      expected.metadata.annotations,
    )
    expect(host.metadata.ownerReferences).toEqual(expected.metadata.ownerReferences)
    delete expected.spec.nodeName
    delete expected.spec.priority
    delete host.spec.priority
    expect(host.spec).toEqual(expected.spec)
    expect(token.split('.')).toHaveLength(3)
  })

  test('carries a token that its own API server accepts for ten years, and that the host refuses', async () => {
    await pair.virtual.create(PODS, appPod('token'))
    const host = await seen<Pod>(pair.host, PODS, onHost('token'))
    const [, token] = tokenOf(host)
    const virtual = await pair.virtual.get<Pod>(PODS, inApp('token'))

    const own = await review(pair.virtual, token)
    expect(own.status?.authenticated).toBe(true)
    expect(own.status?.user).toMatchObject({
      username: 'system:serviceaccount:test-app:default',
      extra: { 'authentication.kubernetes.io/pod-uid': [virtual.metadata.uid] },
    })
    const hosts = await review(pair.host, token)
    expect(hosts.status?.authenticated ?? false).toBe(false)
    const years = ((decodeJwt(token).exp ?? 0) * 1000 - Date.now()) / (365 * 24 * 3600 * 1000)
    expect(years).toBeCloseTo(10, 1)
  })

  test('is found to be the tenant’s by all five checks', async () => {
    const host = await seen<Pod>(pair.host, PODS, onHost('token'))
    const tenant = { name: 'k8s1', hostNamespaces: [HOST_NAMESPACE], vcluster: 'k8s1' }
    expect(ownershipOf(host, [tenant])).toMatchObject({
      owned: true,
      pod: { virtual: { namespace: 'test-app', name: 'token' } },
    })
  })

  test('follows changes of labels and annotations, and keeps what others put there', async () => {
    await pair.virtual.create(PODS, {
      ...appPod('labels'),
      metadata: {
        ...inApp('labels'),
        labels: { old: '1', stays: '1' },
        annotations: { note: 'a' },
      },
    })
    await seen<Pod>(pair.host, PODS, onHost('labels'))
    await pair.host.patch(
      PODS,
      onHost('labels'),
      { metadata: { labels: { admins: '1' } } },
      'merge',
    )
    await pair.virtual.patch(
      PODS,
      inApp('labels'),
      { metadata: { labels: { old: null, added: '2' }, annotations: { note: null } } },
      'merge',
    )
    const host = await seen<Pod>(
      pair.host,
      PODS,
      onHost('labels'),
      (pod) => pod.metadata.labels?.['added'] === '2',
    )
    const image = [{ op: 'replace', path: '/spec/containers/0/image', value: 'nginx:1.27' }]
    await pair.virtual.patch(PODS, inApp('labels'), image, 'json')
    await seen<Pod>(
      pair.host,
      PODS,
      onHost('labels'),
      (pod) => pod.spec.containers[0]?.image === 'nginx:1.27',
    )
    expect(host.metadata.labels).toMatchObject({ stays: '1', admins: '1' })
    expect(host.metadata.labels).not.toHaveProperty('old')
    expect(host.metadata.annotations).not.toHaveProperty('note')
    expect(host.metadata.annotations?.[keys.LEGACY_LABELS]).toBe('added="2"\nstays="1"')
  })
})

describe('what happens on the host', () => {
  test('comes back as node, status and addresses of the virtual pod', async () => {
    await pair.virtual.create(PODS, appPod('status'))
    await seen(pair.host, PODS, onHost('status'))
    const host = await runOnHost(pair.host, onHost('status').name)
    const virtual = await seen<Pod>(
      pair.virtual,
      PODS,
      inApp('status'),
      (pod) => pod.status?.phase === 'Running',
    )
    expect(virtual.spec.nodeName).toBe(NODE_NAME)
    expect(virtual.status).toEqual(host.status)
  })

  test('nothing is written any more once both sides agree', async () => {
    const writes = (): string =>
      JSON.stringify(
        [pair.vcluster.apiServer, pair.hostServer].map((server) =>
          Object.entries(server.requestCounts()).filter(([what]) =>
            /^(create|update|patch|delete)/.test(what),
          ),
        ),
      )
    // Whatever the syncer still had to do shows in some of a hundred reads on both sides.
    let before = writes()
    let quiet = 0
    for (let i = 0; i < 300 && quiet < 100; i++) {
      await Promise.all([pair.virtual.list(NODES), pair.host.list(NODES)])
      quiet = writes() === before ? quiet + 1 : 0
      before = writes()
    }
    expect(quiet).toBe(100)
  })

  test('an event about a host pod is told of the virtual pod, under its names', async () => {
    const host = await pair.host.get<Pod>(PODS, onHost('status'))
    const { name, namespace } = onHost('status')
    await pair.host.create(EVENTS, {
      metadata: { name: `${name}.18a1`, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid: host.metadata.uid },
      reason: 'Scheduled',
      message: `Successfully assigned ${namespace}/${name} to ${NODE_NAME}`,
      type: 'Normal',
      firstTimestamp: null,
      lastTimestamp: null,
    })
    const told = await seen<KubeObject>(pair.virtual, EVENTS, inApp('status.18a1'))
    const virtual = await pair.virtual.get<Pod>(PODS, inApp('status'))
    expect(told['involvedObject']).toMatchObject({ ...inApp('status'), uid: virtual.metadata.uid })
    expect(told['message']).toBe(`Successfully assigned test-app/status to ${NODE_NAME}`)
    await pair.host.patch(EVENTS, { namespace, name: `${name}.18a1` }, { count: 2 }, 'merge')
    await seen<KubeObject>(pair.virtual, EVENTS, inApp('status.18a1'), (e) => e['count'] === 2)
  })

  test('the virtual cluster has a pseudo node of the host node’s name', async () => {
    const node = await pair.virtual.get<Node>(NODES, { name: NODE_NAME })
    expect(node.metadata.labels?.['vcluster.loft.sh/fake-node']).toBe('true')
    expect(node.status?.conditions?.find((each) => each.type === 'Ready')?.status).toBe('True')
  })
})

describe('deletion', () => {
  test('of the virtual pod goes to the host with its grace time, and ends when the host pod has ended', async () => {
    await pair.virtual.create(PODS, appPod('delete-virtual', { terminationGracePeriodSeconds: 7 }))
    await seen(pair.host, PODS, onHost('delete-virtual'))
    await runOnHost(pair.host, onHost('delete-virtual').name)
    await seen<Pod>(
      pair.virtual,
      PODS,
      inApp('delete-virtual'),
      (p) => p.status?.phase === 'Running',
    )
    await pair.virtual.delete(PODS, inApp('delete-virtual'))

    const host = await seen<Pod>(
      pair.host,
      PODS,
      onHost('delete-virtual'),
      (pod) => pod.metadata.deletionTimestamp !== undefined,
    )
    expect(host.metadata.deletionGracePeriodSeconds).toBe(7)
    const virtual = await pair.virtual.get<Pod>(PODS, inApp('delete-virtual'))
    expect(virtual.metadata.deletionTimestamp).toBeDefined()
    await pair.host.delete(PODS, onHost('delete-virtual'), { gracePeriodSeconds: 0 })
    await gone(pair.virtual, PODS, inApp('delete-virtual'))
  })

  test('does not touch the host pod of another virtual pod that has the same host name', async () => {
    await pair.virtual.create(NAMESPACES, { metadata: { name: 'b-x-test-app' } })
    await seen(pair.virtual, SERVICEACCOUNTS, { namespace: 'b-x-test-app', name: 'default' })
    await pair.virtual.create(PODS, appPod('a-x-b'))
    const first = await seen<Pod>(pair.host, PODS, onHost('a-x-b'))
    const other = { namespace: 'b-x-test-app', name: 'a' }
    await pair.virtual.create(PODS, { ...appPod('a'), metadata: other })
    const events = async (): Promise<KubeObject | undefined> =>
      (await pair.virtual.list(EVENTS, { namespace: other.namespace })).items.find(
        (event) => event['reason'] === 'SyncError',
      )
    await vi.waitFor(async () => expect(await events()).toBeDefined(), { timeout: 5000 })
    expect((await pair.host.get<Pod>(PODS, onHost('a-x-b'))).metadata.uid).toBe(first.metadata.uid)
    await pair.virtual.delete(PODS, other, { gracePeriodSeconds: 0 })
    await gone(pair.virtual, PODS, other)
    expect((await pair.host.get<Pod>(PODS, onHost('a-x-b'))).metadata.uid).toBe(first.metadata.uid)
  })

  test('of the host pod deletes the virtual pod', async () => {
    await pair.virtual.create(PODS, appPod('delete-host'))
    await seen(pair.host, PODS, onHost('delete-host'))
    await runOnHost(pair.host, onHost('delete-host').name)
    await seen<Pod>(pair.virtual, PODS, inApp('delete-host'), (p) => p.status?.phase === 'Running')
    await pair.host.delete(PODS, onHost('delete-host'), { gracePeriodSeconds: 0 })
    await gone(pair.virtual, PODS, inApp('delete-host'))
  })

  test('and a new pod of the same name gets a new host pod', async () => {
    await pair.virtual.create(PODS, appPod('again'))
    const first = await seen<Pod>(pair.host, PODS, onHost('again'))
    await pair.virtual.delete(PODS, inApp('again'), { gracePeriodSeconds: 0 })
    const second = await pair.virtual.create<Pod>(PODS, appPod('again'))
    const host = await seen<Pod>(
      pair.host,
      PODS,
      onHost('again'),
      (pod) => pod.metadata.uid !== first.metadata.uid,
    )
    expect(host.metadata.annotations?.[keys.OBJECT_UID]).toBe(second.metadata.uid)
  })
})

describe('Secrets and ConfigMaps', () => {
  test('that a pod uses are copied, kept up to date and deleted with their last user', async () => {
    const config = (level: string): ConfigMap => ({
      metadata: inApp('settings'),
      data: { level },
    })
    await pair.virtual.create(CONFIGMAPS, config('info'))
    await pair.virtual.create<Secret>(SECRETS, {
      metadata: inApp('api'),
      data: { key: Buffer.from('k').toString('base64') },
    })
    await pair.virtual.create<Secret>(SECRETS, { metadata: inApp('unused'), data: {} })
    await pair.virtual.create(
      PODS,
      appPod('user', {
        containers: [
          {
            name: 'app',
            image: 'nginx:alpine',
            env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'api', key: 'key' } } }],
          },
        ],
        volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
      }),
    )
    await seen<Pod>(pair.host, PODS, onHost('user'))
    // Both were there before the host pod was.
    const secret = await pair.host.get<Secret>(SECRETS, onHost('api'))
    expect(secret.data).toEqual({ key: Buffer.from('k').toString('base64') })
    expect(secret.metadata.labels).toEqual({
      [keys.MANAGED_BY]: 'k8s1',
      [keys.NAMESPACE]: 'test-app',
    })
    expect(secret.metadata.annotations).toMatchObject({
      [keys.OBJECT_NAME]: 'api',
      [keys.OBJECT_NAMESPACE]: 'test-app',
      [keys.OBJECT_KIND]: '/v1, Kind=Secret',
      [keys.OBJECT_HOST_NAME]: onHost('api').name,
    })
    await seen(pair.host, CONFIGMAPS, onHost('settings'))
    await expect(pair.host.get(SECRETS, onHost('unused'))).rejects.toThrow(/not found/)

    await pair.virtual.update(CONFIGMAPS, config('debug'))
    await seen<ConfigMap>(
      pair.host,
      CONFIGMAPS,
      onHost('settings'),
      (copy) => copy.data?.['level'] === 'debug',
    )
    await pair.virtual.delete(SECRETS, inApp('api'))
    await gone(pair.host, SECRETS, onHost('api'))
    await pair.virtual.delete(PODS, inApp('user'), { gracePeriodSeconds: 0 })
    await gone(pair.host, CONFIGMAPS, onHost('settings'))
    // Others still use it.
    await pair.host.get(CONFIGMAPS, onHost('kube-root-ca.crt'))
  })

  test('the certificate authority that pods get is the virtual cluster’s', async () => {
    const copy = await seen<ConfigMap>(pair.host, CONFIGMAPS, onHost('kube-root-ca.crt'))
    expect(copy.data?.['ca.crt']).toBe(pair.vcluster.apiServer.caPem)
  })
})

describe('Services, Endpoints and claims', () => {
  const service = (name: string, spec: Partial<Service['spec']>): Service => ({
    metadata: inApp(name),
    spec: { ports: [{ port: 80 }], ...spec },
  })

  test('a Service selects the host pods, has one address, and follows changes of either side', async () => {
    const made = await pair.virtual.create<Service>(
      SERVICES,
      service('web', { type: 'NodePort', selector: { app: 'web' } }),
    )
    const host = await seen<Service>(pair.host, SERVICES, onHost('web'))
    expect(host.spec.selector).toEqual({
      app: 'web',
      [keys.MANAGED_BY]: 'k8s1',
      [keys.NAMESPACE]: 'test-app',
    })
    expect(host.spec.clusterIP).toBe(made.spec.clusterIP)
    await pair.host.update(
      SERVICES,
      { ...host, status: { loadBalancer: { ingress: [{ ip: '10.9.9.9' }] } } },
      { subresource: 'status' },
    )
    const virtual = await seen<Service>(pair.virtual, SERVICES, inApp('web'), (each) =>
      JSON.stringify(each['status']).includes('10.9.9.9'),
    )
    expect(virtual.spec.ports).toEqual(host.spec.ports)

    const change = { metadata: { labels: { a: '1' } }, spec: { selector: { app: 'other' } } }
    await pair.virtual.patch(SERVICES, inApp('web'), change, 'merge')
    const changed = await seen<Service>(
      pair.host,
      SERVICES,
      onHost('web'),
      ({ spec }) => spec.selector?.['app'] === 'other',
    )
    expect(changed.metadata.labels).toMatchObject({ a: '1', [keys.MANAGED_BY]: 'k8s1' })
    await pair.host.delete(SERVICES, onHost('web'))
    await gone(pair.virtual, SERVICES, inApp('web'))
  })

  test('Endpoints are copied for a Service without a selector only', async () => {
    await pair.virtual.create(SERVICES, service('outside', {}))
    const subsets = [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 8080, protocol: 'TCP' }] }]
    await pair.virtual.create(ENDPOINTS, { metadata: inApp('outside'), subsets })
    const copy = await seen<Endpoints>(pair.host, ENDPOINTS, onHost('outside'))
    expect(copy.subsets).toEqual(subsets)
    await pair.virtual.delete(SERVICES, inApp('outside'))
    await gone(pair.host, SERVICES, onHost('outside'))
    await gone(pair.host, ENDPOINTS, onHost('outside'))
    const own = await pair.host.list<Service>(SERVICES, { namespace: HOST_NAMESPACE })
    const names = own.items.map((each) => each.metadata.name)
    expect(names).not.toContain('kubernetes-x-default-x-k8s1')
    expect(names).toContain(`k8s1-node-${NODE_NAME}`)
  })

  test('a claim gets the host’s volume and status, and a made-up volume of that name', async () => {
    await pair.virtual.create<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS, {
      metadata: inApp('data'),
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'standard',
        resources: { requests: { storage: '1Gi' } },
      },
    })
    const host = await seen<PersistentVolumeClaim>(
      pair.host,
      PERSISTENTVOLUMECLAIMS,
      onHost('data'),
    )
    expect(host.spec['storageClassName']).toBe('standard')
    // The test plays the host's binder.
    const bound = await pair.host.update<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS, {
      ...host,
      spec: { ...host.spec, volumeName: 'pvc-1' },
    })
    const status = { phase: 'Bound', capacity: { storage: '1Gi' } }
    await pair.host.update(PERSISTENTVOLUMECLAIMS, { ...bound, status }, { subresource: 'status' })
    const virtual = await seen<PersistentVolumeClaim>(
      pair.virtual,
      PERSISTENTVOLUMECLAIMS,
      inApp('data'),
      (claim) => claim.status?.['phase'] === 'Bound',
    )
    expect(virtual.spec['volumeName']).toBe('pvc-1')
    const volume = await seen<KubeObject>(
      pair.virtual,
      PERSISTENTVOLUMES,
      { name: 'pvc-1' },
      (each) => JSON.stringify(each['status']).includes('Bound'),
    )
    expect(volume.metadata.labels).toEqual({ 'vcluster.loft.sh/fake-pv': 'true' })
    await pair.virtual.delete(PERSISTENTVOLUMECLAIMS, inApp('data'))
    await gone(pair.host, PERSISTENTVOLUMECLAIMS, onHost('data'))
    await gone(pair.virtual, PERSISTENTVOLUMES, { name: 'pvc-1' })
  })

  test('the node goes with the last pod on it, and comes back with the next', async () => {
    const { items } = await pair.virtual.list<Pod>(PODS)
    const last = items.filter((pod) => pod.spec.nodeName !== undefined)
    await Promise.all(
      last.map(({ metadata: { namespace = '', name = '' } }) =>
        pair.virtual.delete(PODS, { namespace, name }, { gracePeriodSeconds: 0 }),
      ),
    )
    await gone(pair.virtual, NODES, { name: NODE_NAME })
    await gone(pair.host, SERVICES, {
      namespace: HOST_NAMESPACE,
      name: `k8s1-node-${NODE_NAME}`,
    })
    await pair.virtual.create(PODS, appPod('next'))
    await seen(pair.host, PODS, onHost('next'))
    await runOnHost(pair.host, onHost('next').name)
    await seen(pair.virtual, NODES, { name: NODE_NAME })
  })
})

describe('what a vcluster has and gives on the host', () => {
  test('the Secret vc-<name> makes its reader administrator of the virtual cluster', async () => {
    const found = await pair.host.get<Secret>(SECRETS, {
      namespace: HOST_NAMESPACE,
      name: 'vc-k8s1',
    })
    expect(Object.keys(found.data!).sort()).toEqual([
      'certificate-authority',
      'client-certificate',
      'client-key',
      'config',
    ])
    const text = Buffer.from(found.data!['config']!, 'base64').toString()
    const { options } = await targetOf(await parseKubeconfig(text, 'the Secret'))
    expect(options.server).toBe(pair.vcluster.apiServer.url)
    await using admin = createKubeClient(options)
    await admin.get(NAMESPACES, { name: 'test-app' })
    const nobody = await pair.host.list<KubeObject>(NAMESPACES)
    expect(nobody.items.map((each) => each.metadata.name)).not.toContain('test-app')
  })

  test('its ServiceAccount reaches nothing outside of its namespace', async () => {
    await using own = createKubeClient(pair.syncerOptions)
    await own.list(PODS, { namespace: HOST_NAMESPACE })
    await expect(own.list(PODS)).rejects.toThrow(/cannot list resource "pods"/)
    await expect(own.list(SECRETS, { namespace: 'kube-system' })).rejects.toThrow(/forbidden/)
    await expect(own.get(NODES, { name: NODE_NAME })).rejects.toThrow(/forbidden/)
  })
})
