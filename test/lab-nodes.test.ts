import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../src/core/index.ts'
import {
  LEASES,
  NODES,
  PODDISRUPTIONBUDGETS,
  PODS,
  isNotFound,
  type KubeClient,
  type Node,
  type Pod,
} from '../src/kube/index.ts'
import type { RemedyResult } from '../src/lab/compare/result.ts'
import type { LabStatus } from '../src/lab/lab-status.ts'
import type { LabFacts } from '../src/lab/state.ts'
import { runSublet } from './helpers/run-sublet.ts'
import { startLab, type RunningLab } from './helpers/running-lab.ts'

/** A lab of three nodes, as a user starts it: each with its own kubelet, runtime, Docker socket and pods. */

const NAMES = ['minikube', 'minikube-m02', 'minikube-m03']
let lab: RunningLab
let facts: LabFacts
let host: KubeClient
let virtual: KubeClient

beforeAll(async () => {
  lab = await startLab(['--nodes', '3'])
  ;({ facts, host, virtual } = lab)
}, 120_000)
afterAll(() => lab[Symbol.asyncDispose](), 60_000)

const hostPods = async (): Promise<readonly Pod[]> => (await host.list<Pod>(PODS)).items

test('a number of nodes that cannot be is wrong usage', async () => {
  const wrong = [
    ['up', '--nodes', '0'],
    ['up', '--nodes', 'abc'],
    ['compare', '--nodes', '99'],
  ]
  const ends = await Promise.all(
    wrong.map((argv) => runSublet(['lab', ...argv, '--state-dir', lab.dir])),
  )
  for (const { code, stderr } of ends) {
    expect(code).toBe(2)
    expect(stderr).toContain('--nodes must be a number from 1 to 10')
  }
})

test('status tells every node with its kubelet, its Docker socket and its pods', async () => {
  const { stdout } = await runSublet(['lab', 'status', '--state-dir', lab.dir, '--json'])
  const { nodes, pods } = JSON.parse(stdout) as LabStatus
  expect(nodes.map(({ name, ready }) => [name, ready])).toEqual(NAMES.map((name) => [name, true]))
  const prefix = facts.nodeAddress.replace(/1$/, '')
  expect(nodes.map(({ kubelet }) => kubelet)).toEqual(
    [1, 2, 3].map((last) => `https://${prefix}${last}:10250`),
  )
  expect(new Set(nodes.map(({ dockerHost }) => dockerHost)).size).toBe(3)
  expect(nodes[0]).toMatchObject({ kubelet: facts.kubelet, dockerHost: facts.dockerHost })
  expect(new Set(pods.map(({ node }) => node))).toEqual(new Set(NAMES))
  const proxies = pods.filter(({ name }) => name.startsWith('kube-proxy-'))
  expect(proxies.map(({ node }) => node).toSorted()).toEqual(NAMES)
  const apiServers = pods.filter(({ name }) => name.startsWith('kube-apiserver-'))
  expect(apiServers.map(({ node }) => node)).toEqual(['minikube'])
})

test('a node’s runtime, kubelet and addresses are its own', async () => {
  const pods = await hostPods()
  for (const [index, { name, address, dockerHost }] of facts.nodes.entries()) {
    const own = pods.filter(({ spec }) => spec.nodeName === name)
    const uids = own.map(({ metadata }) => metadata.uid ?? '')
    const dispatcher = new Agent({ connect: { socketPath: dockerHost.replace('unix://', '') } })
    const answer = await request('http://docker/containers/json', { dispatcher })
    const listed = (await answer.body.json()) as { Labels: Record<string, string> }[]
    await dispatcher.close()
    const seen = new Set(listed.map(({ Labels }) => Labels['io.kubernetes.pod.namespace']))
    expect(seen).toContain('vcluster-k8s1')
    for (const { Labels } of listed.filter((one) => one.Labels['io.kubernetes.pod.uid'])) {
      const { metadata } =
        own.find((pod) => pod.metadata.name === Labels['io.kubernetes.pod.name']) ?? {}
      expect(metadata?.namespace, JSON.stringify(Labels)).toBeDefined()
    }
    // nodes/proxy goes to the kubelet of that node.
    const proxied = await host.raw('GET', `/api/v1/nodes/${name}/proxy/pods`, { maxBytes: 1e7 })
    const { items } = JSON.parse(proxied.body.toString('utf8')) as { items: Pod[] }
    expect(items).toHaveLength(uids.length)
    expect(items.every(({ spec }) => spec.nodeName === name)).toBe(true)
    const second = facts.nodeAddress.split('.')[1] ?? ''
    for (const { status, spec } of own) {
      expect(status?.hostIP).toBe(address)
      const range = spec.hostNetwork === true ? address : `127.${second}.${index + 1}.`
      expect(status?.podIP).toContain(range)
    }
  }
})

test('a log is read from the kubelet that has the pod, through the vcluster, too', async () => {
  const path = '/api/v1/namespaces/test-app/pods/simple-app-k8s1-3'
  const pod = await virtual.get<Pod>(PODS, { namespace: 'test-app', name: 'simple-app-k8s1-3' })
  expect(pod.spec.nodeName).toBe('minikube-m03')
  const log = await virtual.raw('GET', `${path}/log`, { maxBytes: 1e6 })
  expect(log.status, log.body.toString('utf8')).toBe(200)
})

