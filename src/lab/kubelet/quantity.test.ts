import { expect, test } from 'vitest'
import { limitsOf } from './quantity.ts'

test('limits become millicores and bytes', () => {
  expect(limitsOf({ cpu: '0.2', memory: '128Mi' })).toEqual({
    cpuMillicores: 200,
    memoryBytes: 134217728,
  })
  expect(limitsOf({ cpu: 'much' })).toEqual({})
})
