import { expect, test } from 'vitest'
import type { RemedyResult } from './result.ts'
import { compareTable } from './table.ts'

const result = (id: RemedyResult['id'], reach: string[]): RemedyResult => ({
  id,
  kubeletCheck: { status: 'warning', httpStatus: 401, warning: 'refused' },
  metricSamples: 12_345,
  serviceChecks: { count: 1, worst: 2 },
  containers: { own: 4, ownWithStats: 3, foreignVisible: 13, nilStats: 13 },
  names: 'virtual',
  virtualApi: 'broken',
  hostCredentialInTenant: true,
  reach,
  foreignBytes: 29_862,
})

test('every measured value of a result is in the table, and every line is as wide as was asked', () => {
  const text = compareTable(
    [result('none', []), result('gateway', ['nodes/stats', 'nodes/pods'])],
    100,
  )
  for (const value of [
    'WARNING (HTTP 401)',
    '12345',
    '1, worst critical',
    '3 of 4',
    '13',
    'by virtual names',
    'broken',
    'yes',
    '29862',
    'nodes/stats',
    'nodes/pods',
    'Sublet’s gateway',
  ]) {
    expect(text).toContain(value)
  }
  const widths = new Set(text.split('\n').map((line) => line.length))
  expect(widths.size).toBe(1)
  expect([...widths][0]).toBeLessThanOrEqual(100)
})

test('what finds no room beside the others comes in a second table below', () => {
  const six = ['none', 'token-override', 'token-path', 'host-agent', 'runtime', 'gateway'] as const
  const text = compareTable(
    six.map((id) => result(id, [])),
    120,
  )
  const heads = text.split('\n').filter((line) => six.some((id) => line.includes(`│ ${id} `)))
  expect(heads.map((line) => six.filter((id) => line.includes(`│ ${id} `)))).toEqual([
    ['none', 'token-override', 'token-path'],
    ['host-agent', 'runtime', 'gateway'],
  ])
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})
