import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { secret, type Secret } from '../src/core/index.ts'
import {
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  KubeStatusError,
  NAMESPACES,
  PODS,
  ROLEBINDINGS,
  ROLES,
  SERVICEACCOUNTS,
  failure,
  formatKubeconfig,
  kubeconfigOf,
  type Pod,
} from '../src/kube/index.ts'
import type { LogOptions } from '../src/kubelet/index.ts'
import { startCluster, type TestCluster } from './helpers/cluster.ts'
import { createAccount, startGatewayRig, type GatewayRig } from './helpers/gateway-rig.ts'

/** The host's API server of the lab, whose logs come from the test instead of a node. */
let host: TestCluster
let rig: GatewayRig
let reader: Secret
type Source = (pod: Pod, container: string, options: LogOptions, signal: AbortSignal) => Readable
const opened: string[] = []
const HOST_POD = 'simple-app-k8s1-x-test-app-x-k8s1'
const LOG = '/containerLogs/test-app/simple-app-k8s1/simple-app'
const plainSource: Source = (pod, container) =>
  Readable.from([`a line of ${pod.metadata.name ?? ''}/${container}\n`], { objectMode: false })
let source: Source = plainSource

beforeAll(async () => {
  host = await startCluster({
    name: 'host',
    openLog: (pod, container, options, signal) => {
      opened.push(`${pod.metadata.namespace ?? ''}/${pod.metadata.name ?? ''}/${container}`)
      return Promise.resolve(source(pod, container, options, signal))
    },
  })
  for (const namespace of ['vcluster-k8s1', 'vcluster-k8s2', 'monitoring']) {
    await prepareNamespace(host, namespace)
  }
  const pods = fixturePods()
  for (const { metadata, spec } of pods) {
    const { name = '', namespace = '' } = metadata
    const containers = spec.containers.map(({ name, image }) => ({ name, image }))
    await host.admin.create(PODS, podOf(namespace, name, containers))
  }
  rig = await startGatewayRig({
    config:
      'hostApi: { kubeconfig: host.kubeconfig }\nsnapshot: { ttl: 1ms }\nlogs: { enabled: true, streams: 3, streamsPerTenant: 2, maxDuration: 1m }',
    prepare: async ({ dir }) => {
      await writeFile(join(dir, 'host.kubeconfig'), await hostKubeconfig())
      return {}
    },
  })
  await prepareNamespace(rig.k8s1, 'test-app')
  const virtual = await rig.k8s1.admin.create(
    PODS,
    podOf('test-app', 'simple-app-k8s1', [
      { name: 'simple-app', image: 'simple-app' },
      { name: 'vcluster-rewrite-hosts', image: 'mine' },
    ]),
  )
  virtualUid = virtual.metadata.uid ?? ''
  serveNode()
  reader = await rig.account(rig.k8s1, 'reader', ['proxy'])
  await mayReadPods(rig.k8s1, 'reader')
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
  await host[Symbol.asyncDispose]()
})
afterEach(() => {
  source = plainSource
  opened.length = 0
  serveNode()
})

let virtualUid = ''

const podOf = (
  namespace: string,
  name: string,
  containers: { name: string; image: string }[],
): Pod => ({
  metadata: { name, namespace },
  spec: { nodeName: 'rig136-node', automountServiceAccountToken: false, containers },
})

async function prepareNamespace({ admin }: TestCluster, namespace: string): Promise<void> {
  await admin.create(NAMESPACES, { metadata: { name: namespace } })
  await admin.create(SERVICEACCOUNTS, { metadata: { name: 'default', namespace } })
}

const FIXTURE = new URL('fixtures/vcluster-node/pods.json', import.meta.url)
const fixturePods = (): Pod[] =>
  (JSON.parse(readFileSync(FIXTURE, 'utf8')) as { items: Pod[] }).items

/** What the kubelet says of the node: the pod under test has the uid of the virtual one, and containers of the host's. */
function serveNode(change: (pod: Pod) => void = () => undefined): void {
  const items = fixturePods()
  const pod = items.find(({ metadata }) => metadata.name === HOST_POD)
  if (pod === undefined) throw new Error('the fixture has changed')
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    'vcluster.loft.sh/object-uid': virtualUid,
  }
  pod.spec.containers.push({ name: 'istio-proxy', image: 'injected' })
  pod.spec.initContainers = [{ name: 'vcluster-rewrite-hosts', image: 'rewrite' }]
  change(pod)
  const body = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items })
  rig.kubelet.overrides.set('/pods', { status: 200, body })
}

/** What docs/gateway.md tells operators to grant: `pods/log` in the tenants' namespaces, and nothing else. */
async function hostKubeconfig(): Promise<string> {
  const token = await createAccount(host, 'gateway', [])
  for (const namespace of ['vcluster-k8s1', 'vcluster-k8s2']) {
    const metadata = { name: 'sublet-gateway-logs', namespace }
    const rules = [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }]
    await host.admin.create(ROLES, { metadata, rules })
    await host.admin.create(ROLEBINDINGS, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: 'gateway', namespace: 'datadog' }],
    })
  }
  const { url: server, caPem } = host.api
  const credential = { kind: 'token', token: secret(token.reveal()) } as const
  return formatKubeconfig(kubeconfigOf({ name: 'host', server, caPem, credential }))
}

