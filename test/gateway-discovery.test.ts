import { afterAll, beforeAll, expect, test } from 'vitest'
import { secret, type Secret } from '../src/core/index.ts'
import {
  CONFIGMAPS,
  createTokenKey,
  jwksOf,
  NAMESPACES,
  PODS,
  ROLEBINDINGS,
  ROLES,
  SERVICEACCOUNTS,
  type Pod,
  type TokenRequest,
} from '../src/kube/index.ts'
import { startCluster } from './helpers/cluster.ts'
import {
  controlPlane,
  namespace,
  publish,
  startDiscoveryRig,
  type DiscoveryRig,
} from './helpers/discovery-rig.ts'
import { createAccount, type Reply } from './helpers/gateway-rig.ts'
import { gone, HOST_NAMESPACE, NODE_NAME, runOnHost, seen } from './helpers/vcluster-pair.ts'

/** Capsule's label says which host namespaces are a tenant's. */
const OIL = `
tenants:
  - name: oil
    vcluster: null
    namespaceSelector: capsule.clastix.io/tenant=oil
    api: { url: 'HOST', caFile: host-ca.crt }
    keys: { jwksFile: host.jwks }
`
let rig: DiscoveryRig
let agent: Secret

const pod = (name: string, labels: Record<string, string> = {}): Pod => ({
  metadata: { name, namespace: 'test-app', labels },
  spec: { containers: [{ name: 'app', image: 'nginx:alpine' }] },
})
const namesOf = ({ text }: Reply): string[] =>
  (JSON.parse(text) as { items: Pod[] }).items.map(({ metadata }) => metadata.name ?? '').sort()
const shows =
  (...names: string[]) =>
  (reply: Reply): boolean =>
    reply.status === 200 && namesOf(reply).join() === names.join()

async function runInK8s1(name: string, labels: Record<string, string> = {}): Promise<void> {
  const { virtual, host } = rig.pair
  const hostName = `${name}-x-test-app-x-k8s1`
  await virtual.create<Pod>(PODS, pod(name, labels))
  await seen(host, PODS, { namespace: HOST_NAMESPACE, name: hostName })
  await runOnHost(host, hostName)
}

beforeAll(async () => {
  rig = await startDiscoveryRig(OIL)
  agent = await createAccount({ admin: rig.pair.virtual }, 'agent', ['proxy'])
  await namespace(rig.pair.virtual, 'test-app')
  await runInK8s1('web')
})
afterAll(() => rig[Symbol.asyncDispose]())

test('a vcluster is found by its control plane’s pod and served under its virtual names', async () => {
  const reply = await rig.askUntil(agent, shows('web'))
  expect(reply.text).not.toMatch(/-x-test-app-x-|vcluster-k8s1/)
  expect((await fetch(`${rig.gateway.adminUrl}/readyz`)).status).toBe(200)
})

test('the control plane’s own pod is nobody’s, and counted', async () => {
  await rig.ask(agent)
  expect(await rig.metrics()).toContain('sublet_gateway_tenants 2\n')
  await rig.pair.host.patch(
    PODS,
    { namespace: HOST_NAMESPACE, name: 'k8s1-0' },
    { metadata: { labels: { seen: 'again' } } },
    'merge',
  )
  await runOnHost(rig.pair.host, 'k8s1-0', '127.0.0.1')
  await rig.askUntil(agent, shows('web'))
  await rig.metricUntil('sublet_gateway_unowned_pods{reason="not-managed-by-vcluster"} 1')
})

test('a tenant that labels its own pod like a control plane makes no tenant (nested vcluster)', async () => {
  await runInK8s1('evil-0', { app: 'vcluster', release: 'evil' })
  await rig.metricUntil('sublet_gateway_ignored_control_planes{reason="synced"} 1')
  await rig.askUntil(agent, shows('evil-0', 'web'))
  expect(await rig.metrics()).toContain('sublet_gateway_tenants 2\n')
  const evil = { namespace: HOST_NAMESPACE, name: 'evil-0-x-test-app-x-k8s1' }
  await rig.pair.host.delete(PODS, evil, { gracePeriodSeconds: 0 })
  await rig.askUntil(agent, shows('web'))
})

