import { describe, expect, it } from 'vitest'
import { podProcesses } from './pod-processes.ts'

const CASES = [
  [{}, 'namespaces', {}],
  [{ shareProcessNamespace: false, hostPID: false }, 'process', {}],
  [{ shareProcessNamespace: true }, 'namespaces', { processes: 'pod' }],
  [{ shareProcessNamespace: true }, 'process', { processes: 'pod' }],
  [{ hostPID: true }, 'process', { processes: 'node' }],
  [{ hostPID: true }, 'docker', { processes: 'node' }],
  [
    { hostPID: true },
    'namespaces',
    { warning: expect.stringMatching(/^hostPID is not granted/) as string },
  ],
] as const

describe('whose processes a pod sees', () => {
  it.each(CASES)('of %j with %s', (spec, runtime, expected) => {
    expect(podProcesses(spec, runtime)).toEqual(expected)
  })
})
