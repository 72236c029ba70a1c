import { describe, expect, test } from 'vitest'
import { sliceOffline } from '../src/gateway/index.ts'
import {
  CADVISOR_RULES,
  partitionMetrics,
  readSummary,
  rebuildPods,
  sliceSummary,
  type NodeView,
  type Summary,
} from '../src/kubelet/index.ts'
import { captures } from './helpers/captures.ts'
import { partitionSlowly } from './helpers/slow-partition.ts'

const options = { views: ['own-sum', 'own-sum'] as NodeView[], rules: CADVISOR_RULES }
const whole = { nodeView: 'own-sum', onlyCpuAndMemory: false } as const

describe.each(captures.map((capture) => [capture.name, capture] as const))('%s', (_, capture) => {
  const { cadvisor, summary, pods, owners } = capture
  const foreignTo = (slice: number): readonly string[] => capture.foreignTo(slice)

  test('every metrics line is in one slice or dropped, as the plainly right division says', () => {
    const fast = partitionMetrics(cadvisor, owners, options)
    const slow = partitionSlowly(cadvisor, owners, options)
    expect(fast.slices.map((slice) => slice.toString('latin1'))).toEqual(slow.slices)
    expect(fast.kept).toBe(slow.kept)
    expect(fast.kept).toBeGreaterThan(100)
    const { 'no-owner': nobodys, 'node-fact': facts, ...others } = fast.dropped
    expect(nobodys + facts).toBeGreaterThan(0)
    // A real kubelet sends nothing that is malformed or unknown.
    expect(new Set(Object.values(others))).toEqual(new Set([0]))
  })

  test('no slice of metrics has a byte about anybody else', () => {
    partitionMetrics(cadvisor, owners, options).slices.forEach((slice, index) => {
      const text = slice.toString()
      for (const foreign of foreignTo(index)) expect(text).not.toContain(foreign)
      expect(text).not.toMatch(/^(machine_|cadvisor_version|container_scrape_error)|pod=""/m)
      expect(text).not.toMatch(/vcluster-k8s|-x-test-app-x-/)
    })
  })

  test('values are the kubelet’s own text', () => {
    const tails = new Set(cadvisor.toString().match(/ \S+( \d+)?$/gm))
    for (const slice of partitionMetrics(cadvisor, owners, options).slices) {
      const lines = slice
        .toString()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
      for (const line of lines) expect(tails).toContain(/ \S+( \d+)?$/.exec(line)?.[0])
    }
  })

  test('the summaries have each owned pod once, and nothing about anybody else', () => {
    const read = readSummary(summary, owners)
    const original = JSON.parse(summary.toString()) as Summary
    const owned = original.pods.filter(({ podRef }) => owners(podRef.namespace, podRef.name))
    const slices = [0, 1].map((slice) => sliceSummary(read, { slice, ...whole }).toString())
    const parsed = slices.map((slice) => JSON.parse(slice) as Summary)
    expect(parsed.flatMap((slice) => slice.pods)).toHaveLength(owned.length)
    expect(read.dropped).toBe(original.pods.length - owned.length)
    slices.forEach((slice, index) => {
      for (const foreign of foreignTo(index)) expect(slice).not.toContain(foreign)
      expect(slice).not.toMatch(/vcluster-k8s|-x-test-app-x-|capacityBytes|systemContainers/)
    })
    for (const { podRef, containers } of owned) {
      const owner = owners(podRef.namespace, podRef.name)
      const mine = parsed[owner?.slice ?? 9]?.pods.find(
        (pod) => pod.podRef.uid === owner?.virtual.uid,
      )
      expect(mine?.podRef).toEqual(owner?.virtual)
      expect(mine?.containers.map(({ cpu }) => cpu)).toEqual(containers.map(({ cpu }) => cpu))
    }
  })

  test('the node of a summary is the sum of the slice’s own pods', () => {
    const read = readSummary(summary, owners)
    const { node, pods: own } = JSON.parse(
      sliceSummary(read, { slice: 0, ...whole }).toString(),
    ) as Summary
    const total = own.reduce((sum, { memory }) => sum + (memory?.workingSetBytes ?? 0), 0)
    expect(node.memory?.workingSetBytes).toBe(total)
    const none = sliceSummary(read, { slice: 0, nodeView: 'none', onlyCpuAndMemory: false })
    expect((JSON.parse(none.toString()) as Summary).node).toEqual({ nodeName: node.nodeName })
  })

  test('the pods are rebuilt: each once, no host annotation, nothing of anybody else', () => {
    const slices = [0, 1].map((slice) => rebuildPods(pods, owners, slice).toString())
    const items = slices.flatMap((slice) => (JSON.parse(slice) as { items: unknown[] }).items)
    const owned = pods.filter(({ metadata }) =>
      owners(metadata.namespace ?? '', metadata.name ?? ''),
    )
    expect(items).toHaveLength(owned.length)
    slices.forEach((slice, index) => {
      for (const foreign of foreignTo(index)) expect(slice).not.toContain(foreign)
      expect(slice).not.toMatch(
        /vcluster-k8s|-x-test-app-x-|loft\.sh|<token>|managedFields|config\.hash/,
      )
    })
  })

  test('container ids stay: agents join on them', () => {
    const slice = rebuildPods(pods, owners, 0).toString()
    for (const { metadata, status } of pods) {
      if (owners(metadata.namespace ?? '', metadata.name ?? '')?.slice !== 0) continue
      for (const { containerID } of status?.containerStatuses ?? []) {
        if (containerID) expect(slice).toContain(containerID)
      }
    }
  })
})

test('a host pod name inside Docker’s container name becomes the virtual one', () => {
  const docker = captures[1]
  const [slice] = partitionMetrics(
    docker?.cadvisor ?? Buffer.alloc(0),
    docker?.owners ?? (() => undefined),
    options,
  ).slices
  expect(slice?.toString()).toContain(
    'name="k8s_simple-app_simple-app-k8s1_test-app_6f1b0a6e-8a3e-4d0a-9d55-0d1d5a3f7c01_0"',
  )
})

test('pods with the node’s network say nothing about it', () => {
  const docker = captures[1]
  const read = readSummary(docker?.summary ?? Buffer.alloc(0), docker?.owners ?? (() => undefined))
  expect(sliceSummary(read, { slice: 0, ...whole }).toString()).not.toContain('"network"')
})

test('offline, a captured payload is sliced as the gateway slices it', () => {
  const [capture] = captures
  if (!capture) throw new Error('no capture')
  const tenant = { name: 'k8s2', vcluster: 'k8s2', hostNamespaces: ['vcluster-k8s2'] }
  const slice = (endpoint: 'cadvisor' | 'summary' | 'pods', payload: Buffer): string =>
    sliceOffline({ endpoint, payload, pods: capture.podsBytes, tenant }).toString()
  expect(slice('cadvisor', capture.cadvisor)).toBe(
    partitionMetrics(capture.cadvisor, capture.owners, options).slices[1]?.toString(),
  )
  expect(slice('summary', capture.summary)).toContain('"name":"simple-app-k8s2"')
  expect(slice('pods', capture.podsBytes)).toContain('"name":"simple-app-k8s2"')
})
