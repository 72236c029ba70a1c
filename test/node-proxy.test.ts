import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createKubeClient, isPodReady, type KubeClient } from '../src/kube/index.ts'
import { secret } from '../src/core/index.ts'
import { startKubeletRig, type KubeletRig } from './helpers/kubelet-rig.ts'

/** `/api/v1/nodes/{name}/proxy/…`: the kubelet through the API server, for whoever may `nodes/proxy`. */

let rig: KubeletRig

beforeAll(async () => {
  rig = await startKubeletRig()
  await rig.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'team' },
    spec: {
      nodeName: rig.nodeName,
      containers: [{ name: 'main', image: 'busybox', args: ['sleep', '60'] }],
    },
  })
  await rig.waitForPod('team', 'web', isPodReady)
})
afterAll(() => rig[Symbol.asyncDispose]())

const below = (path: string): string => `/api/v1/nodes/${rig.nodeName}/proxy${path}`

/** A client of a service account that may do what the rule says. */
async function accountWith(
  name: string,
  verbs: string[],
  resources: string[],
): Promise<KubeClient> {
  const post = (path: string, body: unknown): Promise<{ body: Buffer }> =>
    rig.admin.raw('POST', path, { body })
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  await post('/api/v1/namespaces/team/serviceaccounts', { metadata: { name } })
  await post(`${rbac}/clusterroles`, {
    metadata: { name },
    rules: [{ apiGroups: [''], resources, verbs }],
  })
  await post(`${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', namespace: 'team', name }],
  })
  const path = `/api/v1/namespaces/team/serviceaccounts/${name}/token`
  const { body } = await post(path, { spec: {} })
  const { token } = (JSON.parse(body.toString()) as { status: { token: string } }).status
  return createKubeClient({
    server: rig.api.url,
    ca: rig.api.caPem,
    credential: { kind: 'token', token: secret(token) },
  })
}

test('gives the kubelet’s own answers, its refusals too', async () => {
  const summary = await rig.admin.raw('GET', below('/stats/summary?only_cpu_and_memory=true'))
  expect(summary.status).toBe(200)
  expect(JSON.parse(summary.body.toString())).toMatchObject({ node: { nodeName: rig.nodeName } })
  expect((await rig.admin.raw('GET', below('/healthz?verbose'))).body.toString()).toContain(
    'healthz check passed',
  )
  const nothing = await rig.admin.raw('GET', below('/no/such/path'))
  expect([nothing.status, nothing.body.toString()]).toEqual([404, '404 page not found\n'])
})

test('is for those who may nodes/proxy; get suffices to run a command', async () => {
  await using stats = await accountWith('stats', ['get'], ['nodes/stats', 'nodes/metrics'])
  const refused = await stats.raw('GET', below('/stats/summary'))
  expect(refused.status).toBe(403)
  expect(refused.body.toString()).toContain('cannot get resource \\"nodes/proxy\\"')

  await using proxy = await accountWith('proxy', ['get'], ['nodes/proxy'])
  expect((await proxy.raw('GET', below('/pods'))).status).toBe(200)
  const upgraded = await proxy.upgrade({
    method: 'GET',
    path: below('/exec/team/web/main?command=echo&command=executed&output=1'),
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-protocol': 'v4.channel.k8s.io',
    },
  })
  if (upgraded.kind !== 'upgraded') throw new Error(`refused: ${upgraded.body.toString()}`)
  const seen: Buffer[] = [upgraded.head]
  await new Promise<void>((resolve) => {
    upgraded.socket.on('data', (chunk: Buffer) => {
      seen.push(chunk)
      if (Buffer.concat(seen).includes('Success')) resolve()
    })
  })
  upgraded.socket.destroy()
  expect(Buffer.concat(seen).toString('latin1')).toContain('executed\n')
})

test('pods/exec needs the right to create, by WebSocket too', async () => {
  await using reader = await accountWith('reader', ['get'], ['pods', 'pods/exec'])
  const path = '/api/v1/namespaces/team/pods/web/exec?command=id&stdout=true'
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-protocol': 'v5.channel.k8s.io',
  }
  const answer = await reader.upgrade({ method: 'GET', path, headers })
  expect(answer).toMatchObject({ kind: 'refused', status: 403 })
  expect(answer.kind === 'refused' && answer.body.toString()).toContain(
    'cannot create resource \\"pods/exec\\"',
  )
})

test('a node that is not there is not found; one whose kubelet is gone is an unavailable service', async () => {
  const none = await rig.admin.raw('GET', '/api/v1/nodes/none/proxy/healthz')
  expect([none.status, none.body.toString()]).toEqual([
    404,
    expect.stringContaining('nodes \\"none\\" not found'),
  ])
  await rig.admin.raw('POST', '/api/v1/nodes', { body: { metadata: { name: 'gone' } } })
  const body = {
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
    },
  }
  const headers = { 'content-type': 'application/merge-patch+json' }
  await rig.admin.raw('PATCH', '/api/v1/nodes/gone/status', { body: JSON.stringify(body), headers })
  const gone = await rig.admin.raw('GET', '/api/v1/nodes/gone/proxy/healthz')
  expect(gone.status).toBe(503)
  expect(gone.body.toString()).toContain('ECONNREFUSED')
})

test('an upgrade that nobody serves is refused', async () => {
  const { certPem: cert, keyPem: key } = rig.api.adminCredential
  const url = `${rig.api.url.replace('https', 'wss')}/api/v1/namespaces/team/pods/web`
  const socket = new WebSocket(url, { cert, key, ca: rig.api.caPem })
  await expect(new Promise((_, reject) => socket.once('error', reject))).rejects.toThrow('400')
})
