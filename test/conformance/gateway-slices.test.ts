import { beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../src/core/index.ts'
import { PODS, type Pod } from '../../src/kube/index.ts'
import { behindEachGateway } from './each-target.ts'
import type { ConformanceGateway, Tenant } from './gateway.ts'
import { findMarks, foreignMarks } from './marks.ts'
import { rowsOf, valueOf } from './rows.ts'

/** What two tenants of one node are told about it: everything of their own, nothing of anybody else. */

const PATHS = [
  '/healthz?verbose',
  '/pods',
  '/runningpods/',
  '/stats/summary',
  '/stats/summary?only_cpu_and_memory=true',
  '/metrics/cadvisor',
  '/metrics/resource',
  '/metrics/probes',
  '/metrics',
]

interface Summary {
  readonly node: { nodeName: string; cpu: Usage; memory: Usage }
  readonly pods: {
    podRef: { name: string; namespace: string; uid: string }
    cpu?: Usage
    containers: { name: string; cpu?: Usage; memory?: Usage }[]
  }[]
}
type Usage = Readonly<Record<string, number | string>>

behindEachGateway((rig, target) => {
  describe.each(['k8s1', 'k8s2'] as const)('as a tenant, %s', (name) => {
    let tenant: Tenant
    let own: readonly Pod[]
    let marks: readonly string[]
    const get = async (path: string): Promise<string> => {
      const { status, text } = await rig().ask(path, { token: tenant.agentToken })
      expect(status, text).toBe(200)
      return text
    }

    beforeAll(async () => {
      tenant = rig()[name]
      own = (await tenant.admin.list<Pod>(PODS)).items
      marks = await foreignMarks(target(), tenant)
      await everyContainerIsMeasured(rig(), tenant, own)
    })

    test('there is something to be kept from it', () => {
      expect(marks.length).toBeGreaterThan(20)
      expect(marks).toContain(
        name === 'k8s1' ? 'bravo-ledger-x-shop-x-k8s2' : 'alpha-ledger-x-shop-x-k8s1',
      )
      expect(marks).toContain('charlie-ledger')
      expect(marks.filter((mark) => mark.startsWith('eyJ')).length).toBeGreaterThan(0)
    })

    test.each(PATHS)('%s has no byte about anybody else', async (path) => {
      const proxied = `/api/v1/nodes/${target().facts.nodeName}/proxy${path}`
      for (const [where, headers] of [
        [path, {}],
        [path, { 'accept-encoding': 'gzip' }],
        [proxied, {}],
      ] as const) {
        const reply = await rig().ask(where, { token: tenant.agentToken, headers })
        expect(reply.status).toBe(200)
        expect(findMarks(JSON.stringify(reply.headers) + reply.text, marks)).toEqual([])
      }
    })

    test('/pods has its pods as its own API server has them, with the node’s container ids', async () => {
      const { items } = JSON.parse(await get('/pods')) as { items: Pod[] }
      const facts = (pods: readonly Pod[]): unknown =>
        pods
          .map(({ metadata, spec, status }) => ({
            pod: `${metadata.namespace ?? ''}/${metadata.name ?? ''}`,
            uid: metadata.uid,
            node: spec.nodeName,
            phase: status?.phase,
            ids: status?.containerStatuses?.map(({ containerID }) => containerID).sort(),
          }))
          .sort((a, b) => (a.pod < b.pod ? -1 : 1))
      expect(facts(items)).toEqual(facts(own))
    })

    test('/runningpods/ has the same pods', async () => {
      const { items } = JSON.parse(await get('/runningpods/')) as { items: Pod[] }
      expect(items.map(({ metadata }) => metadata.uid).sort()).toEqual(
        own.map(({ metadata }) => metadata.uid).sort(),
      )
    })

    test('/stats/summary has CPU and memory of every container, under virtual names and uids', async () => {
      const { node, pods } = JSON.parse(await get('/stats/summary')) as Summary
      expect(node.nodeName).toBe(target().facts.nodeName)
      expect(pods.map(({ podRef }) => podRef.uid).sort()).toEqual(
        own.map(({ metadata }) => metadata.uid).sort(),
      )
      for (const { metadata, spec } of own) {
        const found = pods.find(({ podRef }) => podRef.uid === metadata.uid)
        expect(found?.podRef).toMatchObject({ name: metadata.name, namespace: metadata.namespace })
        for (const { name: container } of spec.containers) {
          const stats = found?.containers.find((each) => each.name === container)
          expect(Number(stats?.cpu?.['usageCoreNanoSeconds'])).toBeGreaterThan(0)
          expect(Number(stats?.memory?.['workingSetBytes'])).toBeGreaterThan(0)
        }
      }
    })

    test('/metrics/cadvisor has CPU and memory of every container; ids and names are virtual', async () => {
      const rows = rowsOf(await get('/metrics/cadvisor'))
      for (const { metadata, spec } of own) {
        for (const { name: container } of spec.containers) {
          for (const family of [
            'container_cpu_usage_seconds_total',
            'container_memory_working_set_bytes',
          ]) {
            const { namespace, name: pod } = metadata
            const found = rows.filter(
              ({ name: of, labels }) =>
                of === family &&
                labels['container'] === container &&
                labels['pod'] === pod &&
                labels['namespace'] === namespace,
            )
            expect(found, `${family} of ${pod ?? ''}/${container}`).toHaveLength(1)
            expect(valueOf(found[0])).toBeGreaterThan(0)
            expect(found[0]?.labels['id']).toContain(`/pod${metadata.uid ?? ''}/`)
          }
        }
      }
      // On Docker `name` is k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT: the host's pod, namespace and uid at the kubelet.
      const names = rows.map(({ labels }) => labels['name'] ?? '').filter((each) => each !== '')
      const uids = new Set(own.map(({ metadata }) => metadata.uid))
      for (const each of new Set(names)) {
        if (each.startsWith('k8s_')) expect(uids).toContain(each.split('_')[4])
        else expect(each).toMatch(/^[0-9a-f]{64}$/)
      }
    })

    test('/metrics/resource has what metrics-server ≥ 0.6 reads, and the node is the sum of the pods', async () => {
      const rows = rowsOf(await get('/metrics/resource'))
      const of = (family: string): typeof rows => rows.filter(({ name: each }) => each === family)
      for (const family of ['cpu_usage_seconds_total', 'memory_working_set_bytes']) {
        const containers = of(`container_${family}`)
        // A container that has 0 loses its whole pod there, a node with 0 is dropped.
        expect(containers.map(({ labels }) => Object.keys(labels).sort())).toEqual(
          containers.map(() => ['container', 'namespace', 'pod']),
        )
        const measured = containers.map(({ labels }) =>
          [labels['namespace'], labels['pod'], labels['container']].join('/'),
        )
        const wanted = own.flatMap(({ metadata, spec }) =>
          spec.containers.map((each) => [metadata.namespace, metadata.name, each.name].join('/')),
        )
        expect(measured.sort()).toEqual(wanted.sort())
        for (const row of containers) expect(valueOf(row)).toBeGreaterThan(0)
        const sum = of(`pod_${family}`).reduce((all, row) => all + valueOf(row), 0)
        const node = of(`node_${family}`)
        expect(node).toHaveLength(1)
        expect(valueOf(node[0])).toBeCloseTo(sum, 6)
        expect(sum).toBeGreaterThan(0)
      }
    })

    test('/metrics/probes and /metrics name its pods and virtual uids', async () => {
      const uid = own.find(({ metadata }) => metadata.name === 'web')?.metadata.uid
      const probes = rowsOf(await get('/metrics/probes'))
      expect(probes).toContainEqual(
        expect.objectContaining({
          name: 'prober_probe_total',
          labels: expect.objectContaining({
            pod: 'web',
            pod_uid: uid,
            result: 'successful',
          }) as unknown,
        }),
      )
      const logs = rowsOf(await get('/metrics'))
      expect(logs).toContainEqual(
        expect.objectContaining({
          name: 'kubelet_container_log_filesystem_used_bytes',
          labels: expect.objectContaining({ pod: 'web', uid }) as unknown,
        }),
      )
    })
  })
})

/** cAdvisor looks at a new container after up to 20 s, the kubelet sums a pod up every 10 s. */
async function everyContainerIsMeasured(
  rig: ConformanceGateway,
  tenant: Tenant,
  own: readonly Pod[],
): Promise<void> {
  const wanted = own.reduce((sum, { spec }) => sum + spec.containers.length, 0)
  const measured = async (path: string, count: (text: string) => number): Promise<number> => {
    const { status, text } = await rig.ask(path, { token: tenant.agentToken })
    return status === 200 ? count(text) : 0
  }
  const rows = (text: string): number =>
    rowsOf(text).filter(
      (row) =>
        row.name === 'container_cpu_usage_seconds_total' &&
        !['', 'POD'].includes(row.labels['container'] ?? '') &&
        valueOf(row) > 0,
    ).length
  const summary = (text: string): number =>
    (JSON.parse(text) as Summary).pods
      .flatMap(({ cpu, containers }) => (cpu === undefined ? [] : containers))
      .filter(({ cpu }) => Number(cpu?.['usageCoreNanoSeconds']) > 0).length
  for (const [path, count] of [
    ['/metrics/cadvisor', rows],
    ['/metrics/resource', rows],
    ['/stats/summary', summary],
  ] as const) {
    let seen = 0
    await waitFor(
      `${wanted} containers in ${path}`,
      async () => ((seen = await measured(path, count)) === wanted ? true : undefined),
      { timeoutMs: 90_000, intervalMs: 1000, last: () => String(seen) },
    )
  }
}
