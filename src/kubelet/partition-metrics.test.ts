import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { damagedPayload, hostPods, owners, payload } from '../../test/helpers/exposition-lines.ts'
import { partitionSlowly } from '../../test/helpers/slow-partition.ts'
import { CADVISOR_RULES, createMetricsDivider, partitionMetrics, type NodeView } from './index.ts'

const options = { views: ['own-sum', 'own-sum'] as NodeView[], rules: CADVISOR_RULES }

function compare(input: Buffer): void {
  const fast = partitionMetrics(input, owners, options)
  const slow = partitionSlowly(input, owners, options)
  expect(fast.slices.map((slice) => slice.toString('latin1'))).toEqual(slow.slices)
  expect(fast.kept).toBe(slow.kept)
  const counted = Object.entries(fast.dropped).filter(([, count]) => count > 0)
  expect(Object.fromEntries(counted)).toEqual(slow.dropped)
}

describe('for all metrics', () => {
  test('the fast division is the plainly right one', () => {
    fc.assert(fc.property(payload, compare), { numRuns: 500 })
  })

  test('the fast division is the plainly right one for damaged bytes too', () => {
    fc.assert(fc.property(damagedPayload, compare), { numRuns: 700 })
  })

  test('in pieces, remembering other payloads, in memory that was used before, it comes to the same', () => {
    const divider = createMetricsDivider(CADVISOR_RULES)
    fc.assert(
      fc.property(damagedPayload, fc.integer({ min: 1, max: 300 }), (input, size) => {
        const division = divider.begin({ owners, views: options.views })
        for (let at = 0; at < input.length; at += size) {
          division.write(Buffer.from(input.subarray(at, at + size)))
        }
        const divided = division.end()
        const { slices, kept, dropped } = divided
        const whole = partitionMetrics(input, owners, options)
        expect([slices, kept, dropped]).toEqual([whole.slices, whole.kept, whole.dropped])
        slices.forEach((_, slice) => divided.recycle(slice))
      }),
      { numRuns: 300 },
    )
  })

  test('two payloads at the same time do not get into each other', () => {
    const divider = createMetricsDivider(CADVISOR_RULES)
    fc.assert(
      fc.property(payload, damagedPayload, (...inputs) => {
        const divisions = inputs.map(() => divider.begin({ owners, views: options.views }))
        for (let at = 0; at < Math.max(...inputs.map(({ length }) => length)); at += 200) {
          divisions.forEach((division, i) => division.write(inputs[i]!.subarray(at, at + 200)))
        }
        divisions.forEach((division, i) => {
          const whole = partitionMetrics(inputs[i]!, owners, options)
          expect(division.end().slices).toEqual(whole.slices)
        })
      }),
      { numRuns: 50 },
    )
  })

  test('what is known of rows is forgotten when somebody else owns the pods', () => {
    const divider = createMetricsDivider(CADVISOR_RULES)
    const nobody = (): undefined => undefined
    const other = (namespace: string, name: string): ReturnType<typeof owners> => {
      const owner = owners(namespace, name)
      return owner && { ...owner, slice: 1 - owner.slice }
    }
    const [input = Buffer.alloc(0)] = fc.sample(payload, { numRuns: 1, seed: 7 })
    for (const lookup of [owners, nobody, other, owners, owners]) {
      const division = divider.begin({ owners: lookup, views: options.views })
      division.write(input)
      const whole = partitionMetrics(input, lookup, options)
      expect(division.end().slices).toEqual(whole.slices)
    }
  })

  test('every line is in one slice or counted as dropped, and none twice', () => {
    fc.assert(
      fc.property(damagedPayload, (input) => {
        const { slices, kept, dropped } = partitionMetrics(input, owners, options)
        const samples = input
          .toString('latin1')
          .split('\n')
          .slice(0, -1)
          .filter((line) => line !== '' && !line.startsWith('#')).length
        const droppedLines = Object.values(dropped).reduce((sum, count) => sum + count, 0)
        expect(kept + droppedLines - dropped.truncated).toBe(samples)
        const written = slices.flatMap((slice) => sampleLines(slice))
        expect(written).toHaveLength(kept)
      }),
    )
  })

  test('a slice holds no byte of another slice’s pods, nor a host name, and is valid text', () => {
    const namesOf = (slice: number): string[] =>
      hostPods
        .filter(({ owner }) => owner?.slice !== slice)
        .flatMap(({ uid, owner }) => [uid, uid.replaceAll('-', '_'), owner?.virtual.uid ?? uid])
    fc.assert(
      fc.property(damagedPayload, (input) => {
        const { slices } = partitionMetrics(input, owners, options)
        slices.forEach((slice, index) => {
          for (const line of sampleLines(slice)) {
            expect(line).toMatch(SAMPLE)
            const identity = line.replace(/image="(?:[^"\\]|\\.)*"/, '')
            for (const foreign of namesOf(index)) expect(identity).not.toContain(foreign)
            expect(identity).not.toMatch(/vcluster-k8s|-x-shop-x-|etcd/)
          }
        })
      }),
    )
  })

  test('a family’s lines stand together, after its header', () => {
    fc.assert(
      fc.property(payload, (input) => {
        for (const slice of partitionMetrics(input, owners, options).slices) {
          const names = sampleLines(slice).map((line) => line.split('{')[0] ?? '')
          const runs = names.filter((name, i) => name !== names[i - 1])
          expect(new Set(runs).size).toBe(runs.length)
          expect(slice.toString()).not.toMatch(/^# (?:HELP|TYPE) (\S+) .*\n(?!# TYPE \1 |\1[{ _])/m)
        }
      }),
    )
  })
})