test('tenants come and go while it runs; one that goes takes its remembered answers along', async () => {
  const { host } = rig.pair
  await using k8s2 = await startCluster({ name: 'k8s2' })
  const other = await createAccount(k8s2, 'agent', ['proxy'])
  expect((await rig.ask(other)).status).toBe(401)

  await namespace(host, 'vcluster-k8s2')
  await publish(host, k8s2.api, 'vcluster-k8s2', 'k8s2')
  await controlPlane(host, k8s2.api.port, 'vcluster-k8s2', 'k8s2')
  await rig.askUntil(other, shows())

  await host.delete(PODS, { namespace: 'vcluster-k8s2', name: 'k8s2-0' }, { gracePeriodSeconds: 0 })
  await rig.askUntil(other, ({ status }) => status === 401)
  await rig.metricUntil('sublet_gateway_tenants 2')

  // It comes back with its API server stopped: what was remembered before would still be good for two minutes.
  await k8s2[Symbol.asyncDispose]()
  await controlPlane(host, k8s2.api.port, 'vcluster-k8s2', 'k8s2')
  await rig.askUntil(other, ({ status }) => status === 503)
  await host.delete(PODS, { namespace: 'vcluster-k8s2', name: 'k8s2-0' }, { gracePeriodSeconds: 0 })
})

test('a namespace that two vclusters claim belongs to neither, and is logged and counted', async () => {
  const { host } = rig.pair
  await rig.askUntil(agent, shows('web'))
  await controlPlane(host, 1, HOST_NAMESPACE, 'twin')
  await rig.askUntil(agent, shows())
  await rig.metricUntil('sublet_gateway_contested_namespaces 1')
  await rig.metricUntil('sublet_gateway_unowned_pods{reason="namespace-of-two-tenants"} 2')
  expect(rig.log()).toContain('"namespace":"vcluster-k8s1"')

  await host.delete(PODS, { namespace: HOST_NAMESPACE, name: 'twin-0' }, { gracePeriodSeconds: 0 })
  await gone(host, PODS, { namespace: HOST_NAMESPACE, name: 'twin-0' })
  await rig.askUntil(agent, shows('web'))
  await rig.metricUntil('sublet_gateway_contested_namespaces 0')
})

test('keys are followed where the operator put them', async () => {
  const { host, vcluster } = rig.pair
  const key = { namespace: HOST_NAMESPACE, name: 'k8s1-gateway' }
  const put = (jwks: unknown): Promise<unknown> =>
    host.patch(CONFIGMAPS, key, { data: { jwks: JSON.stringify(jwks) } }, 'merge')
  await put(jwksOf([await createTokenKey()]))
  await rig.askUntil(agent, ({ status }) => status === 401)
  await put(vcluster.apiServer.jwks)
  await rig.askUntil(agent, shows('web'))
})

test('namespaces as a tenant: by Capsule’s label, under the host’s own names and uids', async () => {
  const { host } = rig.pair
  const label = { 'capsule.clastix.io/tenant': 'oil' }
  await namespace(host, 'oil-dev', label)
  await namespace(host, 'oil-prod', label)
  await namespace(host, 'gas', {})
  for (const where of ['oil-dev', 'oil-prod', 'gas']) {
    await host.create<Pod>(PODS, {
      metadata: { name: `app-${where}`, namespace: where },
      spec: { containers: [{ name: 'app', image: 'nginx:alpine' }], nodeName: NODE_NAME },
    })
  }
  const owner = await hostAccount('oil-dev', 'owner', ['oil-dev', 'oil-prod'])
  const reply = await rig.askUntil(owner, shows('app-oil-dev', 'app-oil-prod'))
  const own = await host.get<Pod>(PODS, { namespace: 'oil-dev', name: 'app-oil-dev' })
  expect(reply.text).toContain(`"uid":"${own.metadata.uid}"`)

  // `list pods` in each of its namespaces, nothing on nodes; another namespace's account is no tenant's.
  const half = await hostAccount('oil-dev', 'half', ['oil-dev'])
  expect((await rig.ask(half)).status).toBe(403)
  const stranger = await hostAccount('gas', 'stranger', ['gas', 'oil-dev', 'oil-prod'])
  expect((await rig.ask(stranger)).status).toBe(401)

  // A namespace that loses the label is not the tenant's any more.
  await host.patch(NAMESPACES, { name: 'oil-prod' }, { metadata: { labels: null } }, 'merge')
  await rig.askUntil(owner, shows('app-oil-dev'))
})

/** An account of the host that may list pods in some namespaces. */
async function hostAccount(
  home: string,
  name: string,
  readable: readonly string[],
): Promise<Secret> {
  const { host } = rig.pair
  await host.create(SERVICEACCOUNTS, { metadata: { name, namespace: home } })
  for (const where of readable) {
    const metadata = { name: `${home}-${name}`, namespace: where }
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]
    await host.create(ROLES, { metadata, rules })
    await host.create(ROLEBINDINGS, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: home }],
    })
  }
  const request: TokenRequest = { metadata: {}, spec: { expirationSeconds: 3600 } }
  const made = await host.create(SERVICEACCOUNTS, request, {
    namespace: home,
    name,
    subresource: 'token',
  })
  return secret(made.status?.token ?? '')
}
