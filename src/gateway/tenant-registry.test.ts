import { expect, test } from 'vitest'
import { createLogger, systemClock } from '../core/index.ts'
import type { TenantConfig } from './config.ts'
import { createGatewayTenant } from './gateway-tenant.ts'
import { createTenantRegistry, type TenantRegistry } from './tenant-registry.ts'

const config = (name: string, namespace = name): TenantConfig => ({
  name,
  hostNamespaces: [namespace],
  vcluster: name,
  api: { url: 'https://127.0.0.1', caFile: undefined },
  keys: { kind: 'inline', jwks: '' },
  access: 'self',
  nodeView: 'own-sum',
})

const log = createLogger('test', 'silent')

function registryOf(closed: string[]): TenantRegistry {
  return createTenantRegistry({
    make: (made) => {
      if (made.name === 'broken') throw new Error('its CA cannot be read')
      const tenant = createGatewayTenant(made, 0, { clock: systemClock, log })
      const close = async (): Promise<void> => {
        closed.push(made.name)
        await tenant[Symbol.asyncDispose]()
      }
      return { ...tenant, [Symbol.asyncDispose]: close }
    },
    log,
  })
}

test('a tenant that stays is the same object; one that goes is closed; an equal list changes nothing', async () => {
  const closed: string[] = []
  const registry = registryOf(closed)
  registry.replace([config('a'), config('b')])
  const [a] = registry.tenants()
  const before = registry.configs()
  registry.replace([config('a'), config('b')])
  expect(registry.configs()).toBe(before)
  registry.replace([config('a'), config('c')])
  expect(registry.tenants()[0]).toBe(a)
  expect(registry.configs()).not.toBe(before)
  expect(closed).toEqual(['b'])
  await registry[Symbol.asyncDispose]()
  expect(closed.toSorted()).toEqual(['a', 'b', 'c'])
  expect(registry.tenants()).toEqual([])
})

test('what changes about a tenant makes another object of it, with nothing remembered', () => {
  const registry = registryOf([])
  registry.replace([config('a')])
  const [before] = registry.tenants()
  registry.replace([{ ...config('a'), keys: { kind: 'inline', jwks: '{}' } }])
  expect(registry.tenants()[0]).not.toBe(before)
})

test('one that cannot be made is not served, but keeps its claim; a listed one is an error', () => {
  const registry = registryOf([])
  registry.replace([config('broken', 'shared'), config('a', 'shared')])
  expect(registry.tenants().map((tenant) => tenant.config.name)).toEqual(['a'])
  expect([...registry.contested()]).toEqual([['shared', ['broken', 'a']]])
  expect(() => {
    registryOf([]).replace([config('broken')], 'throw')
  }).toThrow('its CA')
})
