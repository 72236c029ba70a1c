import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { createStack, secret, type Secret } from '../../src/core/index.ts'
import { loadGatewayConfig, startGateway, type Gateway } from '../../src/gateway/index.ts'
import {
  PODS,
  createAuthority,
  createKubeClient,
  formatKubeconfig,
  kubeconfigOf,
  loadKubeconfig,
  type KubeClient,
  type Pod,
} from '../../src/kube/index.ts'
import { ask, type AskOptions, type Reply } from './ask.ts'
import { createAccount, type Account, type Target } from './target.ts'
import type { VclusterFacts } from './target-facts.ts'

/** A gateway before a target's kubelet, and its two tenants. */
export interface ConformanceGateway extends AsyncDisposable {
  readonly gateway: Gateway
  readonly dir: string
  /** Who signed its certificate. */
  readonly caFile: string
  readonly caPem: string
  readonly k8s1: Tenant
  readonly k8s2: Tenant
  /** Everything that it logged. */
  log(): string
  ask(path: string, options?: Partial<AskOptions>): Promise<Reply>
}

/** A virtual cluster as its own people have it. */
export interface Tenant extends VclusterFacts {
  readonly admin: KubeClient
  readonly apiUrl: string
  readonly caPem: string
  /** The token that the pod `monitoring/agent` has mounted. */
  readonly agentToken: Secret
  /** A new account in it, which may do nothing unless rules are given, and a token of it. */
  account(rules?: Parameters<typeof createAccount>[2]): Promise<Account>
}

/**
 * Starts the gateway with what `deploy/kustomize/overlays/old-kubelets` gives it: get on nodes/stats and nodes/metrics,
 * list on pods, and what its component for logs gives, get on pods/log; nothing else. Kubernetes 1.20 has no finer access to a kubelet's pods than nodes/proxy.
 */
export async function startConformanceGateway(target: Target): Promise<ConformanceGateway> {
  const stack = createStack()
  const { facts } = target
  const dir = mkdtempSync(join(tmpdir(), 'sublet-conformance-'))
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const write = (name: string, text: string): void =>
    writeFileSync(join(dir, name), text, { mode: 0o600 })
  const account = await target.account(await target.namespace(), [
    { apiGroups: [''], resources: ['nodes/stats', 'nodes/metrics'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  ])
  const authority = await createAuthority('gateway')
  const serving = await authority.issueServing({ commonName: 'node', addresses: ['127.0.0.1'] })
  write('tls.crt', serving.certPem)
  write('tls.key', serving.keyPem)
  write('ca.crt', authority.certPem)
  write('token', account.token.reveal())
  const hostApi = kubeconfigOf({
    name: 'host',
    server: facts.apiUrl,
    caPem: target.caPem,
    credential: { kind: 'token', token: account.token },
  })
  write('host.kubeconfig', await formatKubeconfig(hostApi))
  const [k8s1, k8s2] = await Promise.all(
    ['k8s1', 'k8s2'].map((name) => openTenant(target, name, (client) => stack.use(client))),
  )
  if (k8s1 === undefined || k8s2 === undefined) throw new Error('two tenants')
  for (const { name, caPem, admin } of [k8s1, k8s2]) {
    write(`${name}-ca.crt`, caPem)
    write(`${name}.jwks`, (await admin.raw('GET', '/openid/v1/jwks')).body.toString())
  }
  write('gateway.yaml', configuration(target, [k8s1, k8s2]))
  const logged: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString())
      done()
    },
  })
  const gateway = stack.use(
    await startGateway(loadGatewayConfig(join(dir, 'gateway.yaml')), {
      log: pino({ level: 'debug' }, sink),
    }),
  )
  return {
    gateway,
    dir,
    caFile: join(dir, 'ca.crt'),
    caPem: authority.certPem,
    k8s1,
    k8s2,
    log: () => logged.join(''),
    ask: (path, options) => ask(gateway.url + path, { ca: authority.certPem, ...options }),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  }
}

function configuration({ facts }: Target, tenants: readonly Tenant[]): string {
  const lines = tenants.map(
    ({ name, hostNamespace, apiUrl }) => `
  - name: ${name}
    hostNamespaces: [${hostNamespace}]
    api: { url: '${apiUrl}', caFile: ${name}-ca.crt }
    keys: { jwksFile: ${name}.jwks }`,
  )
  return `listen: 127.0.0.1:0
admin: 127.0.0.1:0
tls: { certFile: tls.crt, keyFile: tls.key }
kubelet: { url: '${facts.kubeletUrl}', nodeName: ${facts.nodeName}, caFile: '${facts.caFile}', tokenFile: token }
hostApi: { kubeconfig: host.kubeconfig }
snapshot: { ttl: 1s }
logs: { enabled: true }
tenants:${lines.join('')}
`
}

async function openTenant(
  target: Target,
  name: string,
  keep: (client: KubeClient) => KubeClient,
): Promise<Tenant> {
  const facts = target.facts.vclusters.find((each) => each.name === name)
  if (facts === undefined) throw new Error(`the target has no vcluster ${name}`)
  const { options } = await loadKubeconfig(facts.kubeconfig)
  const admin = keep(createKubeClient(options))
  return {
    ...facts,
    admin,
    apiUrl: options.server,
    caPem: options.ca ?? '',
    agentToken: await mountedToken(target.admin, facts),
    account: (rules) => createAccount(admin, 'monitoring', rules),
  }
}

/** The syncer gives a pod's token to the host's kubelet as an annotation. */
async function mountedToken(
  host: KubeClient,
  { name, hostNamespace }: VclusterFacts,
): Promise<Secret> {
  const key = { namespace: hostNamespace, name: `agent-x-monitoring-x-${name}` }
  const { annotations = {} } = (await host.get<Pod>(PODS, key)).metadata
  const [token] = Object.entries(annotations).flatMap(([each, value]) =>
    each.startsWith('vcluster.loft.sh/token-') ? [value] : [],
  )
  if (token === undefined) throw new Error(`pod ${key.name} has no token`)
  return secret(token)
}
