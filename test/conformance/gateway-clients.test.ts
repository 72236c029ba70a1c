import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../src/core/index.ts'
import { PODS, formatKubeconfig, kubeconfigOf, type Pod } from '../../src/kube/index.ts'
import { parseCheckOutput, type CheckOutput } from '../../src/lab/compare/agent-checks.ts'
import { runSublet } from '../helpers/run-sublet.ts'
import { behindEachGateway } from './each-target.ts'
import type { ConformanceGateway } from './gateway.ts'
import { findMarks, foreignMarks } from './marks.ts'
import { isInstalled, run, type Target } from './target.ts'

/** The clients that docs/gateway.md tells how to point at the gateway, as the tenant k8s1 has them. */

interface PodList {
  readonly items: readonly Pod[]
}
const namesIn = (text: string): string[] =>
  (JSON.parse(text) as PodList).items.map(({ metadata }) => metadata.name ?? '').sort()

behindEachGateway((rig, target) => {
  let pods: readonly Pod[]
  let names: readonly string[]
  let marks: readonly string[]
  beforeAll(async () => {
    pods = (await rig().k8s1.admin.list<Pod>(PODS)).items
    names = pods.map(({ metadata }) => metadata.name ?? '').sort()
    marks = await foreignMarks(target(), rig().k8s1)
  })

  test.skipIf(!isInstalled('curl'))('curl, with --compressed and without', async () => {
    const argv = [
      '-sS',
      '--fail',
      '--cacert',
      rig().caFile,
      '--oauth2-bearer',
      rig().k8s1.agentToken.reveal(),
    ]
    const curl = (path: string, ...more: string[]): Promise<string> =>
      run('curl', [...argv, ...more, rig().gateway.url + path])
    expect(namesIn(await curl('/pods'))).toEqual(names)
    const plain = await curl('/metrics/cadvisor')
    const unpacked = await curl('/metrics/cadvisor', '--compressed')
    expect(plain).toContain('pod="alpha-ledger"')
    expect(unpacked).toContain('pod="alpha-ledger"')
    expect(findMarks(plain + unpacked, marks)).toEqual([])
  })

  test.skipIf(!isInstalled('kubectl', 'version', '--client'))(
    'kubectl get --raw, in the node-proxy form',
    async () => {
      const kubeconfig = await tenantKubeconfig(rig())
      const raw = (path: string): Promise<string> =>
        run('kubectl', [
          '--kubeconfig',
          kubeconfig,
          'get',
          '--raw',
          `/api/v1/nodes/${target().facts.nodeName}/proxy${path}`,
        ])
      expect(namesIn(await raw('/pods'))).toEqual(names)
      const summary = JSON.parse(await raw('/stats/summary?only_cpu_and_memory=true')) as {
        pods: { podRef: { name: string } }[]
      }
      expect(summary.pods.map(({ podRef }) => podRef.name).sort()).toEqual(names)
      const metrics = await raw('/metrics/resource')
      expect(metrics).toContain('pod="alpha-ledger"')
      expect(findMarks(metrics, marks)).toEqual([])
      await expect(raw('/configz')).rejects.toThrow('(NotFound)')
    },
  )

  test('a Kubernetes client library: @kubernetes/client-node, its node-proxy calls', async () => {
    const config = new KubeConfig()
    config.loadFromFile(await tenantKubeconfig(rig()))
    const api = config.makeApiClient(CoreV1Api)
    const { nodeName: name } = target().facts
    // The library says string, and gives what it has parsed where the answer is JSON. It writes `/` in a path as %2F.
    const get = async (path: string): Promise<string> => {
      const answer: unknown = await api.connectGetNodeProxyWithPath({ name, path })
      return typeof answer === 'string' ? answer : JSON.stringify(answer)
    }
    expect(namesIn(await get('pods'))).toEqual(names)
    const summary = JSON.parse(await get('stats/summary')) as {
      pods: { podRef: { name: string } }[]
    }
    expect(summary.pods.map(({ podRef }) => podRef.name).sort()).toEqual(names)
    for (const path of ['metrics/resource', 'metrics/cadvisor']) {
      const metrics = await get(path)
      expect(metrics).toContain('pod="alpha-ledger"')
      expect(findMarks(metrics, marks)).toEqual([])
    }
    await expect(get('configz')).rejects.toMatchObject({ code: 404 })
  })

  describe('the agent', () => {
    const agent = (check: string, env: Record<string, string>): Promise<CheckOutput> =>
      agentCheck(rig(), target(), check, env)

    test('at the host’s kubelet: 401, and through Docker everybody’s containers as nil stats', async () => {
      const { hostname, port } = new URL(target().facts.kubeletUrl)
      const direct = {
        DD_KUBERNETES_KUBELET_HOST: hostname,
        DD_KUBERNETES_HTTPS_KUBELET_PORT: port,
        DD_KUBELET_TLS_VERIFY: 'false',
        DOCKER_HOST: target().facts.dockerHost,
      }
      const kubelet = await agent('kubelet', direct)
      expect(kubelet.runner.MetricSamples).toBe(0)
      expect(kubelet.runner.LastWarnings?.join()).toContain(
        `unexpected status code 401 on ${target().facts.kubeletUrl}/stats/summary: Unauthorized`,
      )
      const container = await agent('container', direct)
      const foreign = (container.inventories.containers ?? []).filter(({ pod }) => pod === null)
      expect(foreign.length).toBeGreaterThan(0)
      expect(foreign.every(({ nilStats }) => nilStats)).toBe(true)
    })

    test('at the gateway: metrics, every own container with its stats, nobody else’s', async () => {
      const { port } = rig().gateway
      const through = {
        DD_KUBERNETES_KUBELET_HOST: '127.0.0.1',
        DD_KUBERNETES_HTTPS_KUBELET_PORT: String(port),
        DD_KUBELET_TLS_VERIFY: 'true',
        DD_KUBELET_CLIENT_CA: '/etc/sublet/ca.crt',
      }
      const kubelet = await agent('kubelet', through)
      expect(kubelet.runner).toMatchObject({ LastError: '', LastWarnings: [] })
      expect(kubelet.runner.MetricSamples).toBeGreaterThan(50)
      expect(kubelet.aggregator.service_checks?.map(({ status }) => status)).not.toContain(2)
      const tagged = new Set(
        (kubelet.aggregator.metrics ?? []).flatMap(({ tags }) =>
          tags.flatMap((tag) => (tag.startsWith('pod_name:') ? [tag.slice(9)] : [])),
        ),
      )
      expect([...tagged].sort()).toEqual(names)
      const container = await agent('container', through)
      const seen = container.inventories.containers ?? []
      const ids = pods.flatMap(({ status }) =>
        (status?.containerStatuses ?? []).map(({ containerID }) => containerID?.split('://')[1]),
      )
      expect(seen.map(({ id }) => id).sort()).toEqual(ids.sort())
      expect(seen.filter(({ stats }) => !stats)).toEqual([])
      expect(seen.filter(({ nilStats }) => nilStats)).toEqual([])
      expect(findMarks(JSON.stringify([kubelet, container]), marks)).toEqual([])
    })
  })

  test.skipIf(!isInstalled('prometheus'))(
    'Prometheus, scraping every endpoint as the docs say',
    async () => {
      await using prometheus = await startPrometheus(rig())
      let seen: unknown
      await waitFor(
        'all targets to be up',
        async () => {
          const { activeTargets } = (await prometheus.query('targets')) as {
            activeTargets: { health: string; lastError: string; labels: { job: string } }[]
          }
          seen = activeTargets
            .map(({ labels, health, lastError }) => [labels.job, health, lastError])
            .sort()
          const wanted = ENDPOINTS.toSorted().map((path) => [path, 'up', ''])
          return JSON.stringify(seen) === JSON.stringify(wanted) ? true : undefined
        },
        { timeoutMs: 30_000, last: () => JSON.stringify(seen) },
      )
      const stored = await waitFor(
        'samples of every pod',
        async () => {
          const { result } = (await prometheus.query('query', 'query={pod!=""}')) as {
            result: { metric: Record<string, string> }[]
          }
          const found = new Set(result.map(({ metric }) => metric['pod'] ?? ''))
          return found.size >= names.length ? result : undefined
        },
        { timeoutMs: 20_000 },
      )
      expect([...new Set(stored.map(({ metric }) => metric['pod'] ?? ''))].sort()).toEqual(names)
      expect(findMarks(JSON.stringify(stored), marks)).toEqual([])
    },
  )

  test('no token is in anything that the gateway logged', () => {
    const log = rig().log()
    expect(log).toContain('"verdict":"allowed"')
    for (const { agentToken } of [rig().k8s1, rig().k8s2]) {
      for (const part of agentToken.reveal().split('.')) expect(log).not.toContain(part)
    }
  })
})

