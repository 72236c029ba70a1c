import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../../../test/helpers/cluster.ts'
import {
  CUSTOMRESOURCEDEFINITIONS,
  DEPLOYMENTS,
  EVENTS,
  HORIZONTALPODAUTOSCALERS,
  PODDISRUPTIONBUDGETS,
  PODS,
  SERVICEACCOUNTS,
  type KubeObject,
} from '../../kube/index.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster()
  await cluster.admin.create(SERVICEACCOUNTS, {
    metadata: { name: 'default', namespace: 'default' },
  })
})
afterAll(() => cluster[Symbol.asyncDispose]())

const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1'
type Fields = Record<string, unknown>

async function ask(
  path: string,
  accept = 'application/json',
  method = 'GET',
  body?: unknown,
): Promise<{ status: number; headers: Fields; value: Fields }> {
  const answer = await cluster.admin.raw(method, path, {
    headers: { accept },
    ...(body === undefined ? {} : { body }),
  })
  const text = answer.body.toString()
  const value = text.startsWith('{') ? (JSON.parse(text) as Fields) : { text }
  return { status: answer.status, headers: answer.headers, value }
}

const workload = (name: string): KubeObject => ({
  metadata: { name, namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'nginx:1.25' }] },
    },
  },
})

test('a list as a table has the columns of its kind, and metadata beside the cells', async () => {
  await cluster.admin.create(DEPLOYMENTS, workload('web'))
  const { value } = await ask('/apis/apps/v1/namespaces/default/deployments', TABLE)
  const columns = value['columnDefinitions'] as { name: string; priority: number }[]
  expect(columns.map(({ name, priority }) => `${name}${priority > 0 ? '+' : ''}`)).toEqual([
    ...['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers+', 'Images+', 'Selector+'],
  ])
  const [row] = value['rows'] as { cells: unknown[]; object: Fields }[]
  expect(row?.cells.filter((_, index) => index !== 4)).toEqual([
    ...['web', '0/1', 0, 0, 'c', 'nginx:1.25', 'app=web'],
  ])
  expect(row?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'web' } })
  expect(row?.object['spec']).toBeUndefined()
  const none = await ask('/apis/apps/v1/namespaces/default/deployments?includeObject=None', TABLE)
  expect((none.value['rows'] as Fields[])[0]?.['object']).toBeNull()
})

test('what a deployment leaves out is filled in, and its faults are named', async () => {
  const made = await cluster.admin.create(DEPLOYMENTS, workload('defaults'))
  expect(made['spec']).toMatchObject({
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
  })
  const broken = workload('broken')
  ;(broken['spec'] as Fields)['selector'] = { matchLabels: { app: 'other' } }
  await expect(cluster.admin.create(DEPLOYMENTS, broken)).rejects.toThrow(
    'Deployment.apps "broken" is invalid: spec.template.metadata.labels: Invalid value: {"app":"broken"}: `selector` does not match template `labels`',
  )
})

test('who uses a deprecated kind is warned', async () => {
  const { headers } = await ask('/api/v1/namespaces/default/endpoints')
  expect(headers['warning']).toBe(
    '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
  )
})

test('a scale is read and written in place of its object', async () => {
  const path = '/apis/apps/v1/namespaces/default/deployments/web/scale'
  const { value } = await ask(path)
  expect(value).toMatchObject({
    kind: 'Scale',
    spec: { replicas: 1 },
    status: { selector: 'app=web' },
  })
  const written = await ask(path, undefined, 'PUT', { ...value, spec: { replicas: 3 } })
  expect(written.value).toMatchObject({ spec: { replicas: 3 } })
  const after = await cluster.admin.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })
  expect(after).toMatchObject({ spec: { replicas: 3 }, metadata: { generation: 2 } })
})

test('aggregated discovery names everything, once', async () => {
  const accept =
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
  const first = await ask('/apis', accept)
  expect(first.headers['content-type']).toBe(accept.split(',')[0])
  const items = first.value['items'] as { metadata: Fields; versions: { resources: Fields[] }[] }[]
  const apps = items.find(({ metadata }) => metadata['name'] === 'apps')
  expect(apps?.versions[0]?.resources.find((one) => one['resource'] === 'deployments')).toEqual({
    resource: 'deployments',
    responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    scope: 'Namespaced',
    singularResource: 'deployment',
    verbs: expect.arrayContaining(['watch']) as unknown,
    shortNames: ['deploy'],
    categories: ['all'],
    subresources: [
      {
        subresource: 'scale',
        responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
        verbs: ['get', 'patch', 'update'],
      },
      {
        subresource: 'status',
        responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
        verbs: ['get', 'patch', 'update'],
      },
    ],
  })
  const again = await cluster.admin.raw('GET', '/apis', {
    headers: { accept, 'if-none-match': String(first.headers['etag']) },
  })
  expect(again.status).toBe(304)
})

