import { describe, expect, test } from 'vitest'
import { parseGatewayConfig, type TenantConfig } from './index.ts'

const FILE = '/etc/sublet/gateway.yaml'
const config = (lines: string, top = ''): string => `
tls: { certFile: c, keyFile: k }
kubelet: { nodeName: n, tokenFile: t }
${top}
tenants:
  - name: a
    hostNamespaces: [x]
    keys: { jwksFile: a.jwks }
${lines}
`
const tenantOf = (lines: string): TenantConfig | undefined =>
  parseGatewayConfig(config(lines), FILE).tenants[0]

test('access: review, with the file and what tokens are for', () => {
  expect(
    tenantOf(`
    access: review
    delegator: { kubeconfig: d.yaml, audiences: [sublet], allowClusterAdmin: true }`),
  ).toMatchObject({
    api: { url: undefined },
    access: {
      kind: 'review',
      kubeconfig: '/etc/sublet/d.yaml',
      audiences: ['sublet'],
      allowClusterAdmin: true,
    },
  })
  expect(tenantOf('    access: review\n    delegator: { kubeconfig: /d }')?.access).toEqual({
    kind: 'review',
    kubeconfig: '/d',
    audiences: [],
    allowClusterAdmin: false,
  })
})

test('access: offline, with its accounts', () => {
  expect(
    tenantOf(`
    access: offline
    allow:
      - { namespace: datadog, name: agent }
      - { user: prometheus, subresources: [metrics] }`)?.access,
  ).toEqual({
    kind: 'offline',
    audiences: ['https://kubernetes.default.svc.cluster.local'],
    allow: [
      {
        username: 'system:serviceaccount:datadog:agent',
        subresources: ['healthz', 'metrics', 'pods', 'stats'],
      },
      { username: 'prometheus', subresources: ['metrics'] },
    ],
  })
})

test('doors of a tenant’s own', () => {
  const lines = `
    api: { url: https://a }
    clientCaFile: a.crt
    serverName: A.Gateway.Example
    listen: 127.0.0.1:11252`
  expect(tenantOf(lines)).toMatchObject({
    access: 'self',
    clientCaFile: '/etc/sublet/a.crt',
    serverName: 'a.gateway.example',
    listen: { address: '127.0.0.1', port: 11252 },
  })
})

describe('every fault with its line', () => {
  const SECOND = `
    api: { url: https://a }
    serverName: a.b
    listen: 127.0.0.1:1
  - name: b
    hostNamespaces: [y]
    keys: { jwksFile: b }
    api: { url: https://b }
    serverName: A.B
    listen: 127.0.0.1:1`
  test.each([
    ['an API that is missing', '    access: self', 'line 6: tenants[0].api.url: is missing'],
    ['a delegator that is missing', '    access: review', 'delegator: is missing'],
    [
      'a delegator without a file',
      '    access: review\n    delegator: {}',
      'line 10: tenants[0].delegator.kubeconfig: is missing',
    ],
    [
      'a misspelt key',
      '    access: review\n    delegator: { kubeconfig: d, audience: x }',
      'line 10: unknown key "audience"',
    ],
    [
      'no audience',
      '    access: review\n    delegator: { kubeconfig: d, audiences: [] }',
      'line 10: tenants[0].delegator.audiences: must not be empty',
    ],
    [
      'a delegator that nobody would ask',
      '    api: { url: https://a }\n    delegator: { kubeconfig: d }',
      'line 10: tenants[0].delegator: belongs to access: review',
    ],
    ['nobody who is allowed', '    access: offline\n    allow: []', 'at least one account'],
    [
      'an account without a name',
      '    access: offline\n    allow:\n      - { namespace: x }',
      'line 11: tenants[0].allow[0].name: must be the name',
    ],
    [
      'an unknown subresource',
      '    access: offline\n    allow:\n      - { user: x, subresources: ["*"] }',
      'line 11: tenants[0].allow[0].subresources: "*" is none of',
    ],
    [
      'a user and an account',
      '    access: offline\n    allow: [{ user: x, name: y }]',
      'give a user, or a namespace and a name',
    ],
    [
      'a question to the network',
      '    access: offline\n    allow: [{ user: x }]\n    keys: { jwksUrl: https://x }',
      'asks nobody',
    ],
    ['a server name that is none', '    serverName: "*"', 'line 9: tenants[0].serverName'],
    ['an equal server name', SECOND, 'line 17: tenants[1].serverName: "a.b" is another tenant’s'],
    ['an equal listener', SECOND, 'line 18: tenants[1].listen: 127.0.0.1:1 is somebody else’s'],
    ['the shared listener', '    listen: 0.0.0.0:11250', 'is somebody else’s already'],
  ])('%s', (_, lines, fault) => {
    const text = lines.includes('jwksUrl')
      ? config(lines).replace('    keys: { jwksFile: a.jwks }\n', '')
      : config(lines)
    expect(() => parseGatewayConfig(text, FILE)).toThrow(fault)
  })

  test('a tenant’s authority beside one that all must show a certificate of', () => {
    const text = config('    api: { url: https://a }\n    clientCaFile: a').replace(
      'keyFile: k',
      'keyFile: k, clientCaFile: x',
    )
    expect(() => parseGatewayConfig(text, FILE)).toThrow('goes not together with tls.clientCaFile')
  })
})