const SAMPLE =
  /^[A-Za-z_:][A-Za-z0-9_:]*\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\} (?:[+-]?[\d.]+(?:[eE][+-]?\d+)?|NaN|[+-]?Inf)(?: -?\d+)?$/

function sampleLines(slice: Buffer): string[] {
  const text = slice.toString('latin1')
  if (text === '') return []
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .filter((line) => !line.startsWith('#'))
}

const uid = hostPods[0]?.uid ?? ''
const row = (labels: string, tail = ' 1 2'): string =>
  `container_memory_rss{container="app",id="/kubepods/pod${uid}",image="i",name="",namespace="vcluster-k8s1",pod="web-0-x-shop-x-k8s1"${labels}}${tail}\n`

describe('one line', () => {
  const fateOf = (line: string): string | undefined => {
    const { dropped, kept } = partitionMetrics(Buffer.from(line, 'latin1'), owners, options)
    if (kept === 1) return 'kept'
    return Object.entries(dropped).find(([, count]) => count > 0)?.[0]
  }

  test.each([
    ['a plain row', row(''), 'kept'],
    ['a value with all escapes', row(',scope="\\\\ \\" \\n"'), 'kept'],
    ['a value that looks like another pod’s label', row(',scope="x\\",pod=\\"victim"'), 'kept'],
    ['a brace, a comma and an equals sign in a value', row(',scope="},a=b{"'), 'kept'],
    [
      'UTF-8 in a value',
      row(',scope="é𝄞"').replace('é𝄞', Buffer.from('é𝄞').toString('latin1')),
      'kept',
    ],
    ['bytes that are not UTF-8', row(',scope="\xff\xfe"'), 'malformed'],
    ['a second pod label', row(',pod="victim"'), 'duplicate-label'],
    ['a quoted UTF-8 label name', row(',"pod.name"="victim"'), 'malformed'],
    ['a quoted metric name', `{"container_memory_rss",pod="web-0-x-shop-x-k8s1"} 1\n`, 'malformed'],
    ['a carriage return', row('', ' 1 2\r'), 'malformed'],
    ['a tab in a value', row(',scope="\t"'), 'malformed'],
    ['a NUL in a value', row(',scope="\0"'), 'malformed'],
    ['a DEL in a value', row(',scope="\x7f"'), 'malformed'],
    ['another escape', row(',scope="\\t"'), 'malformed'],
    ['an unfinished value', row(',scope="'), 'malformed'],
    ['a trailing comma', row(','), 'malformed'],
    ['a space between labels', row(', scope="a"'), 'malformed'],
    ['no line end', row('').slice(0, -1), 'truncated'],
    ['no value', row('', ' '), 'malformed'],
    ['a value that is no number', row('', ' 0x10'), 'malformed'],
    ['two timestamps', row('', ' 1 2 3'), 'malformed'],
    ['an exemplar', row('', ' 1 # {a="b"} 1'), 'malformed'],
    ['an endless number', row('', ` ${'9'.repeat(4000)}`), 'malformed'],
    ['an unknown label', row(',io_kubernetes_pod="x"'), 'unknown-label'],
    ['an unknown family', row('').replace('container_memory_rss', 'app_secret'), 'unknown-family'],
    ['an escaped pod name', row('').replace('pod="web', 'pod="\\nweb'), 'no-owner'],
    ['another pod’s cgroup', row('').replace(uid, hostPods[2]?.uid ?? ''), 'stale'],
    ['no cgroup', row('').replace(/id="[^"]*",/, ''), 'stale'],
    ['a cgroup of two pods', row('').replace('/pod', `/pod${uid}/pod`), 'stale'],
    ['no labels', 'container_scrape_error 0\n', 'no-owner'],
    ['no pod', row('').replace('web-0-x-shop-x-k8s1', ''), 'no-owner'],
    [
      'a container that only the host has',
      row('').replace('"app"', '"vcluster-rewrite-hosts"'),
      'host-only',
    ],
    ['the size of the node’s disk', row('').replace('memory_rss', 'fs_limit_bytes'), 'node-fact'],
    ['33 labels', row(Array.from({ length: 30 }, (_, i) => `,l${i}="a"`).join('')), 'malformed'],
  ])('%s', (_, line, fate) => {
    expect(fateOf(line)).toBe(fate)
  })
})

test('the rows of a pod with the node’s network say nothing about the network', () => {
  const db = hostPods[1]
  const labels = `{container="",id="/kubepods/pod${db?.uid}",image="",interface="eth0",name="",namespace="vcluster-k8s1",pod="db-x-shop-x-k8s1"}`
  const input = `container_network_receive_bytes_total${labels} 5\ncontainer_memory_rss${labels} 5\n`
  const { slices, dropped } = partitionMetrics(Buffer.from(input), owners, options)
  expect(slices[0]?.toString()).toContain('container_memory_rss')
  expect(slices[0]?.toString()).not.toContain('container_network')
  expect(dropped['node-fact']).toBe(1)
})

test('the node view capacity tells how big the machine is, without its ids', () => {
  const ids = 'boot_id="b",machine_id="m",system_uuid="s"'
  const input = [
    '# HELP machine_memory_bytes Amount of memory.',
    '# TYPE machine_memory_bytes gauge',
    `machine_memory_bytes{${ids}} 1.6749006848e+10`,
    row('').replace('memory_rss', 'fs_limit_bytes'),
  ].join('\n')
  const { slices } = partitionMetrics(Buffer.from(input), owners, {
    ...options,
    views: ['capacity', 'none'],
  })
  expect(slices[0]?.toString()).toContain('machine_memory_bytes 1.6749006848e+10\n')
  expect(slices[0]?.toString()).toContain('container_fs_limit_bytes{')
  expect(slices[0]?.toString()).not.toMatch(/boot_id|machine_id|system_uuid/)
  expect(slices[1]?.toString()).toBe('')
})

test('values and timestamps are copied as text', () => {
  const input = row('', ' 18446744073709551617 1795348762853')
  const { slices } = partitionMetrics(Buffer.from(input), owners, options)
  expect(slices[0]?.toString()).toContain(' 18446744073709551617 1795348762853\n')
})

test('thousands of different label sets are told apart, and recognised in the next family', () => {
  const sets = Array.from({ length: 6000 }, (_, i) => row(`,scope="${i}"`, ` ${i}`))
  const families = ['container_memory_rss', 'container_memory_cache', 'container_threads']
  const lines = families.flatMap((family) => sets.map((set) => set.replace(/^\w+/, family)))
  const odd = lines.filter((_, i) => i < 6000 || i % 7 !== 0)
  compare(Buffer.from(odd.join('')))
})