async function mayReadPods({ admin }: TestCluster, name: string): Promise<void> {
  const metadata = { name: `${name}-pods` }
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
  await admin.create(CLUSTERROLES, { metadata, rules })
  await admin.create(CLUSTERROLEBINDINGS, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'datadog' }],
  })
}

/** A log that is read as it comes. */
async function follow(path: string, token: Secret = reader): Promise<IncomingMessage> {
  const request = httpsRequest({
    host: '127.0.0.1',
    port: rig.gateway.port,
    path,
    ca: rig.caPem,
    agent: false,
    headers: { authorization: `Bearer ${token.reveal()}` },
  })
  request.on('error', () => undefined)
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.on('error', () => undefined)
  return response
}

/** A log without an end, that says when it was closed. */
function endless(): { readonly log: Readable; readonly closed: Promise<unknown> } {
  const log = new Readable({ read: () => undefined })
  log.push('first\n')
  log.on('error', () => undefined)
  return { log, closed: new Promise((resolve) => log.once('close', resolve)) }
}

test('a tenant reads the log of its own container, in both forms of the path, through pods/log', async () => {
  for (const path of [LOG, `/api/v1/nodes/rig136-node/proxy${LOG}`]) {
    const { status, text, headers } = await rig.ask(path, { token: reader })
    expect([status, text]).toEqual([200, `a line of ${HOST_POD}/simple-app\n`])
    expect(headers['content-type']).toBe('text/plain; charset=utf-8')
  }
  expect(opened[0]).toBe(`vcluster-k8s1/${HOST_POD}/simple-app`)
  expect(rig.log()).toMatch(/"verdict":"allowed","status":200,"endpoint":"logs"/)
  expect(rig.log()).not.toContain(reader.reveal())
  const metrics = await (await fetch(`${rig.gateway.adminUrl}/metrics`)).text()
  expect(metrics).toContain('sublet_gateway_log_endings_total{why="done",tenant="k8s1"}')
})

test('options are built anew', async () => {
  let seen: LogOptions | undefined
  source = (pod, container, options, signal) => {
    seen = options
    return plainSource(pod, container, options, signal)
  }
  const query = 'timestamps=1&tailLines=3&limitBytes=99&sinceTime=2026-11-22T11%3A57%3A51Z'
  await rig.ask(`${LOG}?${query}&follow=false`, { token: reader })
  expect(seen).toEqual({
    follow: false,
    previous: false,
    timestamps: true,
    tailLines: 3,
    limitBytes: 99,
    sinceTime: Date.parse('2026-11-22T11:57:51Z'),
  })
})

test.each([
  ['?tailLines=-1', 400],
  ['?container=istio-proxy', 400],
  ['?follow=true&follow=false', 400],
  ['?sinceSeconds=1&sinceTime=2026-11-22T11:57:51Z', 400],
  ['?', 400],
  ['?insecureSkipTLSVerifyBackend=true', 400],
  ['/', 404],
  ['/../../other/web/main', 400],
  ['%2f..%2fweb', 400],
  ['/more', 404],
])('%s after the path is %i, and nothing is opened', async (more, status) => {
  expect((await rig.ask(LOG + more, { token: reader })).status).toBe(status)
  expect(opened).toEqual([])
})

