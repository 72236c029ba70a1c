import { expect, test } from 'vitest'
import { newRecord } from '../check-record.ts'
import { containersBlock } from './containers-block.ts'

test('containers that nobody claims are listed with the reason', () => {
  const entry = { id: 'a'.repeat(64), name: 'k8s_app', image: 'i', pod: null }
  const containers = [
    { ...entry, stats: false, nilStats: true, reason: 'in no pod of the own API server https://a' },
    { ...entry, stats: true, nilStats: false, reason: null },
  ]
  const inventory = { source: 'docker', stats: 'system', containers }
  expect(containersBlock([{ ...newRecord('container', 'f'), inventory }])).toBe(
    [
      '  Listed by: docker',
      '  Stats from: system',
      '  Containers: 2',
      '  With stats: 1',
      '  Nil stats: 1',
      '    k8s_app (aaaaaaaaaaaa): in no pod of the own API server https://a',
      '',
    ].join('\n'),
  )
  expect(containersBlock([])).toBe('  Not listed yet\n')
})
