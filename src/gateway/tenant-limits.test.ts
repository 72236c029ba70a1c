import { expect, test } from 'vitest'
import { manualClock } from '../core/index.ts'
import { createMetrics, OTHER_TENANTS } from './metrics.ts'
import { LIMITS } from './limits.ts'
import { createTenantLimits } from './tenant-limits.ts'

const limitsOf = (
  limits: { requestsPerSecond: number; burst: number; inFlight: number },
  clock = manualClock(),
): ReturnType<typeof createTenantLimits> =>
  createTenantLimits({ limits: () => limits, clock, metrics: createMetrics() })

test('a tenant has no more requests in flight than it may, and each end makes room for one', () => {
  const limits = limitsOf({ requestsPerSecond: 100, burst: 100, inFlight: 2 })
  const first = limits.admit('a')
  limits.admit('a')
  expect(limits.admit('a')).toMatchObject({ ok: false, limit: 'in-flight', retryAfterSeconds: 1 })
  expect(limits.admit('b').ok).toBe(true)
  if (first.ok) {
    first.end()
    first.end()
  }
  expect(limits.admit('a').ok).toBe(true)
  expect(limits.admit('a').ok).toBe(false)
})

test('1,000 requests in a second: the burst and the rate pass, a quiet tenant is not affected', () => {
  const clock = manualClock()
  const limits = limitsOf({ requestsPerSecond: 10, burst: 20, inFlight: 50 }, clock)
  let passed = 0
  for (let i = 0; i < 1000; i++) {
    clock.advance(1)
    const admission = limits.admit('loud')
    if (!admission.ok) continue
    passed++
    admission.end()
  }
  expect(passed).toBe(29)
  expect(limits.admit('quiet').ok).toBe(true)
})

test('a clock that is set back gives nobody more', () => {
  const clock = manualClock()
  const limits = limitsOf({ requestsPerSecond: 1, burst: 1, inFlight: 9 }, clock)
  limits.admit('a')
  clock.advance(-60_000)
  expect(limits.admit('a').ok).toBe(false)
  clock.advance(1_000)
  expect(limits.admit('a').ok).toBe(true)
})

test('however many tenants there are, the metrics have a bounded number of series', async () => {
  const metrics = createMetrics()
  for (let i = 0; i < LIMITS.metricTenants + 50; i++) {
    metrics.add('sublet_gateway_decisions_total', { verdict: 'allowed', tenant: `t${i}` })
  }
  const text = await metrics.text()
  const series = text.split('\n').filter((line) => line.includes('decisions_total{'))
  expect(series).toHaveLength(LIMITS.metricTenants + 1)
  expect(series.at(-1)).toContain(`tenant="${OTHER_TENANTS}"} 50`)
})