describe('nobody else’s log', () => {
  const refused: readonly [what: string, path: string, status: number][] = [
    ['another tenant’s pod', '/containerLogs/test-app/simple-app-k8s2/simple-app', 404],
    ['a pod by its host name', `/containerLogs/vcluster-k8s1/${HOST_POD}/simple-app`, 404],
    ['the host’s own pod', '/containerLogs/monitoring/host-app/simple-app', 404],
    ['the control plane', '/containerLogs/vcluster-k8s1/k8s1-0/syncer', 404],
    ['another node', LOG.replace(/^/, '/api/v1/nodes/other/proxy'), 404],
    ['a container that the host injected', LOG.replace(/simple-app$/, 'istio-proxy'), 404],
    ['a container of the syncer’s', LOG.replace(/simple-app$/, 'vcluster-rewrite-hosts'), 404],
    ['a container that is not there', LOG.replace(/simple-app$/, 'nothing'), 404],
    [
      'a pod of the tenant’s that its own cluster does not know',
      '/containerLogs/test-app/web-64dddff6c4-dnk2p/simple-app',
      404,
    ],
  ]
  test.each(refused)('%s', async (_, path, status) => {
    const answer = await rig.ask(path, { token: reader })
    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain('a line of')
    expect(opened).toEqual([])
  })

  test('of a pod whose uid in its own cluster is another', async () => {
    serveNode((pod) => {
      pod.metadata.annotations = {
        ...pod.metadata.annotations,
        'vcluster.loft.sh/object-uid': '5822396c-5aba-4d15-883b-78e9a651fa9c',
      }
    })
    expect((await rig.ask(LOG, { token: reader })).status).toBe(404)
    expect(opened).toEqual([])
  })

  test('of a pod that went and came back under the same name while its log was opened', async () => {
    const { log, closed } = endless()
    source = () => {
      serveNode((pod) => {
        pod.metadata.uid = '00000000-5aba-4d15-883b-78e9a651fa9c'
      })
      return log
    }
    const answer = await rig.ask(`${LOG}?follow=true`, { token: reader })
    expect([answer.status, answer.text]).toEqual([404, 'pod "simple-app-k8s1" does not exist'])
    await closed
  })

  test('without nodes/proxy, or without get pods, in its own cluster; nor with another cluster’s token', async () => {
    const [noProxy, noPods, other] = await Promise.all([
      rig.account(rig.k8s1, 'no-proxy', ['metrics', 'stats']),
      rig.account(rig.k8s1, 'no-pods', ['proxy']),
      rig.account(rig.k8s2, 'other', ['proxy']),
    ])
    await mayReadPods(rig.k8s1, 'no-proxy')
    await mayReadPods(rig.k8s2, 'other')
    const [first, second, third] = await Promise.all(
      [noProxy, noPods, other].map((token) => rig.ask(LOG, { token })),
    )
    expect([first?.status, second?.status, third?.status]).toEqual([403, 403, 404])
    expect(first?.text).toContain('resource=nodes, subresource(s)=[proxy]')
    expect((await rig.ask(LOG)).status).toBe(401)
    expect((await rig.ask(LOG, { token: reader, method: 'HEAD' })).status).toBe(405)
    expect(opened).toEqual([])
  })
})

test('the host’s refusals are said in the tenant’s names', async () => {
  const refuse =
    (code: number): Source =>
    () => {
      throw new KubeStatusError(failure(code, '', `no "${HOST_POD}" in vcluster-k8s1`))
    }
  source = refuse(400)
  const previous = await rig.ask(`${LOG}?previous=true`, { token: reader })
  expect([previous.status, previous.text]).toEqual([
    400,
    'previous terminated container "simple-app" in pod "simple-app-k8s1" not found',
  ])
  source = refuse(403)
  const forbidden = await rig.ask(LOG, { token: reader })
  expect([forbidden.status, forbidden.text]).toEqual([
    502,
    'the node cannot be read at the moment\n',
  ])
})

test('50 MB pass as fast as they are read, and no faster', async () => {
  const size = 50 * 1024 * 1024
  const chunk = Buffer.alloc(64 * 1024, 'x'.repeat(63) + '\n')
  let made = 0
  source = () =>
    new Readable({
      read() {
        made += chunk.length
        this.push(chunk)
        if (made >= size) this.push(null)
      },
    })
  const before = process.memoryUsage.rss()
  const response = await follow(LOG)
  response.pause()
  await expect.poll(() => made, { timeout: 5000, interval: 100 }).toBeGreaterThan(chunk.length)
  // Nobody reads: what stands in buffers on the way is all that comes.
  let standing = -1
  await expect
    .poll(
      () => {
        const same = made === standing
        standing = made
        return same
      },
      { timeout: 5000, interval: 200 },
    )
    .toBe(true)
  expect(made).toBeLessThan(size / 2)
  let read = 0
  for await (const part of response as AsyncIterable<Buffer>) read += part.length
  expect(read).toBe(size)
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024)
})

test('a client that goes ends the log on the host, and its place is free', async () => {
  const { log, closed } = endless()
  source = () => log
  const response = await follow(`${LOG}?follow=true`)
  await once(response, 'data')
  response.destroy()
  await closed
})

test('a tenant’s logs have a limit, and a place that is given back is taken again', async () => {
  const logs = [endless(), endless()]
  source = () => logs[opened.length - 1]?.log ?? Readable.from([])
  const first = await follow(`${LOG}?follow=true`)
  const second = await follow(`${LOG}?follow=true`)
  const third = await rig.ask(`${LOG}?follow=true`, { token: reader })
  expect([third.status, third.headers['retry-after']]).toEqual([429, '5'])
  first.destroy()
  await logs[0]?.closed
  source = plainSource
  await expect.poll(async () => (await rig.ask(LOG, { token: reader })).status).toBe(200)
  second.destroy()
  await logs[1]?.closed
})

test('a gateway that drains ends follows at once', async () => {
  const { log, closed } = endless()
  source = () => log
  const response = await follow(`${LOG}?follow=true`)
  await once(response, 'data')
  const started = performance.now()
  const drained = rig.gateway.drain()
  await once(response.resume(), 'end')
  await Promise.all([drained, closed])
  expect(response.complete).toBe(true)
  // Long before those 20 s after which a drain cuts off what is left.
  expect(performance.now() - started).toBeLessThan(15_000)
})
