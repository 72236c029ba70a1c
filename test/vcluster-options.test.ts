import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  CONFIGMAPS,
  DAEMONSETS,
  NAMESPACES,
  NODES,
  PODS,
  SECRETS,
  SERVICEACCOUNTS,
  SERVICES,
  type DaemonSet,
  type KubeClient,
  type Node,
  type Pod,
  type Secret,
  type Service,
} from '../src/kube/index.ts'
import { waitFor } from '../src/core/index.ts'
import { applyObjects } from '../src/lab/apply-objects.ts'
import { runVclusterFromEnvironment, vclusterWorkloads } from '../src/lab/vcluster/index.ts'
import { keys } from '../src/tenants/index.ts'
import {
  HOST_NAMESPACE,
  NODE_NAME,
  gone,
  runOnHost,
  seen,
  startPair,
} from './helpers/vcluster-pair.ts'

const key = { namespace: 'test-app', name: 'app' }
const hostKey = { namespace: HOST_NAMESPACE, name: 'app-x-test-app-x-k8s1' }

async function createApp(virtual: KubeClient): Promise<Pod> {
  await virtual.create(NAMESPACES, { metadata: { name: 'test-app' } })
  await seen(virtual, SERVICEACCOUNTS, { namespace: 'test-app', name: 'default' })
  return virtual.create<Pod>(PODS, {
    metadata: key,
    spec: { containers: [{ name: 'app', image: 'nginx:alpine' }] },
  })
}

test('with its options tokens are in Secrets of their own, which go with the pods, and nodes are the host’s', async () => {
  await using pair = await startPair({ useSecretsForSATokens: true, syncNodes: true })
  const capacity = { cpu: '3', memory: '1Gi', pods: '7' }
  await pair.host.create<Node>(NODES, {
    metadata: { name: NODE_NAME, labels: { zone: 'a' } },
    spec: {},
    status: { capacity },
  })
  await createApp(pair.virtual)
  const host = await seen<Pod>(pair.host, PODS, hostKey)
  expect(
    Object.keys(host.metadata.annotations!).filter((each) => each.startsWith(keys.TOKEN_PREFIX)),
  ).toEqual([])
  const volume = host.spec.volumes!.find((each) => each.projected !== undefined)!
  const name = 'app-sa-token-x-test-app-x-k8s1'
  expect(volume.projected!.sources[0]).toEqual({
    secret: { name, items: [{ key: volume.name, path: 'token', mode: 420 }] },
  })
  const secret = await pair.host.get<Secret>(SECRETS, { namespace: HOST_NAMESPACE, name })
  const token = Buffer.from(secret.data![volume.name]!, 'base64').toString()
  expect(decodeJwt(token).sub).toBe('system:serviceaccount:test-app:default')

  await expect(pair.virtual.get(NODES, { name: NODE_NAME })).rejects.toThrow(/not found/)
  await runOnHost(pair.host, hostKey.name)
  const node = await seen<Node>(pair.virtual, NODES, { name: NODE_NAME })
  expect(node.metadata.labels).toMatchObject({ zone: 'a', [keys.MANAGED_BY]: 'k8s1' })
  expect(node.status?.capacity).toEqual(capacity)
  expect(node.status?.addresses?.[1]).toEqual({ type: 'InternalIP', address: '127.0.0.1' })
  const change = { metadata: { labels: { zone: 'b' } }, spec: { unschedulable: true } }
  await pair.host.patch(NODES, { name: NODE_NAME }, change, 'merge')
  await seen<Node>(
    pair.virtual,
    NODES,
    { name: NODE_NAME },
    ({ metadata, spec }) => metadata.labels?.['zone'] === 'b' && spec?.unschedulable === true,
  )

  await pair.virtual.delete(PODS, key, { gracePeriodSeconds: 0 })
  // The test plays the host's kubelet.
  await pair.host.delete(PODS, hostKey, { gracePeriodSeconds: 0 })
  await gone(pair.host, SECRETS, { namespace: HOST_NAMESPACE, name })
})

test('a vcluster that starts anew has new keys, and takes away what its former life left on the host', async () => {
  await using pair = await startPair()
  await createApp(pair.virtual)
  await seen(pair.host, PODS, hostKey)
  const caKey = { namespace: HOST_NAMESPACE, name: 'kube-root-ca.crt-x-test-app-x-k8s1' }
  await seen(pair.host, CONFIGMAPS, caKey)
  await pair.virtual.create<Service>(SERVICES, { metadata: key, spec: { ports: [{ port: 80 }] } })
  await seen(pair.host, SERVICES, hostKey)
  const access = { namespace: HOST_NAMESPACE, name: 'vc-k8s1' }
  const before = await pair.host.get<Secret>(SECRETS, access)
  await pair.vcluster[Symbol.asyncDispose]()

  await using again = await pair.start()
  await gone(pair.host, PODS, hostKey)
  await gone(pair.host, CONFIGMAPS, caKey)
  await gone(pair.host, SERVICES, hostKey)
  const after = await pair.host.get<Secret>(SECRETS, access)
  expect(after.data!['client-key']).not.toBe(before.data!['client-key'])
  expect(Buffer.from(after.data!['certificate-authority']!, 'base64').toString()).toBe(
    again.apiServer.caPem,
  )
})

