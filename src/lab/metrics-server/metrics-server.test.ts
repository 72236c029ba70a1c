import { describe, expect, test } from 'vitest'
import { decodeBatch, type Batch } from './decode.ts'
import { formatNanocores, formatWindow } from './objects.ts'
import { readOptions } from './options.ts'
import { createStorage, type Storage } from './storage.ts'

const AT = 1_800_000_000_000

function reading(
  seconds: number,
  { at = AT, memory = 4096, startedAt = AT - 3_600_000 } = {},
): Batch {
  return decodeBatch(`# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="web",namespace="shop",pod="web-0"} ${seconds} ${at}
container_memory_working_set_bytes{container="web",namespace="shop",pod="web-0"} ${memory} ${at}
container_start_time_seconds{container="web",namespace="shop",pod="web-0"} ${startedAt / 1000}
node_cpu_usage_seconds_total ${seconds * 2} ${at}
node_memory_working_set_bytes ${memory * 2} ${at}
`)
}

const after = (...batches: Batch[]): Storage => {
  const storage = createStorage(15_000)
  for (const batch of batches) storage.store(new Map([['node-1', batch]]))
  return storage
}

describe('decoding', () => {
  test('a container without memory takes its pod with it; the node stays', () => {
    const batch = reading(1, { memory: 0 })
    expect([batch.pods.size, batch.node]).toEqual([0, undefined])
    expect(reading(1).pods.get('shop/web-0')?.get('web')).toEqual({
      startedAt: AT - 3_600_000,
      at: AT,
      cpu: 1e9,
      memory: 4096,
    })
  })

  test('rows without a pod belong to nobody', () => {
    const text = `container_cpu_usage_seconds_total{container="web"} 1 ${AT}\n`
    expect(decodeBatch(text).pods.size).toBe(0)
  })
})

describe('rates', () => {
  test('come of two readings', () => {
    const storage = after(reading(1), reading(2.5, { at: AT + 15_000 }))
    const usage = { nanocores: 100_000_000, memoryBytes: 4096, at: AT + 15_000, windowMs: 15_000 }
    expect(storage.pod('shop/web-0')?.get('web')).toEqual(usage)
    expect(storage.node('node-1')?.nanocores).toBe(200_000_000)
    expect(after(reading(1)).isReady()).toBe(false)
  })

  test('a reading of the same moment does not push the older one out', () => {
    const next = reading(2.5, { at: AT + 15_000 })
    expect(after(reading(1), next, next).pod('shop/web-0')?.size).toBe(1)
  })

  test('a restart begins anew, and a counter that went back says nothing', () => {
    const restarted = reading(0.5, { at: AT + 5000, startedAt: AT + 1000 })
    expect(after(reading(1), restarted).pod('shop/web-0')).toBeUndefined()
    expect(after(reading(2), reading(1, { at: AT + 15_000 })).pod('shop/web-0')).toBeUndefined()
  })

  test('a young container is measured from its start', () => {
    const young = reading(1.2, { startedAt: AT - 12_000 })
    expect(after(young).pod('shop/web-0')?.get('web')?.nanocores).toBe(100_000_000)
  })
})

test('quantities and durations are written as Kubernetes writes them', () => {
  expect([0, 1, 1500, 2_000_000, 3e9, 1_234_567].map(formatNanocores)).toEqual([
    '0',
    '1n',
    '1500n',
    '2m',
    '3',
    '1234567n',
  ])
  expect([15_028, 60_500, 10_000].map(formatWindow)).toEqual(['15.028s', '1m0.5s', '10s'])
})

test('flags', () => {
  const { kubelet, resolutionMs } = readOptions([
    '--cert-dir=/tmp',
    '--kubelet-port=11250',
    '--kubelet-insecure-tls',
    '--kubelet-preferred-address-types=InternalIP,Hostname',
    '--metric-resolution=1m30s',
  ])
  expect(resolutionMs).toBe(90_000)
  expect(kubelet).toMatchObject({
    port: 11_250,
    insecureTls: true,
    useNodeStatusPort: false,
    addressTypes: ['InternalIP', 'Hostname'],
  })
  expect(() => readOptions(['--metric-resolution=soon'])).toThrow('no duration')
  expect(() => readOptions(['--kubelet-port=0'])).toThrow('no port')
})
