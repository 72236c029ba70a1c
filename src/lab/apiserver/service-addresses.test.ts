import { expect, test } from 'vitest'
import { SERVICES } from '../../kube/index.ts'
import { createServiceAddresses } from './service-addresses.ts'
import { createStore } from './store.ts'

const put = (store: ReturnType<typeof createStore>, uid: string, spec: object): void => {
  store.insert(SERVICES, {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: `s-${uid}`, namespace: 'default', uid },
    spec,
  })
}

test('a range gives each Service an address of its own, never the first two and never the last', () => {
  const store = createStore()
  const addresses = createServiceAddresses(store, '127.20.192.0/29')
  const given = Array.from({ length: 5 }, (_, index) => {
    const uid = `${index}000`
    const clusterIP = addresses.takeAddress(uid)
    put(store, uid, { clusterIP })
    return clusterIP
  })
  expect([...given].sort()).toEqual([2, 3, 4, 5, 6].map((last) => `127.20.192.${last}`))
  expect(addresses.takeAddress('9')).toBe('')
})

test('an address of another Service, or of no range, is refused in the allocator’s words', () => {
  const store = createStore()
  const addresses = createServiceAddresses(store, '127.20.192.0/18')
  put(store, 'a', { clusterIP: '127.20.192.9' })
  expect(addresses.addressFault('b', '127.20.192.9')).toBe('provided IP is already allocated')
  expect(addresses.addressFault('a', '127.20.192.9')).toBeUndefined()
  expect(addresses.addressFault('b', '4.4.4.4')).toBe(
    'provided IP is not in the valid range. The range of valid IPs is 127.20.192.0/18',
  )
  expect(createServiceAddresses(store).addressFault('b', '4.4.4.4')).toBeUndefined()
})

test('a node port is given once, and only of its range', () => {
  const store = createStore()
  const addresses = createServiceAddresses(store)
  const first = addresses.takeNodePort('00000001', [])
  put(store, '00000001', { ports: [{ port: 80, nodePort: first }] })
  expect(addresses.takeNodePort('00000001', [first])).toBe(first + 1)
  expect(addresses.takeNodePort('10000001', [])).toBe(first + 1)
  expect(addresses.nodePortFault('b', first)).toBe('provided port is already allocated')
  expect(addresses.nodePortFault('b', 80)).toContain('30000-32767')
})
