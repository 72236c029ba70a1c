import { describe, expect, test } from 'vitest'
import { parseGatewayConfig, type GatewayConfig } from './index.ts'

const GOOD = `
listen: 0.0.0.0:11250
admin: 127.0.0.1:11251
tls: { certFile: tls.crt, keyFile: /abs/tls.key, clientCaFile: null }
kubelet: { url: https://127.0.0.1:10250, nodeName: node-1, caFile: ca.crt, tokenFile: token }
hostApi: { kubeconfig: null }
snapshot: { ttl: 500ms, maxStale: 1m }
tenants:
  - name: k8s1
    hostNamespaces: [vcluster-k8s1]
    vcluster: k8s1
    api: { url: https://k8s1.vcluster-k8s1, caFile: k8s1-ca.crt }
    keys: { jwksFile: k8s1.jwks }
    access: self
    nodeView: capacity
`
const parse = (text: string): GatewayConfig => parseGatewayConfig(text, '/etc/sublet/gateway.yaml')
const faultsOf = (text: string): string => {
  try {
    parse(text)
  } catch (error) {
    expect(error).toMatchObject({ code: 'E_CONFIG' })
    return (error as Error).message
  }
  throw new Error('no fault')
}

test('a whole configuration, file names relative to it', () => {
  const config = parse(GOOD)
  expect(config.listen).toEqual({ address: '0.0.0.0', port: 11250 })
  expect(config.tls).toEqual({
    certFile: '/etc/sublet/tls.crt',
    keyFile: '/abs/tls.key',
    clientCaFile: undefined,
  })
  expect(config.snapshot).toEqual({ ttlMs: 500, maxStaleMs: 60_000 })
  expect(config.tenants[0]).toMatchObject({
    name: 'k8s1',
    hostNamespaces: ['vcluster-k8s1'],
    keys: { kind: 'file', path: '/etc/sublet/k8s1.jwks' },
    nodeView: 'capacity',
  })
})

test('defaults', () => {
  const config = parse(`
tls: { certFile: c, keyFile: k }
kubelet: { nodeName: n, tokenFile: t }
tenants: [{ name: a, hostNamespaces: [x], api: { url: 'https://a' }, keys: { jwksUrl: 'https://a/jwks' } }]
`)
  expect(config).toMatchObject({
    listen: { address: '0.0.0.0', port: 11250 },
    admin: { address: '127.0.0.1', port: 11251 },
    kubelet: { url: 'https://127.0.0.1:10250', caFile: undefined, insecureSkipTlsVerify: false },
    snapshot: { ttlMs: 5000, maxStaleMs: 0 },
  })
  expect(config.tenants[0]).toMatchObject({ vcluster: 'a', access: 'self', nodeView: 'own-sum' })
})

test('all faults at once, each with its line', () => {
  const message = faultsOf(`listen: nowhere
tls: { certFile: c }
kubelet:
  url: http://127.0.0.1:10255
  tokenFile: t
  tokenfile: t
surprise: 1
tenants:
  - name: a
    hostNamespaces: [x]
    api: { url: https://a }
    keys: {}
    nodeView: everything
  - name: a
    hostNamespaces: [x]
    api: { url: https://b }
    keys: { jwksFile: b }
`)
  for (const fault of [
    'line 1: listen: must be ADDRESS:PORT',
    'line 2: tls.keyFile: is missing',
    'line 3: kubelet.nodeName: is missing',
    'line 4: kubelet.url: must be an https:// URL',
    'line 6: unknown key "tokenfile" in kubelet',
    'line 7: unknown key "surprise"',
    'line 12: tenants[0].keys: give one of jwksFile and jwksUrl',
    'line 13: tenants[0].nodeView: must be one of: own-sum, capacity, none',
    'line 14: tenants[1]: there are two tenants "a"',
    'line 14: tenants[1]: host namespace "x" belongs to tenant "a" already',
  ]) {
    expect(message).toContain(fault)
  }
})

describe('what is refused', () => {
  test.each([
    ['not YAML', 'tls: [', 'line 1'],
    ['a key twice', GOOD + 'listen: 1.2.3.4:5\n', 'unique'],
    ['a list', '- a', 'must be an object'],
    ['nothing', '', 'tenants'],
    ['no tenant', GOOD.replace(/tenants:[^]*/, 'tenants: []'), 'at least one tenant'],
    ['unknown access', GOOD.replace('access: self', 'access: none'), 'self, review, offline'],
    ['namespaces as tenants', GOOD.replace('vcluster: k8s1', 'vcluster: null'), 'not there yet'],
    ['discovery', GOOD + 'discover: { labelSelector: app=vcluster }\n', 'not there yet'],
    ['a duration without a unit', GOOD.replace('500ms', '5'), 'must be'],
    ['a port that is none', GOOD.replace('11250', '99999'), 'ADDRESS:PORT'],
    ['credentials in a URL', GOOD.replace('https://127', 'https://a:b@127'), 'https:// URL'],
  ])('%s', (_, text, fault) => {
    expect(faultsOf(text)).toContain(fault)
  })
})

test('an IPv6 address', () => {
  expect(parse(GOOD.replace('0.0.0.0:11250', "'[::1]:11250'")).listen).toEqual({
    address: '::1',
    port: 11250,
  })
})