test('OpenAPI tells fields and how they merge; protobuf is not to be had', async () => {
  const index = (await ask('/openapi/v3')).value['paths'] as Record<string, Fields>
  const core = await ask(String(index['api/v1']?.['serverRelativeURL']))
  expect(core.headers['cache-control']).toContain('immutable')
  const { schemas } = core.value['components'] as { schemas: Record<string, Fields> }
  const pod = schemas['io.k8s.api.core.v1.PodSpec']?.['properties'] as Record<string, Fields>
  expect(pod['containers']).toMatchObject({
    type: 'array',
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  })
  expect((await ask('/openapi/v2')).value['swagger']).toBe('2.0')
  const protobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
  expect((await ask('/openapi/v2', protobuf)).status).toBe(406)
})

test('a custom resource is served as soon as it is defined, and goes with its definition', async () => {
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: {
          spec: { type: 'object', properties: { size: { type: 'integer', default: 7 } } },
        },
      },
    },
    additionalPrinterColumns: [
      { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    ],
  }
  const definition = {
    metadata: { name: 'boxes.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'boxes', kind: 'Box', shortNames: ['bx'] },
      versions: [version],
    },
  }
  await cluster.admin.create(CUSTOMRESOURCEDEFINITIONS, definition)
  const path = '/apis/example.com/v1/namespaces/default/boxes'
  const box = { apiVersion: 'example.com/v1', kind: 'Box', metadata: { name: 'b' }, spec: {} }
  expect((await ask(path, undefined, 'POST', box)).value).toMatchObject({ spec: { size: 7 } })
  const table = (await ask(path, TABLE)).value
  expect((table['rows'] as { cells: unknown[] }[])[0]?.cells).toEqual(['b', 7, null])
  expect((await ask('/apis/example.com/v1')).value['resources']).toMatchObject([
    { name: 'boxes', singularName: 'box', shortNames: ['bx'] },
  ])
  await cluster.admin.delete(CUSTOMRESOURCEDEFINITIONS, { name: 'boxes.example.com' })
  expect((await ask(path)).status).toBe(404)
})

test('an eviction that a budget does not allow is 429', async () => {
  const pod = { name: 'kept', namespace: 'default', labels: { app: 'kept' } }
  const spec = { containers: [{ name: 'c', image: 'x' }] }
  await cluster.admin.create(PODS, { metadata: pod, spec })
  await cluster.admin.create(PODDISRUPTIONBUDGETS, {
    metadata: { name: 'budget', namespace: 'default' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'kept' } } },
  })
  const path = '/api/v1/namespaces/default/pods/kept'
  await ask(`${path}/status`, undefined, 'PUT', { metadata: pod, status: { phase: 'Running' } })
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'kept' } }
  const refused = await ask(`${path}/eviction`, undefined, 'POST', eviction)
  expect(refused.value).toMatchObject({ code: 429, reason: 'TooManyRequests' })
})

test('one object has two forms: events and autoscalers', async () => {
  const involvedObject = { kind: 'Pod', name: 'p', namespace: 'default' }
  const event = { metadata: { name: 'e', namespace: 'default' }, involvedObject, message: 'hi' }
  await cluster.admin.create(EVENTS, event)
  const newer = await ask('/apis/events.k8s.io/v1/namespaces/default/events/e')
  expect(newer.value).toMatchObject({ note: 'hi', regarding: involvedObject })
  const scaler = {
    metadata: { name: 'h', namespace: 'default' },
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
    },
  }
  await cluster.admin.create(HORIZONTALPODAUTOSCALERS, scaler)
  const older = await ask('/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/h')
  expect(older.value['spec']).toMatchObject({ targetCPUUtilizationPercentage: 80, minReplicas: 1 })
})

test('an answer can be metadata alone, or YAML, but not anything', async () => {
  const path = '/apis/apps/v1/namespaces/default/deployments'
  const metadata = await ask(
    path,
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  )
  expect(metadata.value['kind']).toBe('PartialObjectMetadataList')
  const yaml = await ask(`${path}/web`, 'application/yaml')
  expect(yaml.value['text']).toContain('kind: Deployment\n')
  expect((await ask(path, 'text/html')).status).toBe(406)
})
