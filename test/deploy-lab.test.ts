import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { waitFor } from '../src/core/index.ts'
import { createAuthority, type Authority, type Pod } from '../src/kube/index.ts'
import type { LabFacts } from '../src/lab/state.ts'
import { runSublet, temporaryLab } from './helpers/run-sublet.ts'

/** deploy/kustomize as docs/gateway.md and docs/tenants.md say it: one vcluster is listed, the other is found. */

const deploy = fileURLToPath(new URL('../deploy/kustomize/', import.meta.url))
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0
const lab = temporaryLab()
const dir = mkdtempSync(join(tmpdir(), 'sublet-install-'))
let facts: LabFacts
let authority: Authority

function kubectl(args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync('kubectl', [...args], {
    encoding: 'utf8',
    env: { ...process.env, KUBECONFIG: facts.kubeconfig },
    cwd: dir,
    timeout: 60_000,
    ...(input === undefined ? {} : { input }),
  })
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
  return stdout
}
const host = (...args: string[]): string => kubectl(['--context', 'minikube', ...args])
const vcluster = (name: string): LabFacts['vclusters'][number] => {
  const found = facts.vclusters.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no vcluster ${name}`)
  return found
}
const keep = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text)
  return `--from-file=${name}`
}
const keysOf = (name: string): string =>
  kubectl(['--context', vcluster(name).context, 'get', '--raw', '/openid/v1/jwks'])

/** The overlay with discovery as it is shipped, and one tenant more in its configuration. */
function ownOverlay(): string {
  const shipped = readFileSync(join(deploy, 'components/discovery/configmap.yaml'), 'utf8')
  const listed = [
    {
      name: 'k8s1',
      hostNamespaces: ['vcluster-k8s1'],
      api: { url: vcluster('k8s1').api, caFile: '/etc/sublet-tenants/k8s1-ca.crt' },
      keys: { jwksFile: '/etc/sublet-tenants/k8s1.jwks' },
    },
  ]
  keep(
    'configmap.yaml',
    shipped + stringify({ snapshot: { ttl: '1s' }, tenants: listed }).replace(/^(?=.)/gm, '    '),
  )
  const resources = [relative(dir, join(deploy, 'overlays/discovery'))]
  keep('kustomization.yaml', stringify({ resources, patches: [{ path: 'configmap.yaml' }] }))
  return kubectl(['kustomize', '.'])
}

/** Without the kinds that this API server does not have. */
function served(manifests: string): string {
  const kinds = host('api-resources', '--no-headers', '-o', 'wide')
  return parseAllDocuments(manifests)
    .filter((each) => kinds.includes(` ${(each.toJS() as { kind: string }).kind} `))
    .map(String)
    .join('---\n')
}

describe.skipIf(!hasKubectl)('the shipped manifests in the lab', () => {
  beforeAll(async () => {
    const up = await runSublet(['lab', 'up', '--state-dir', lab.dir, '--json'])
    facts = JSON.parse(up.stdout) as LabFacts
    host('apply', '--validate=false', '-f', join(deploy, 'base/namespace.yaml'))
    authority = await createAuthority('platform')
    const { certPem, keyPem } = await authority.issueServing({
      commonName: 'sublet-gateway',
      dnsNames: [],
      addresses: [facts.nodeAddress],
    })
    keep('tls.crt', certPem)
    keep('tls.key', keyPem)
    const system = (...args: string[]): string => host('-n', 'sublet-system', ...args)
    system(...'create secret tls sublet-gateway-tls --cert=tls.crt --key=tls.key'.split(' '))

    const ca = host(
      ...'-n vcluster-k8s1 get secret vc-k8s1 -o jsonpath={.data.certificate-authority}'.split(' '),
    )
    const files = [
      keep('k8s1.jwks', keysOf('k8s1')),
      keep('k8s1-ca.crt', Buffer.from(ca, 'base64').toString('utf8')),
    ]
    system('create', 'configmap', 'sublet-gateway-tenants', ...files)

    const root = 'get configmap kube-root-ca.crt -n default -o jsonpath={.data.ca\\.crt}'
    const found = [
      keep('jwks', keysOf('k8s2')),
      keep('ca.crt', kubectl(['--context', vcluster('k8s2').context, ...root.split(' ')])),
    ]
    host('-n', 'vcluster-k8s2', 'create', 'configmap', 'sublet-gateway-tenant', ...found)

    kubectl(['--context', 'minikube', 'apply', '--validate=false', '-f', '-'], served(ownOverlay()))
    system('rollout', 'status', 'daemonset/sublet-gateway', '--timeout=60s')
  }, 120_000)
  afterAll(async () => {
    await lab.remove()
    rmSync(dir, { recursive: true })
  }, 60_000)

  const token = (name: string): string =>
    kubectl(
      `--context ${vcluster(name).context} -n datadog create token datadog-agent`.split(' '),
    ).trim()

  /** As an agent: the node's address, the hostPort, the platform's authority, its own token. */
  async function read(path: string, bearer: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const asked = request(
        `https://${facts.nodeAddress}:11250${path}`,
        { ca: authority.certPem, headers: { authorization: `Bearer ${bearer}` }, agent: false },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (text += chunk))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        },
      )
      asked.on('error', reject)
      asked.end()
    })
  }
  const namesIn = (text: string): string[] =>
    (JSON.parse(text) as { items: Pod[] }).items
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
      .toSorted()

  test.each(['k8s1', 'k8s2'])(
    '%s gets its pods and their stats through the hostPort',
    async (name) => {
      const bearer = token(name)
      const pods = await read('/pods', bearer)
      expect(pods.status, pods.text).toBe(200)
      const own = kubectl([
        ...['--context', vcluster(name).context, 'get', 'pods', '-A', '-o'],
        'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}',
      ])
      expect(namesIn(pods.text)).toEqual(own.trim().split(' ').toSorted())
      const summary = await read('/stats/summary', bearer)
      expect(summary.status).toBe(200)
      const { pods: stats } = JSON.parse(summary.text) as { pods: unknown[] }
      expect(stats).toHaveLength(namesIn(pods.text).length)
    },
  )

  test('a host token, and a tenant’s at the admin port, get nothing', async () => {
    const hostToken = host('-n', 'sublet-system', 'create', 'token', 'sublet-gateway').trim()
    expect((await read('/pods', hostToken)).status).toBe(401)
    await expect(
      fetch(`http://${facts.nodeAddress}:11251/metrics`, { signal: AbortSignal.timeout(5000) }),
    ).rejects.toThrow('fetch failed')
  })

  test('its ServiceAccount may read what the overlay says and nothing else', () => {
    const may = (verb: string, what: string, ...flags: string[]): boolean => {
      const as = '--as=system:serviceaccount:sublet-system:sublet-gateway'
      const { stdout } = spawnSync(
        'kubectl',
        ['--context', 'minikube', 'auth', 'can-i', verb, what, as, ...flags],
        { encoding: 'utf8', env: { ...process.env, KUBECONFIG: facts.kubeconfig } },
      )
      return stdout.trim() === 'yes'
    }
    expect(may('get', 'nodes', '--subresource=stats')).toBe(true)
    expect(may('watch', 'pods', '-A')).toBe(true)
    expect(may('watch', 'configmaps/sublet-gateway-tenant', '-n', 'vcluster-k8s2')).toBe(true)
    expect(may('get', 'nodes', '--subresource=proxy')).toBe(false)
    expect(may('watch', 'configmaps', '-n', 'vcluster-k8s2')).toBe(false)
    expect(may('list', 'secrets', '-n', 'vcluster-k8s2')).toBe(false)
  })

  describe('metrics.k8s.io in a virtual cluster', () => {
    const virtual = (...args: string[]): string =>
      kubectl(['--context', vcluster('k8s1').context, ...args])
    const refusal = (...args: string[]): string => {
      const all = ['--context', vcluster('k8s1').context, ...args]
      const env = { ...process.env, KUBECONFIG: facts.kubeconfig }
      return spawnSync('kubectl', all, { encoding: 'utf8', env }).stderr
    }
    /** metrics-server as it is shipped, but sooner. */
    const metricsServer = (folder: string): string =>
      kubectl(['kustomize', join(deploy, '../metrics-server', folder)])
        .replace('--metric-resolution=15s', '--metric-resolution=2s')
        .replace(/initialDelaySeconds: 20\n( +)periodSeconds: 10/, 'periodSeconds: 1')
    const apply = (manifests: string): string =>
      kubectl(['--context', vcluster('k8s1').context, 'apply', '-f', '-'], manifests)
    const eventually = async (what: string, probe: () => boolean): Promise<void> => {
      const found = (): true | undefined => probe() || undefined
      await waitFor(what, found, { timeoutMs: 40_000, intervalMs: 200 })
    }
    const rowsOf = (text: string): string[][] =>
      text
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/))

    test('the kubelet refuses the virtual token, and there is no Metrics API', async () => {
      // As vcluster shows it with sync.fromHost.nodes and without networking.advanced.proxyKubelets.
      const addresses = [{ type: 'InternalIP', address: facts.nodeAddress }]
      const patch = JSON.stringify({ status: { addresses } })
      virtual('patch', 'node', facts.nodeName, '--subresource=status', '--type=merge', '-p', patch)
      expect(refusal('top', 'node')).toBe('error: Metrics API not available\n')
      apply(
        metricsServer('base').replace('- --metric', '- --kubelet-insecure-tls\n        - --metric'),
      )
      const logs = (): string => {
        const args = ['--context', vcluster('k8s1').context, '-n', 'kube-system', 'logs']
        const env = { ...process.env, KUBECONFIG: facts.kubeconfig }
        const label = ['-l', 'k8s-app=metrics-server']
        return spawnSync('kubectl', [...args, ...label], { encoding: 'utf8', env }).stdout
      }
      await eventually('a refused reading', () => logs().includes('401 Unauthorized'))
      expect(refusal('top', 'node')).toBe('error: Metrics API not available\n')
      expect(virtual('get', 'apiservice', 'v1beta1.metrics.k8s.io')).toMatch(
        /kube-system\/metrics-server +False \(MissingEndpoints\)/,
      )
      expect(refusal('get', '--raw', '/apis/metrics.k8s.io/v1beta1/nodes')).toContain(
        'the server is currently unable to handle the request',
      )
    })

    test('through the gateway kubectl top shows own pods, and the node as their sum', () => {
      keep('ca.crt', authority.certPem)
      virtual(...'-n kube-system create configmap sublet-gateway-ca --from-file=ca.crt'.split(' '))
      apply(metricsServer('overlays/gateway'))
      virtual(
        'wait',
        'apiservice/v1beta1.metrics.k8s.io',
        '--for=condition=Available',
        '--timeout=40s',
      )
      const [header, node] = rowsOf(virtual('top', 'node'))
      expect(header?.[0]).toBe('NAME')
      expect(node?.[0]).toBe(facts.nodeName)
      const own = rowsOf(virtual('get', 'pods', '-A', '--no-headers')).map(
        ([ns, name]) => `${ns}/${name}`,
      )
      const top = rowsOf(virtual('top', 'pod', '-A', '--containers', '--no-headers'))
      expect(top.length).toBeGreaterThanOrEqual(3)
      for (const [namespace, name] of top) expect(own).toContain(`${namespace}/${name}`)
      const raw = virtual('get', '--raw', '/apis/metrics.k8s.io/v1beta1/nodes')
      const [item] = (JSON.parse(raw) as { items: { usage: { memory: string } }[] }).items
      expect(item?.usage.memory).toMatch(/^\d+(Ki|Mi)?$/)
    }, 60_000)

    test('an autoscaler adds pods under load, and takes them away after it', async () => {
      apply(readFileSync(fileURLToPath(new URL('helpers/lab-load.yaml', import.meta.url)), 'utf8'))
      const size = (): string =>
        virtual(...'-n test-app get deployment busy -o jsonpath={.spec.replicas}'.split(' '))
      await eventually('two pods', () => size() === '2')
      for (const pod of virtual(...'-n test-app get pods -l app=busy -o name'.split(' '))
        .trim()
        .split('\n')) {
        virtual('-n', 'test-app', 'exec', pod, '--', 'sh', '-c', 'rm -f "$TMPDIR/busy"')
      }
      await eventually('one pod', () => size() === '1')
      const told = virtual(...'-n test-app describe hpa busy'.split(' '))
      expect(told).toContain(
        'New size: 2; reason: cpu resource utilization (percentage of request) above target',
      )
      expect(told).toContain('New size: 1; reason: All metrics below target')
      expect(told).toMatch(/ScalingActive +True +ValidMetricFound/)
    }, 90_000)
  })
})
