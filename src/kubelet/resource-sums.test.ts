import { describe, expect, test } from 'vitest'
import { withNodeSums } from './resource-sums.ts'

const pod = (name: string, value: string, time = ' 1795348644981'): string =>
  `pod_cpu_usage_seconds_total{namespace="shop",pod="${name}"} ${value}${time}\n`
const container = (name: string, value: string): string =>
  `container_cpu_usage_seconds_total{container="app",namespace="shop",pod="${name}"} ${value} 1\n`

const nodeCpu = (slice: string): string | undefined =>
  /^node_cpu_usage_seconds_total (.*)$/m.exec(
    withNodeSums(Buffer.from(slice), 'own-sum').toString(),
  )?.[1]

describe('the node as the sum of a slice’s own pods', () => {
  test('is exact where floating point is not, and as new as the newest reading', () => {
    const rows = pod('a', '90071992547.409930001', ' 5') + pod('b', '0.000000001', ' 7')
    expect(nodeCpu(rows)).toBe('90071992547.409930002 7')
  })

  test('counts a pod once: its own reading, not its containers’ too', () => {
    expect(nodeCpu(container('a', '0.5') + pod('a', '0.75'))).toBe('0.75 1795348644981')
  })

  test('is of the containers where the kubelet has no readings of pods', () => {
    expect(nodeCpu(container('a', '0.5') + container('b', '0.25'))).toBe('0.75 1')
  })

  test('is not there when a reading is no number: missing is not zero', () => {
    expect(nodeCpu(pod('a', '1') + pod('b', 'NaN'))).toBeUndefined()
  })

  test('has no timestamp when the readings have none', () => {
    expect(nodeCpu(pod('a', '1e-09', '') + pod('b', '1', ''))).toBe('1.000000001')
  })

  test('of an empty slice is empty: there is no node without pods', () => {
    expect(withNodeSums(Buffer.alloc(0), 'own-sum')).toHaveLength(0)
  })

  test('is left out with the node view none, and told with capacity', () => {
    expect(withNodeSums(Buffer.from(pod('a', '1')), 'none').toString()).toBe(pod('a', '1'))
    expect(withNodeSums(Buffer.from(pod('a', '1')), 'capacity').toString()).toContain('\nnode_cpu')
  })
})