test('the vcluster sees the nodes that its pods are on, and has an agent on each', async () => {
  const { items } = await virtual.list<Node>(NODES)
  expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual(NAMES)
  const agents = await virtual.list<Pod>(PODS, { namespace: 'datadog' })
  expect(agents.items.map(({ spec }) => spec.nodeName).toSorted()).toEqual(NAMES)
})

test('the gateway runs on each node, and an agent gets the pods of its own node from it', async () => {
  const flags = ['--remedies', 'gateway', '--state-dir', lab.dir, '--json']
  const compare = await runSublet(['lab', 'compare', ...flags])
  expect(compare.code, compare.stderr).toBe(0)
  const [result] = (JSON.parse(compare.stdout) as { remedies: RemedyResult[] }).remedies
  expect(result?.kubeletCheck).toEqual({ status: 'ok', httpStatus: 200, warning: null })
  const here = (await hostPods()).filter(
    ({ metadata, spec }) =>
      spec.nodeName === 'minikube' && metadata.labels?.['vcluster.loft.sh/managed-by'] === 'k8s1',
  )
  const containers = here.flatMap(({ spec }) => spec.containers).length
  expect(result?.containers).toEqual({
    own: containers,
    ownWithStats: containers,
    foreignVisible: 0,
    nilStats: 0,
  })
  expect(result?.foreignBytes).toBe(0)
}, 60_000)

test('every kubelet renews its lease; a cordoned node is tainted until it is uncordoned', async () => {
  const leases = await host.list(LEASES, { namespace: 'kube-node-lease' })
  expect(leases.items.map(({ metadata }) => metadata.name).toSorted()).toEqual(NAMES)
  const key = { name: 'minikube-m02' }
  const taints = async (wanted: number): Promise<unknown> =>
    waitFor(
      `${wanted} taints`,
      async () => {
        const found = (await host.get<Node>(NODES, key)).spec?.taints ?? []
        return found.length === wanted ? found : undefined
      },
      { timeoutMs: 5000, intervalMs: 20 },
    )
  await host.patch(NODES, key, { spec: { unschedulable: true } }, 'merge')
  expect(await taints(1)).toMatchObject([
    { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
  ])
  await host.patch(NODES, key, { spec: { unschedulable: null } }, 'merge')
  await taints(0)
})

test('an eviction that a budget forbids is refused, a NoExecute taint asks nobody', async () => {
  const namespace = 'vcluster-k8s1'
  const name = 'simple-app-k8s1-3-x-test-app-x-k8s1'
  await host.create(PODDISRUPTIONBUDGETS, {
    metadata: { name: 'apps', namespace },
    spec: { minAvailable: 3, selector: { matchLabels: { app: 'simple-app' } } },
  })
  await waitFor(
    'the budget to be counted',
    async () => {
      const budget = await host.get(PODDISRUPTIONBUDGETS, { namespace, name: 'apps' })
      return (budget['status'] as { currentHealthy?: number }).currentHealthy === 3 || undefined
    },
    { timeoutMs: 5000, intervalMs: 20 },
  )
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } }
  await expect(
    host.create(PODS, eviction, { namespace, name, subresource: 'eviction' }),
  ).rejects.toMatchObject({ status: { code: 429, reason: 'TooManyRequests' } })
  const { uid } = (await host.get<Pod>(PODS, { namespace, name })).metadata
  const taint = { key: 'broken', value: 'yes', effect: 'NoExecute' }
  await host.patch(NODES, { name: 'minikube-m03' }, { spec: { taints: [taint] } }, 'merge')
  await waitFor(
    'the pod to go',
    async () => {
      const pod = await host.get<Pod>(PODS, { namespace, name }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
      return pod?.metadata.uid !== uid || undefined
    },
    { timeoutMs: 15_000, intervalMs: 50 },
  )
}, 30_000)

/** The lab's control groups, in every hierarchy. */
function cgroupsOf(): string[] {
  return NAMES.flatMap((_, index) => {
    const suffix = index === 0 ? '' : `-m0${index + 1}`
    return readFileSync(join(lab.dir, `runtime${suffix}`, 'cgroups'), 'utf8')
      .trim()
      .split('\n')
  }).filter((path) => path !== '')
}

test('when the lab is killed, no process and no control group of any node is left', async () => {
  const cgroups = cgroupsOf()
  process.kill(facts.pid, 'SIGKILL')
  const down = await runSublet(['lab', 'down', '--state-dir', lab.dir])
  expect(down.stdout).toContain('had crashed; its remains are removed')
  const left = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`CONTAINER_ROOT=${lab.dir}`)
    } catch {
      return false
    }
  })
  expect(left).toEqual([])
  expect(cgroups.filter((path) => readable(path))).toEqual([])
})

function readable(path: string): boolean {
  try {
    return readdirSync(path).length > 0
  } catch {
    return false
  }
}
