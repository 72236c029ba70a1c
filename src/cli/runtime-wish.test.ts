import { expect, test } from 'vitest'
import { runtimeFromEnvironment } from './runtime-wish.ts'

test.each([
  [{}, 'auto'],
  [{ SUBLET_RUNTIME: '' }, 'auto'],
  [{ SUBLET_RUNTIME: 'process' }, 'process'],
])('of %j the runtime is %s', (env, expected) => {
  expect(runtimeFromEnvironment(env)).toBe(expected)
})

test('what is no runtime is refused with those that are', () => {
  expect(() => runtimeFromEnvironment({ SUBLET_RUNTIME: 'podman' })).toThrow(
    'SUBLET_RUNTIME is "podman" (it may be auto, process, namespaces, docker)',
  )
})
