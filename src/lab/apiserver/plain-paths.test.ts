import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../../../test/helpers/cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster[Symbol.asyncDispose]())

async function get(path: string): Promise<Record<string, unknown>> {
  const { body } = await cluster.admin.raw('GET', path)
  return JSON.parse(body.toString()) as Record<string, unknown>
}

test('discovery names groups, resources and their short names', async () => {
  expect(await get('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
  const groups = (await get('/apis'))['groups'] as { name: string }[]
  expect(groups.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['apps', 'batch', 'policy', 'rbac.authorization.k8s.io']),
  )
  const { resources } = (await get('/api/v1')) as { resources: { name: string }[] }
  expect(resources.find(({ name }) => name === 'pods')).toMatchObject({
    kind: 'Pod',
    shortNames: ['po'],
    namespaced: true,
  })
  expect(resources.find(({ name }) => name === 'serviceaccounts/token')).toMatchObject({
    kind: 'TokenRequest',
    group: 'authentication.k8s.io',
  })
})

test('every path that OpenAPI names has a document, with fieldValidation on PATCH', async () => {
  const { paths } = (await get('/openapi/v3')) as {
    paths: Record<string, { serverRelativeURL: string }>
  }
  expect(Object.keys(paths)).toContain('apis/apps/v1')
  const url = paths['api/v1']?.serverRelativeURL ?? ''
  const document = (await get(url)) as {
    paths: Record<string, { patch: { parameters: { name: string }[] } }>
  }
  const pods = document.paths['/api/v1/namespaces/{namespace}/pods/{name}']
  expect(pods?.patch.parameters.map(({ name }) => name)).toContain('fieldValidation')
})

test('the issuer publishes its keys', async () => {
  const configuration = await get('/.well-known/openid-configuration')
  expect(configuration['issuer']).toBe(cluster.api.issuer)
  expect(await get('/openid/v1/jwks')).toEqual(cluster.api.jwks)
  expect(JSON.stringify(cluster.api.jwks)).not.toContain('"d":')
})

test('health answers for people and for probes', async () => {
  const text = async (path: string): Promise<string> =>
    (await cluster.admin.raw('GET', path)).body.toString()
  expect(await text('/healthz')).toBe('ok')
  expect(await text('/livez/ping')).toBe('ok')
  expect(await text('/readyz?verbose')).toMatch(/^\[\+\]ping ok\n(.*\n)*readyz check passed\n$/)
})

test('requests are counted by verb and resource', async () => {
  await cluster.admin.raw('GET', '/api/v1/nodes')
  expect(cluster.api.requestCounts()['list nodes']).toBeGreaterThan(0)
})