/** A kubeconfig with the gateway for a cluster, and the agent's account for a user. */
async function tenantKubeconfig(rig: ConformanceGateway): Promise<string> {
  const file = join(rig.dir, 'tenant.kubeconfig')
  const config = kubeconfigOf({
    name: 'gateway',
    server: rig.gateway.url,
    caPem: rig.caPem,
    credential: { kind: 'token', token: rig.k8s1.agentToken },
  })
  writeFileSync(file, await formatKubeconfig(config), { mode: 0o600 })
  return file
}

/** `sublet agent check NAME --json` with what its pod has: account, CA, its own API server's address. */
async function agentCheck(
  rig: ConformanceGateway,
  target: Target,
  check: string,
  more: Record<string, string>,
): Promise<CheckOutput> {
  const root = join(rig.dir, 'agent')
  const account = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
  mkdirSync(account, { recursive: true })
  mkdirSync(join(root, 'etc/sublet'), { recursive: true })
  writeFileSync(join(account, 'token'), rig.k8s1.agentToken.reveal(), { mode: 0o600 })
  writeFileSync(join(account, 'ca.crt'), rig.k8s1.caPem)
  writeFileSync(join(root, 'etc/sublet/ca.crt'), rig.caPem)
  const api = new URL(rig.k8s1.apiUrl)
  const docker = more['DOCKER_HOST']
  const { code, stdout, stderr } = await runSublet(['agent', 'check', check, '--json'], {
    env: {
      SUBLET_CONTAINER_ROOT: root,
      KUBERNETES_SERVICE_HOST: api.hostname,
      KUBERNETES_SERVICE_PORT: api.port,
      DD_KUBERNETES_HTTP_KUBELET_PORT: '0',
      DD_KUBERNETES_KUBELET_NODENAME: target.facts.nodeName,
      ...more,
      ...(docker === undefined ? {} : { DOCKER_HOST: dockerInRoot(root, docker) }),
    },
  })
  expect(code, stderr).toBe(0)
  return parseCheckOutput(check, { stdout, stderr })
}

