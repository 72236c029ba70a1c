import { describe, expect, test } from 'vitest'
import type { Endpoint, EndpointSlice, Service } from '../../kube/index.ts'
import { routesOf } from './routes.ts'
import { createServiceNet } from './service-net.ts'

const net = createServiceNet('127.20.192.0/18', ['127.20.0.1', '127.20.0.2'])

const service = (spec: object = {}, labels: Record<string, string> = {}): Service => ({
  metadata: { name: 'web', namespace: 'shop', labels },
  spec: {
    type: 'ClusterIP',
    clusterIP: '127.20.192.7',
    ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }],
    ...spec,
  },
})
const endpoint = (address: string, conditions: Endpoint['conditions'] = { ready: true }) => ({
  addresses: [address],
  conditions,
})
const slice = (...endpoints: Endpoint[]): EndpointSlice => ({
  metadata: { name: 'web-1', namespace: 'shop' },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
})
const places = (of: Service, ...slices: EndpointSlice[]): string[] =>
  routesOf(of, slices, net).map(
    ({ id, targets }) => `${id} > ${targets.map((one) => `${one.address}:${one.port}`).join()}`,
  )

describe('a Service has routes', () => {
  test('from its address to its ready endpoints, by the name of the port', () => {
    const found = slice(endpoint('127.20.1.1'), endpoint('127.20.1.2', { ready: false }))
    expect(places(service(), found)).toEqual(['TCP/127.20.192.7/80 > 127.20.1.1:8080'])
    expect(places(service({ ports: [{ name: 'other', port: 80 }] }), found)).toEqual([])
  })

  test('from its node port on every node', () => {
    const ports = [{ name: 'http', port: 80, nodePort: 30_080, protocol: 'TCP' }]
    expect(places(service({ type: 'NodePort', ports }), slice(endpoint('127.20.1.1')))).toEqual([
      'TCP/127.20.192.7/80 > 127.20.1.1:8080',
      'TCP/127.20.0.1/30080 > 127.20.1.1:8080',
      'TCP/127.20.0.2/30080 > 127.20.1.1:8080',
    ])
  })

  test('to endpoints that end, when there is no other that is ready', () => {
    const ending = endpoint('127.20.1.1', { ready: false, serving: true, terminating: true })
    expect(places(service(), slice(ending))).toEqual(['TCP/127.20.192.7/80 > 127.20.1.1:8080'])
    expect(places(service(), slice(ending, endpoint('127.20.1.2')))).toEqual([
      'TCP/127.20.192.7/80 > 127.20.1.2:8080',
    ])
  })

  test('with the time that a client keeps its endpoint', () => {
    const sticky = service({ sessionAffinity: 'ClientIP' })
    expect(routesOf(sticky, [slice(endpoint('127.20.1.1'))], net)[0]?.affinityMs).toBe(10_800_000)
  })
})

test.each([
  ['headless', service({ clusterIP: 'None' })],
  ['a name elsewhere', service({ type: 'ExternalName' })],
  ['at an address that is not the lab’s', service({ clusterIP: '127.0.0.1' })],
  ['at a node’s address', service({ clusterIP: '127.20.0.1' })],
  ['another proxy’s', service({}, { 'service.kubernetes.io/service-proxy-name': 'x' })],
])('a Service that is %s has none', (_, one) => {
  expect(places(one, slice(endpoint('127.20.1.1')))).toEqual([])
})

test.each(['127.0.0.1', '127.21.1.1', '127.20.192.7', 'example.com', '::1'])(
  'no route leads to %s: another loopback net, another Service, no address',
  (address) => {
    expect(places(service(), slice(endpoint(address)))).toEqual([])
  },
)
