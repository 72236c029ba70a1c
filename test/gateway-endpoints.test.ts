import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { sliceOffline, type OfflineSlice } from '../src/gateway/index.ts'
import { claimLookup } from '../src/gateway/claim-owners.ts'
import {
  KUBELET_RULES,
  partitionMetrics,
  PROBES_RULES,
  RESOURCE_RULES,
} from '../src/kubelet/index.ts'
import { captures } from './helpers/captures.ts'
import { partitionSlowly } from './helpers/slow-partition.ts'
import { atto, slowSum } from './helpers/slow-sums.ts'

const read = (path: string): Buffer => {
  const bytes = readFileSync(new URL(`fixtures/${path}`, import.meta.url))
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}
const [vcluster, docker] = captures
if (!vcluster || !docker) throw new Error('no captures')

const nodes = [
  {
    name: 'vcluster on 1.36',
    capture: vcluster,
    resource: read('vcluster-node/metrics-resource.txt'),
    running: read('vcluster-node/runningpods.json'),
  },
  {
    name: 'docker on 1.20',
    capture: docker,
    resource: read('kubelet-1.20/metrics-resource.gz'),
    running: read('kubelet-1.20/runningpods.gz'),
  },
]
const tenants = ['k8s1', 'k8s2'].map((name) => ({
  name,
  vcluster: name,
  hostNamespaces: [`vcluster-${name}`],
}))
const rowsOf = (text: string, family: string): string[] =>
  [...text.matchAll(new RegExp(`^${family}(?:\\{.*\\})? (\\S+)`, 'gm'))].map(
    ([, value = '']) => value,
  )

describe.each(nodes)('$name', ({ capture, resource, running }) => {
  const slice = (endpoint: OfflineSlice['endpoint'], tenant: number, nodeView?: 'none'): string =>
    sliceOffline({
      endpoint,
      payload: endpoint === 'resource' ? resource : running,
      pods: capture.podsBytes,
      tenant: tenants[tenant] ?? tenants[0]!,
      ...(nodeView ? { nodeView } : {}),
    }).toString()

  test.each([0, 1])('/metrics/resource of slice %i says nothing about anybody else', (tenant) => {
    const text = slice('resource', tenant)
    for (const foreign of capture.foreignTo(tenant)) expect(text).not.toContain(foreign)
    expect(text).not.toMatch(/vcluster-k8s|-x-test-app-x-|scrape_error/)
    expect(text).toContain('namespace="test-app",pod="simple-app-k8s')
    // metrics-server looks for these three as text.
    for (const row of text.match(/^container_.*$/gm) ?? []) {
      for (const label of ['container="', 'pod="', 'namespace="']) expect(row).toContain(label)
    }
  })

  test.each(['cpu_usage_seconds_total', 'memory_working_set_bytes'])(
    'metrics-server’s node_%s is the exact sum of the own pods, and not the node’s',
    (family) => {
      const host = rowsOf(resource.toString(), `node_${family}`)
      for (const tenant of [0, 1]) {
        const text = slice('resource', tenant)
        const [sum = '', ...more] = rowsOf(text, `node_${family}`)
        expect(more).toEqual([])
        expect(atto(sum)).toBe(slowSum(rowsOf(text, `pod_${family}`)))
        expect(Number(sum)).toBeGreaterThan(0)
        expect(host).not.toContain(sum)
        expect(slice('resource', tenant, 'none')).not.toContain('node_')
      }
    },
  )

  test('every row of /metrics/resource is where the plainly right division puts it', () => {
    const options = { views: ['own-sum', 'own-sum'], rules: RESOURCE_RULES } as const
    const fast = partitionMetrics(resource, capture.owners, options)
    const slow = partitionSlowly(resource, capture.owners, options)
    expect(fast.slices.map(String)).toEqual(slow.slices)
    expect(fast.kept).toBeGreaterThan(5)
  })

  test('/runningpods/ is what the kubelet says, under virtual names', () => {
    const host = JSON.parse(running.toString()) as RunningPods
    for (const tenant of [0, 1]) {
      const own = host.items.flatMap(({ metadata, spec, status }) => {
        const owner = capture.owners(metadata.namespace, metadata.name)
        if (owner?.slice !== tenant) return []
        const { name, namespace, uid } = owner.virtual
        return [{ metadata: { name, namespace, uid }, spec, status }]
      })
      const { items } = JSON.parse(slice('runningpods', tenant)) as RunningPods
      expect(byUid(items)).toEqual(byUid(own))
      expect(items.length).toBeGreaterThan(0)
    }
  })
})

interface RunningPods {
  readonly items: {
    metadata: { name: string; namespace: string; uid: string }
    spec: unknown
    status: unknown
  }[]
}
const byUid = (items: RunningPods['items']): RunningPods['items'] =>
  items.toSorted((a, b) => (a.metadata.uid < b.metadata.uid ? -1 : 1))