test('a host pod of the same name that is not its own is left alone, and its virtual pod waits', async () => {
  await using pair = await startPair()
  const spec = { containers: [{ name: 'admins', image: 'nginx:alpine' }] }
  await seen(pair.host, SERVICEACCOUNTS, { namespace: HOST_NAMESPACE, name: 'default' })
  const foreign = await pair.host.create<Pod>(PODS, { metadata: hostKey, spec })
  await createApp(pair.virtual)
  await pair.virtual.create<Pod>(PODS, { metadata: { ...key, name: 'other' }, spec })
  await seen(pair.host, PODS, { ...hostKey, name: 'other-x-test-app-x-k8s1' })
  await pair.virtual.delete(PODS, key)
  await gone(pair.virtual, PODS, key)
  const still = await pair.host.get<Pod>(PODS, hostKey)
  expect(still.metadata.uid).toBe(foreign.metadata.uid)
  expect(still.metadata.deletionTimestamp).toBeUndefined()
})

test('what the lab runs in a vcluster gets host pods, the agents of the DaemonSet too', async () => {
  await using pair = await startPair()
  await applyObjects(pair.virtual, vclusterWorkloads({ name: 'k8s1' }))
  const simpleApp = 'simple-app-k8s1-x-test-app-x-k8s1'
  await seen(pair.host, PODS, { namespace: HOST_NAMESPACE, name: simpleApp })
  const agent = await waitForAgent(pair.host)
  expect(agent.metadata.annotations?.[keys.OWNER_SET_KIND]).toBe('DaemonSet')
  expect(agent.metadata.ownerReferences).toMatchObject([{ kind: 'Service', controller: true }])
  expect(agent.spec.containers.map((each) => each.name)).toEqual(['agent', 'trace-agent'])
  const name = { namespace: HOST_NAMESPACE, name: 'datadog-secret-x-datadog-x-k8s1' }
  await seen(pair.host, SECRETS, name)

  await runOnHost(pair.host, agent.metadata.name!)
  const ready = await seen<DaemonSet>(
    pair.virtual,
    DAEMONSETS,
    { namespace: 'datadog', name: 'datadog-agent' },
    (set) => set.status?.numberReady === 1,
  )
  expect(ready.status?.desiredNumberScheduled).toBe(1)
})

async function waitForAgent(host: KubeClient): Promise<Pod> {
  return waitFor(
    'the host pod of an agent',
    async () => {
      const { items } = await host.list<Pod>(PODS, {
        namespace: HOST_NAMESPACE,
        labelSelector: 'app=datadog-agent',
      })
      return items[0]
    },
    { timeoutMs: 15_000, intervalMs: 10 },
  )
}

describe('the program in the container', () => {
  test('takes everything from its pod’s environment and files, and ends with its signal', async () => {
    await using pair = await startPair()
    await pair.vcluster[Symbol.asyncDispose]()
    const { hostServer, syncerOptions } = pair
    const root = mkdtempSync(join(tmpdir(), 'vcluster-'))
    const account = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
    mkdirSync(account, { recursive: true })
    writeFileSync(join(account, 'ca.crt'), hostServer.caPem)
    writeFileSync(join(account, 'namespace'), HOST_NAMESPACE)
    const { credential } = syncerOptions
    if (credential.kind === 'token')
      writeFileSync(join(account, 'token'), credential.token.reveal())
    const access = { namespace: HOST_NAMESPACE, name: 'vc-k8s1' }
    await pair.host.delete(SECRETS, access)

    const stop = new AbortController()
    const running = runVclusterFromEnvironment(
      ['--port', '0'],
      {
        SUBLET_CONTAINER_ROOT: root,
        VCLUSTER_NAME: 'k8s1',
        POD_IP: '127.0.0.1',
        NODE_NAME,
        KUBERNETES_SERVICE_HOST: hostServer.address,
        KUBERNETES_SERVICE_PORT: String(hostServer.port),
      },
      stop.signal,
    )
    try {
      await seen(pair.host, SECRETS, access)
    } finally {
      stop.abort()
      await running
      rmSync(root, { recursive: true })
    }
  })

  test('names all that is missing', async () => {
    await expect(
      runVclusterFromEnvironment([], {}, AbortSignal.timeout(1000)),
    ).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'a vcluster needs VCLUSTER_NAME (or --name) and POD_IP',
    })
  })
})

test('a start that fails, and a signal, leave no server behind', async () => {
  await using pair = await startPair()
  const { port } = pair.vcluster.apiServer
  await expect(pair.start({ port })).rejects.toMatchObject({ code: 'E_PORT_IN_USE' })
  await pair.vcluster[Symbol.asyncDispose]()

  // Without a Service of its name on the host, it has nothing to own what it makes there.
  await expect(pair.start({ port, name: 'nobody' })).rejects.toThrow(/services "nobody" not found/)
  const stop = new AbortController()
  const vcluster = await pair.start({ port, signal: stop.signal })
  stop.abort()
  await vcluster[Symbol.asyncDispose]()
  await using again = await pair.start({ port })
  expect(again.apiServer.port).toBe(port)
})