/** Docker's socket where a container of the agent's has it. */
function dockerInRoot(root: string, dockerHost: string): string {
  const path = join(root, 'docker.sock')
  if (!existsSync(path)) symlinkSync(dockerHost.replace(/^unix:\/\//, ''), path)
  return 'unix:///docker.sock'
}

const ENDPOINTS = ['/metrics/cadvisor', '/metrics/resource', '/metrics/probes', '/metrics']

interface RunningPrometheus extends AsyncDisposable {
  query(what: string, parameters?: string): Promise<unknown>
}

async function startPrometheus(rig: ConformanceGateway): Promise<RunningPrometheus> {
  const path = (name: string): string => join(rig.dir, name)
  writeFileSync(path('agent-token'), rig.k8s1.agentToken.reveal(), { mode: 0o600 })
  const jobs = ENDPOINTS.map(
    (endpoint) => `
  - job_name: ${endpoint}
    scheme: https
    metrics_path: ${endpoint}
    authorization: { credentials_file: ${path('agent-token')} }
    tls_config: { ca_file: ${rig.caFile} }
    static_configs: [{ targets: ['127.0.0.1:${rig.gateway.port}'] }]`,
  )
  const config = `global: { scrape_interval: 2s }\nscrape_configs:${jobs.join('')}\n`
  writeFileSync(path('prometheus.yml'), config)
  const child = spawn(
    'prometheus',
    [
      `--config.file=${path('prometheus.yml')}`,
      `--storage.tsdb.path=${path('prometheus')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  const web = await waitFor(
    'Prometheus to listen and be ready',
    () =>
      log.includes('Server is ready to receive web requests')
        ? /msg="Listening on" address=(127\.0\.0\.1:\d+)/.exec(log)?.[1]
        : undefined,
    { timeoutMs: 20_000, last: () => log.slice(-500) },
  ).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    async query(what, parameters = '') {
      const answer = await fetch(`http://${web}/api/v1/${what}?${encodeURI(parameters)}`)
      return ((await answer.json()) as { data: unknown }).data
    },
    [Symbol.asyncDispose]: stop,
  }
}
