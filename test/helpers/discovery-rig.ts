import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { createStack, waitFor, type Secret } from '../../src/core/index.ts'
import { loadGatewayConfig, startGateway, type Gateway } from '../../src/gateway/index.ts'
import {
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  CONFIGMAPS,
  createAuthority,
  formatKubeconfig,
  kubeconfigOf,
  NAMESPACES,
  PODS,
  SERVICEACCOUNTS,
  type KubeClient,
  type Pod,
} from '../../src/kube/index.ts'
import type { ApiServer } from '../../src/lab/apiserver/index.ts'
import {
  askServer,
  createAccount,
  HOST_TOKEN,
  startFixtureKubelet,
  type Reply,
} from './gateway-rig.ts'
import { NODE_NAME, seen, startPair, type Pair } from './vcluster-pair.ts'

/** A gateway that finds its tenants on a real host API server, with one real vcluster on it. */
export interface DiscoveryRig extends AsyncDisposable {
  readonly pair: Pair
  readonly gateway: Gateway
  log(): string
  ask(token: Secret, path?: string): Promise<Reply>
  /** Asks until the answer is as wanted. */
  askUntil(token: Secret, isWanted: (reply: Reply) => boolean): Promise<Reply>
  metrics(): Promise<string>
  metricUntil(line: string): Promise<void>
}

/** What docs/gateway.md tells operators to grant for discovery, and no more. */
const RULES = [
  { apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['list', 'watch'] },
  {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: ['k8s1-gateway', 'k8s2-gateway'],
    verbs: ['list', 'watch'],
  },
]

export async function startDiscoveryRig(tenants = ''): Promise<DiscoveryRig> {
  const stack = createStack()
  const dir = await mkdtemp(join(tmpdir(), 'sublet-discovery-'))
  const pair = stack.use(await startPair())
  const { host, hostServer } = pair
  await publish(host, pair.vcluster.apiServer, 'vcluster-k8s1', 'k8s1')
  await controlPlane(host, pair.vcluster.apiServer.port, 'vcluster-k8s1', 'k8s1')

  const authority = await createAuthority('host')
  const serving = await authority.issueServing({ commonName: 'node', addresses: ['127.0.0.1'] })
  const kubelet = await startFixtureKubelet(serving)
  // As a kubelet without fine-grained authorization: the host's pods come from the API server.
  kubelet.overrides.set('/pods', { status: 403, body: 'Forbidden (subresource=proxy)' })
  const files = {
    'tls.crt': serving.certPem,
    'tls.key': serving.keyPem,
    'ca.crt': authority.certPem,
    token: HOST_TOKEN,
    'host-ca.crt': hostServer.caPem,
    'host.jwks': JSON.stringify(hostServer.jwks),
    'host.yaml': await hostKubeconfig(host, hostServer),
    'gateway.yaml': `listen: 127.0.0.1:0
admin: 127.0.0.1:0
tls: { certFile: tls.crt, keyFile: tls.key }
kubelet: { url: '${kubelet.url}', nodeName: ${NODE_NAME}, caFile: ca.crt, tokenFile: token }
hostApi: { kubeconfig: host.yaml }
snapshot: { ttl: 10ms }
discover:
  api: { ca: { configMap: '{vcluster}-gateway' } }
  keys: { configMap: '{vcluster}-gateway' }
${tenants.replaceAll('HOST', hostServer.url)}`,
  }
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(dir, name), text, { mode: 0o600 })),
  )
  const logged: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString())
      done()
    },
  })
  const log = pino({ level: 'debug' }, sink)
  const gateway = stack.use(
    await startGateway(loadGatewayConfig(join(dir, 'gateway.yaml')), { log }),
  )
  const ask = (token: Secret, path = '/pods'): Promise<Reply> =>
    askServer(gateway.port, authority.certPem, path, { token })
  const metrics = async (): Promise<string> => (await fetch(`${gateway.adminUrl}/metrics`)).text()
  const until = { timeoutMs: 15_000, intervalMs: 20 }
  return {
    pair,
    gateway,
    log: () => logged.join(''),
    ask,
    askUntil: (token, isWanted) => {
      let last = ''
      const look = async (): Promise<Reply | undefined> => {
        const reply = await ask(token)
        last = `${reply.status} ${reply.text}`
        return isWanted(reply) ? reply : undefined
      }
      return waitFor('an answer as wanted', look, { ...until, last: () => last })
    },
    metrics,
    async metricUntil(line) {
      let last = ''
      const look = async (): Promise<true | undefined> => {
        last = await metrics()
        return last.split('\n').includes(line) ? true : undefined
      }
      await waitFor(line, look, { ...until, last: () => last })
    },
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]()
      await kubelet.stop()
      await rm(dir, { recursive: true })
    },
  }
}

/** What an operator puts beside a vcluster for the gateway: public keys and the authority, no credential. */
export async function publish(
  host: KubeClient,
  api: Pick<ApiServer, 'caPem' | 'jwks'>,
  namespace: string,
  vcluster: string,
): Promise<void> {
  await host.create(CONFIGMAPS, {
    metadata: { name: `${vcluster}-gateway`, namespace },
    data: { 'ca.crt': api.caPem, jwks: JSON.stringify(api.jwks) },
  })
}

/** A control plane's pod as the chart makes it, with an address. */
export async function controlPlane(
  host: KubeClient,
  port: number,
  namespace: string,
  vcluster: string,
): Promise<void> {
  const pod = await host.create<Pod>(PODS, {
    metadata: { name: `${vcluster}-0`, namespace, labels: { app: 'vcluster', release: vcluster } },
    spec: {
      containers: [
        { name: 'syncer', image: 'vcluster', ports: [{ name: 'https', containerPort: port }] },
      ],
    },
  })
  const status = { phase: 'Running', podIP: '127.0.0.1' } as const
  await host.update<Pod>(PODS, { ...pod, status }, { subresource: 'status' })
}

export async function namespace(
  client: KubeClient,
  name: string,
  labels: Record<string, string> = {},
): Promise<void> {
  await client.create(NAMESPACES, { metadata: { name, labels } })
  await seen(client, SERVICEACCOUNTS, { namespace: name, name: 'default' })
}

/** The gateway's own account on the host, with the rules above. */
async function hostKubeconfig(host: KubeClient, server: ApiServer): Promise<string> {
  const token = await createAccount({ admin: host }, 'gateway', [])
  await host.create(CLUSTERROLES, { metadata: { name: 'gateway' }, rules: RULES })
  await host.create(CLUSTERROLEBINDINGS, {
    metadata: { name: 'gateway' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'gateway' },
    subjects: [{ kind: 'ServiceAccount', name: 'gateway', namespace: 'datadog' }],
  })
  const { url, caPem } = server
  const credential = { kind: 'token', token } as const
  return formatKubeconfig(kubeconfigOf({ name: 'host', server: url, caPem, credential }))
}
