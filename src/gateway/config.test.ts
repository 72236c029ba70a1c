import { describe, expect, test } from 'vitest'
import { parseGatewayConfig, type GatewayConfig, type TenantConfig } from './index.ts'

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
    [
      'a selector of a vcluster',
      GOOD.replace('hostNamespaces: [vcluster-k8s1]', 'namespaceSelector: a=b'),
      'vcluster: null',
    ],
    [
      'a discovery selector that is none',
      GOOD + 'discover: { labelSelector: "a=(" }\n',
      'discover.labelSelector',
    ],
    [
      'a placeholder that is none',
      GOOD + 'discover: { api: { url: "https://{pod}" } }\n',
      '{podIP}',
    ],
    [
      'two sources of keys',
      GOOD + 'discover: { keys: { jwksUrl: "https://a", secret: s } }\n',
      'not both',
    ],
    ['access of discovered tenants', GOOD + 'discover: { access: review }\n', 'access: self'],
    ['an unknown key of discover', GOOD + 'discover: { every: 5s }\n', 'unknown key "every"'],
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

describe('whose namespaces', () => {
  const tenant = (text: string): TenantConfig | undefined =>
    parse(GOOD.replace(/tenants:[^]*/, `tenants:\n  - ${text}\n`)).tenants[0]
  const rest = 'api: { url: https://a }, keys: { jwksFile: a }'

  test('multi-namespace mode has the one namespace of its control plane', () => {
    const found = tenant(`{ name: a, hostNamespaces: [x], multiNamespace: true, ${rest} }`)
    expect(found).toMatchObject({ hostNamespaces: ['x'], vcluster: 'a', multiNamespace: true })
    expect(() =>
      tenant(`{ name: a, hostNamespaces: [x, y], multiNamespace: true, ${rest} }`),
    ).toThrow('the one namespace')
  })

  test('host namespaces are a tenant where vcluster is null, listed or by their labels', () => {
    const oil = 'capsule.clastix.io/tenant=oil'
    expect(tenant(`{ name: a, vcluster: null, hostNamespaces: [x], ${rest} }`)?.vcluster).toBeNull()
    expect(tenant(`{ name: a, vcluster: null, namespaceSelector: ${oil}, ${rest} }`)).toMatchObject(
      {
        vcluster: null,
        namespaceSelector: oil,
        hostNamespaces: [],
      },
    )
    expect(() => tenant(`{ name: a, vcluster: null, namespaceSelector: ' ', ${rest} }`)).toThrow(
      'every namespace',
    )
    expect(() => tenant(`{ name: a, vcluster: null, ${rest} }`)).toThrow('at least one namespace')
  })

  test('discovery alone is enough, with its defaults', () => {
    const { tenants, discover } = parse(GOOD.replace(/tenants:[^]*/, 'discover: {}\n'))
    expect(tenants).toEqual([])
    expect(discover).toEqual({
      labelSelector: 'app=vcluster',
      namespaces: [],
      apiUrl: 'https://{podIP}:{port}',
      ca: undefined,
      keys: { kind: 'url', url: 'https://{podIP}:{port}/openid/v1/jwks' },
      nodeView: 'own-sum',
    })
  })
})
