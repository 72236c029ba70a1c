import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../src/core/index.ts'
import { loadGatewayConfig, startGateway, type Gateway } from '../src/gateway/index.ts'
import {
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  createAuthority,
  SERVICEACCOUNTS,
  type Pod,
  type TokenRequest,
} from '../src/kube/index.ts'
import { hostName } from '../src/tenants/index.ts'
import { startCluster, type TestCluster } from './helpers/cluster.ts'
import { startKubeletRig, type KubeletRig } from './helpers/kubelet-rig.ts'

/** Real protocols all the way: virtual token → gateway → host token → kubelet, which asks the host's API server. */
let rig: KubeletRig
let virtual: TestCluster
let gateway: Gateway
let dir: string
let ca: string
let token: string

const ROLE = 'sublet-gateway'

async function accountToken(
  { admin }: Pick<TestCluster, 'admin'>,
  name: string,
  subresources: string[],
): Promise<string> {
  const resources = subresources.map((each) => `nodes/${each}`)
  const rules = [{ apiGroups: [''], resources, verbs: ['get'] }]
  const namespace = 'default'
  await admin.create(SERVICEACCOUNTS, { metadata: { name, namespace } })
  await admin.create(CLUSTERROLES, { metadata: { name }, rules })
  await admin.create(CLUSTERROLEBINDINGS, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  })
  const body: TokenRequest = { metadata: { name, namespace }, spec: {} }
  const made = await admin.create(SERVICEACCOUNTS, body, { namespace, name, subresource: 'token' })
  return made.status?.token ?? ''
}

const synced = (tenant: string, name: string): Pod => {
  const host = hostName(name, 'shop', tenant)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: host,
      namespace: `vcluster-${tenant}`,
      labels: { app: name, 'vcluster.loft.sh/managed-by': tenant },
      annotations: {
        'vcluster.loft.sh/object-name': name,
        'vcluster.loft.sh/object-namespace': 'shop',
        'vcluster.loft.sh/object-uid': `${tenant}-${name}-uid`,
        'vcluster.loft.sh/token-abcdefgh': 'a-virtual-token',
      },
    },
    spec: {
      nodeName: rig.nodeName,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'main',
          image: 'registry.k8s.io/pause:3.10',
          readinessProbe: { tcpSocket: { port: 1 }, periodSeconds: 1 },
        },
      ],
    },
  }
}

beforeAll(async () => {
  ;[rig, virtual] = await Promise.all([startKubeletRig(), startCluster({ name: 'k8s1' })])
  const pods = [synced('k8s1', 'web'), synced('k8s1', 'db'), synced('k8s2', 'web')]
  await Promise.all(pods.map((pod) => rig.create(pod)))
  for (const { metadata } of pods) {
    const { namespace = '', name = '' } = metadata
    await rig.waitForPod(namespace, name, ({ status }) => status?.phase === 'Running')
  }
  dir = await mkdtemp(join(tmpdir(), 'sublet-gateway-'))
  const authority = await createAuthority('gateway')
  const serving = await authority.issueServing({ commonName: 'g', addresses: ['127.0.0.1'] })
  ca = authority.certPem
  const hostToken = await accountToken(rig, ROLE, ['stats', 'metrics', 'pods'])
  token = await accountToken(virtual, 'agent', ['stats', 'metrics', 'proxy'])
  const files = {
    'tls.crt': serving.certPem,
    'tls.key': serving.keyPem,
    token: hostToken,
    'k8s1-ca.crt': virtual.api.caPem,
    'k8s1.jwks': JSON.stringify(virtual.api.jwks),
    'gateway.yaml': `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
tls: { certFile: tls.crt, keyFile: tls.key }
kubelet: { url: '${rig.kubelet.url}', nodeName: ${rig.nodeName}, tokenFile: token, insecureSkipTlsVerify: true }
snapshot: { ttl: 100ms }
tenants:
  - name: k8s1
    hostNamespaces: [vcluster-k8s1]
    api: { url: '${virtual.api.url}', caFile: k8s1-ca.crt }
    keys: { jwksFile: k8s1.jwks }
`,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  gateway = await startGateway(loadGatewayConfig(join(dir, 'gateway.yaml')), {
    log: createLogger('gateway', 'silent'),
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await Promise.all([rig[Symbol.asyncDispose](), virtual[Symbol.asyncDispose]()])
  await rm(dir, { recursive: true })
})

function ask(path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    const sent = request(
      { host: '127.0.0.1', port: gateway.port, path, ca, headers, agent: false },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

test('the host’s kubelet itself refuses the virtual token', async () => {
  expect((await rig.get('/pods', { token })).status).toBe(401)
})

test.each([
  '/healthz',
  '/pods',
  '/runningpods/',
  '/stats/summary',
  '/metrics/cadvisor',
  '/metrics/resource',
])('%s is served without nodes/proxy on the host', async (path) => {
  const { status, text } = await ask(path)
  expect(status).toBe(200)
  if (path === '/healthz') return
  expect(text).toContain('"web"')
  expect(text).toContain('"db"')
  expect(text).not.toMatch(/k8s2|-x-shop-x-|vcluster-k8s1|a-virtual-token/)
})

test('the gateway is ready', async () => {
  expect((await fetch(`${gateway.adminUrl}/readyz`)).status).toBe(200)
})

test('/metrics/resource has a node above zero: metrics-server drops one without', async () => {
  const { text } = await ask('/metrics/resource')
  for (const family of ['cpu_usage_seconds_total', 'memory_working_set_bytes']) {
    const [, node] = new RegExp(`^node_${family} (\\S+) \\d+$`, 'm').exec(text) ?? []
    expect(Number(node)).toBeGreaterThan(0)
  }
})

test('/metrics/probes and /metrics tell about own pods, and nothing else', async () => {
  await expect
    .poll(async () => (await ask('/metrics/probes')).text, { timeout: 10_000 })
    .toMatch(/prober_probe_total\{.*pod="web",pod_uid="k8s1-web-uid"/)
  await expect
    .poll(async () => (await ask('/metrics')).text, { timeout: 10_000 })
    .toMatch(/log_filesystem_used_bytes\{.*pod="web",uid="k8s1-web-uid"/)
  for (const path of ['/metrics/probes', '/metrics']) {
    const { status, text } = await ask(path)
    expect(status).toBe(200)
    expect(text).not.toMatch(/k8s2|-x-shop-x-|vcluster-k8s1|^(?:process|kubelet_running|go)_/m)
  }
})

test('the API server’s node-proxy form is served for this node', async () => {
  const proxy = `/api/v1/nodes/${rig.nodeName}/proxy`
  const names = async (path: string): Promise<unknown> => {
    const { items } = JSON.parse((await ask(path)).text) as { items: Pod[] }
    return items.map(({ metadata }) => metadata.name).sort()
  }
  expect(await names(`${proxy}/pods`)).toEqual(await names('/pods'))
  expect((await ask(`${proxy}/healthz`)).text).toBe('ok')
  expect((await ask(`/api/v1/nodes/other/proxy/pods`)).status).toBe(404)
  expect((await ask(`${proxy}/configz`)).status).toBe(404)
})