describe('/metrics/probes of a real kubelet', () => {
  const payload = read('vcluster-node/metrics-probes.txt')
  const options = { views: ['own-sum', 'own-sum'], rules: PROBES_RULES } as const
  const { slices, kept, dropped } = partitionMetrics(payload, vcluster.owners, options)

  test('every row is where the plainly right division puts it, and none is malformed or unknown', () => {
    expect(slices.map(String)).toEqual(partitionSlowly(payload, vcluster.owners, options).slices)
    expect(kept).toBeGreaterThan(20)
    expect(dropped.malformed + dropped['unknown-label'] + dropped.stale).toBe(0)
  })

  test('pod_uid is the virtual one, and there is nothing about anybody else', () => {
    slices.forEach((slice, index) => {
      const text = slice.toString()
      expect(text).toMatch(/^prober_probe_total\{.*pod_uid="/m)
      expect(text).toMatch(/^prober_probe_duration_seconds_bucket\{/m)
      for (const foreign of vcluster.foreignTo(index)) expect(text).not.toContain(foreign)
      expect(text).not.toMatch(/vcluster-k8s|-x-test-app-x-|process_start/)
      for (const [, uid = ''] of text.matchAll(/pod_uid="([^"]*)"/g)) {
        const virtual = vcluster.pods.map(({ metadata }) =>
          vcluster.owners(metadata.namespace ?? '', metadata.name ?? ''),
        )
        expect(virtual.some((owner) => owner?.slice === index && owner.virtual.uid === uid)).toBe(
          true,
        )
      }
    })
  })
})

describe('/metrics of a kubelet', () => {
  const uid = vcluster.pods.find(
    ({ metadata }) => metadata.name === 'simple-app-k8s1-x-test-app-x-k8s1',
  )?.metadata.uid
  const pods = vcluster.pods.map((pod) =>
    pod.metadata.uid === uid
      ? {
          ...pod,
          spec: {
            ...pod.spec,
            volumes: [volume('data-x-test-app-x-k8s1'), volume('data-x-other-x-k8s1')],
          },
        }
      : pod,
  )
  const claims = claimLookup(pods, vcluster.owners)
  const options = { views: ['own-sum', 'own-sum'], rules: KUBELET_RULES, claims } as const
  const host = 'namespace="vcluster-k8s1",pod="simple-app-k8s1-x-test-app-x-k8s1"'
  const divide = (lines: readonly string[]): string[] => {
    const payload = Buffer.from(lines.map((line) => `${line}\n`).join(''))
    const fast = partitionMetrics(payload, vcluster.owners, options).slices.map(String)
    expect(fast).toEqual(partitionSlowly(payload, vcluster.owners, options).slices)
    return fast
  }

  test.each([
    [
      'a claim that an own pod mounts',
      'kubelet_volume_stats_used_bytes{namespace="vcluster-k8s1",persistentvolumeclaim="data-x-test-app-x-k8s1"} 5',
      'kubelet_volume_stats_used_bytes{namespace="test-app",persistentvolumeclaim="data"} 5\n',
    ],
    [
      'a container’s log',
      `kubelet_container_log_filesystem_used_bytes{container="simple-app",${host},uid="${uid}"} 8192`,
      'kubelet_container_log_filesystem_used_bytes{container="simple-app",namespace="test-app",pod="simple-app-k8s1",uid="VIRTUAL"} 8192\n',
    ],
    [
      'a claim whose name does not translate back',
      volumeRow('vcluster-k8s1', 'data-x-other-x-k8s1'),
      '',
    ],
    [
      'a claim that nobody here mounts',
      volumeRow('vcluster-k8s1', 'unknown-x-test-app-x-k8s1'),
      '',
    ],
    ['the same claim in another namespace', volumeRow('monitoring', 'data-x-test-app-x-k8s1'), ''],
    [
      'a claim row that also names a container',
      'kubelet_volume_stats_used_bytes{container="x",namespace="vcluster-k8s1",persistentvolumeclaim="data-x-test-app-x-k8s1"} 5',
      '',
    ],
    [
      'a log of another uid',
      `kubelet_container_log_filesystem_used_bytes{container="simple-app",${host},uid="00000000-0000-4000-8000-000000000000"} 1`,
      '',
    ],
    ['a family of the node’s', 'kubelet_running_pods 5', ''],
    ['a family of the node’s with a pod’s labels', `kubelet_pod_secret{${host}} 5`, ''],
    ['a family of the process', 'process_cpu_seconds_total 9', ''],
  ])('%s', (_, line, answer) => {
    const virtual =
      vcluster.owners('vcluster-k8s1', 'simple-app-k8s1-x-test-app-x-k8s1')?.virtual.uid ?? '?'
    expect(divide([line])).toEqual([answer.replace('VIRTUAL', virtual), ''])
  })

  test('of a real node holds the logs of own containers and nothing else', () => {
    const payload = read('vcluster-node/metrics.txt')
    const { slices, kept } = partitionMetrics(payload, vcluster.owners, options)
    expect(slices.map(String)).toEqual(partitionSlowly(payload, vcluster.owners, options).slices)
    // k8s2's pod is the same in both captures. k8s1's was made anew: same name, another uid.
    const uid = vcluster.owners('vcluster-k8s2', 'simple-app-k8s2-x-test-app-x-k8s2')?.virtual.uid
    expect(slices.map(String)).toEqual([
      '',
      expect.stringMatching(
        `^# HELP .*\n# TYPE .*\nkubelet_container_log_filesystem_used_bytes\\{.*uid="${uid}"\\} 8192\n$`,
      ),
    ])
    expect(kept).toBe(1)
  })
})

function volume(claimName: string): { name: string; persistentVolumeClaim: { claimName: string } } {
  return { name: claimName, persistentVolumeClaim: { claimName } }
}

function volumeRow(namespace: string, claim: string): string {
  return `kubelet_volume_stats_used_bytes{namespace="${namespace}",persistentvolumeclaim="${claim}"} 5`
}
