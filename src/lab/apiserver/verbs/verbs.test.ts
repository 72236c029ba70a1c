import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../../../../test/helpers/cluster.ts'
import {
  CONFIGMAPS,
  DAEMONSETS,
  KubeStatusError,
  NAMESPACES,
  PODS,
  SECRETS,
  SERVICEACCOUNTS,
  type ConfigMap,
  type DaemonSet,
  type KubeObject,
  type Pod,
  type Status,
} from '../../../kube/index.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster()
  await cluster.admin.create(NAMESPACES, { metadata: { name: 'a' } })
  await cluster.admin.create(SERVICEACCOUNTS, { metadata: { name: 'default', namespace: 'a' } })
})
afterAll(() => cluster[Symbol.asyncDispose]())

const pod = (name: string, spec: Partial<Pod['spec']> = {}): Pod => ({
  metadata: { name, namespace: 'a' },
  spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec },
})
const configMap = (name: string, extra: Partial<ConfigMap> = {}): ConfigMap => ({
  metadata: { name, namespace: 'a' },
  ...extra,
})

async function refusal(work: Promise<unknown>): Promise<Status> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof KubeStatusError)) throw new Error(`no Status: ${String(error)}`)
  return error.status
}

describe('create', () => {
  test('gives an object its identity', async () => {
    const made = await cluster.admin.create<KubeObject>(CONFIGMAPS, {
      metadata: { generateName: 'made-', namespace: 'a', uid: 'mine', resourceVersion: '' },
    })
    expect(made.metadata.name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  test('says what is wrong in the words of a kube-apiserver', async () => {
    const { admin } = cluster
    await admin.create(CONFIGMAPS, configMap('taken'))
    expect(await refusal(admin.create(CONFIGMAPS, configMap('taken')))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'configmaps "taken" already exists',
      reason: 'AlreadyExists',
      details: { name: 'taken', kind: 'configmaps' },
      code: 409,
    })
    const nowhere = { metadata: { name: 'x', namespace: 'nope' } }
    expect(await refusal(admin.create(CONFIGMAPS, nowhere))).toMatchObject({
      code: 404,
      message: 'namespaces "nope" not found',
      details: { name: 'nope', kind: 'namespaces' },
    })
    expect(await refusal(admin.create(PODS, pod('x', { containers: [] })))).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'Pod "x" is invalid: spec.containers: Required value',
      details: {
        kind: 'Pod',
        causes: [{ reason: 'FieldValueRequired', field: 'spec.containers' }],
      },
    })
    expect(await refusal(admin.create(CONFIGMAPS, configMap('Bad_Name')))).toMatchObject({
      code: 422,
      message: expect.stringContaining('metadata.name: Invalid value: "Bad_Name"') as string,
    })
  })

  test('with dryRun nothing is written', async () => {
    const path = '/api/v1/namespaces/a/configmaps?dryRun=All'
    const answer = await cluster.admin.raw('POST', path, { body: configMap('dry') })
    expect(answer.status).toBe(201)
    expect(
      await refusal(cluster.admin.get(CONFIGMAPS, { namespace: 'a', name: 'dry' })),
    ).toMatchObject({ code: 404 })
  })

  test('a pod gets its defaults and the volume with its token', async () => {
    const made = await cluster.admin.create(PODS, pod('defaults'))
    expect(made.spec).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      securityContext: {},
      enableServiceLinks: true,
      serviceAccountName: 'default',
    })
    expect(made.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' })
    const [container] = made.spec.containers
    expect(container).toMatchObject({
      imagePullPolicy: 'Always',
      terminationMessagePath: '/dev/termination-log',
    })
    const volume = made.spec.volumes?.[0]
    expect(volume?.name).toMatch(/^kube-api-access-.{5}$/)
    expect(volume?.projected?.sources[0]).toEqual({
      serviceAccountToken: { expirationSeconds: 3607, path: 'token' },
    })
    expect(container?.volumeMounts).toEqual([
      {
        name: volume?.name,
        readOnly: true,
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      },
    ])
  })

  test('a pod that wants no token gets none, and a mount of its own is left alone', async () => {
    const none = await cluster.admin.create(
      PODS,
      pod('none', { automountServiceAccountToken: false }),
    )
    expect(none.spec.volumes).toBeUndefined()
    const mount = { name: 'own', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }
    const own = await cluster.admin.create(
      PODS,
      pod('own', {
        containers: [{ name: 'c', image: 'nginx', volumeMounts: [mount] }],
        volumes: [{ name: 'own', emptyDir: {} }],
      }),
    )
    expect(own.spec.volumes).toEqual([{ name: 'own', emptyDir: {} }])
    expect(own.spec.containers[0]?.volumeMounts).toEqual([mount])
  })

  test('a pod of an unknown ServiceAccount is forbidden', async () => {
    const created = cluster.admin.create(PODS, pod('ghost', { serviceAccountName: 'nobody' }))
    expect(await refusal(created)).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'pods "ghost" is forbidden: error looking up service account a/nobody: serviceaccount "nobody" not found',
    })
  })

  test("a Secret's stringData becomes data", async () => {
    const secret = { metadata: { name: 's', namespace: 'a' }, stringData: { user: 'me' } }
    expect(await cluster.admin.create<KubeObject>(SECRETS, secret)).toMatchObject({
      type: 'Opaque',
      data: { user: Buffer.from('me').toString('base64') },
    })
  })
})

describe('update and patch', () => {
  test('a write with an old resourceVersion is a conflict', async () => {
    const { admin } = cluster
    const first = await admin.create(CONFIGMAPS, configMap('racy', { data: { a: '1' } }))
    await admin.update(CONFIGMAPS, { ...first, data: { a: '2' } })
    expect(await refusal(admin.update(CONFIGMAPS, { ...first, data: { a: '3' } }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "racy": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: 'racy', kind: 'configmaps' },
    })
  })

  test('a write that changes nothing keeps the resourceVersion', async () => {
    const made = await cluster.admin.create(CONFIGMAPS, configMap('same', { data: { a: '1' } }))
    const again = await cluster.admin.update(CONFIGMAPS, { ...made })
    expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion)
  })

  test('only a change of spec raises the generation; the status has its own path', async () => {
    const { admin } = cluster
    const made = await admin.create<DaemonSet>(DAEMONSETS, {
      metadata: { name: 'ds', namespace: 'a' },
      spec: {
        selector: { matchLabels: { app: 'x' } },
        template: { metadata: { labels: { app: 'x' } }, spec: pod('x').spec },
      },
    })
    const key = { namespace: 'a', name: 'ds' }
    expect(made.metadata.generation).toBe(1)
    const labelled = await admin.patch(
      DAEMONSETS,
      key,
      { metadata: { labels: { a: 'b' } } },
      'merge',
    )
    expect(labelled.metadata.generation).toBe(1)
    const status = { ...made.status, numberReady: 3 }
    const stated = await admin.update(
      DAEMONSETS,
      { ...labelled, spec: {}, status },
      { subresource: 'status' },
    )
    expect(stated).toMatchObject({ spec: made.spec, status: { numberReady: 3 } })
    const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'y:2' }]
    const changed = await admin.patch<DaemonSet>(DAEMONSETS, key, image, 'json')
    expect(changed.metadata.generation).toBe(2)
    expect(changed.metadata.annotations).toEqual({
      'deprecated.daemonset.template.generation': '2',
    })
    expect(changed.status?.numberReady).toBe(3)
  })

  test("a pod's spec cannot be changed, its image can", async () => {
    const { admin } = cluster
    await admin.create(PODS, pod('fixed'))
    const key = { namespace: 'a', name: 'fixed' }
    const host = admin.patch(PODS, key, { spec: { hostNetwork: true } }, 'merge')
    expect(await refusal(host)).toMatchObject({
      code: 422,
      message: expect.stringContaining('pod updates may not change fields other than') as string,
    })
    const image = [{ op: 'replace', path: '/spec/containers/0/image', value: 'other:1' }]
    expect((await admin.patch<Pod>(PODS, key, image, 'json')).spec.containers[0]?.image).toBe(
      'other:1',
    )
  })

  test('patches of other kinds and patches that do not fit are refused', async () => {
    const { admin } = cluster
    await admin.create(CONFIGMAPS, configMap('patched'))
    const path = '/api/v1/namespaces/a/configmaps/patched'
    const unknown = await admin.raw('PATCH', path, {
      body: {},
      headers: { 'content-type': 'application/json' },
    })
    expect(unknown.status).toBe(415)
    const key = { namespace: 'a', name: 'patched' }
    const test = [{ op: 'test', path: '/metadata/name', value: 'other' }]
    expect((await refusal(admin.patch(CONFIGMAPS, key, test, 'json'))).code).toBe(422)
    for (const path of ['/__proto__/polluted', '/metadata/constructor/prototype/polluted']) {
      const hostile = [{ op: 'add', path, value: true }]
      expect((await refusal(admin.patch(CONFIGMAPS, key, hostile, 'json'))).code).toBe(400)
      const copied = [{ op: 'copy', from: path, path: '/data' }]
      expect((await refusal(admin.patch(CONFIGMAPS, key, copied, 'json'))).code).toBe(400)
    }
    expect('polluted' in {}).toBe(false)
  })
})

describe('fields', () => {
  const send = async (
    method: string,
    path: string,
    body: unknown,
    contentType = 'application/json',
  ): Promise<{ status: number; warning: unknown; body: Status & KubeObject }> => {
    const headers = { 'content-type': contentType, 'user-agent': 'probe/1.0 (linux)' }
    const answer = await cluster.admin.raw(method, path, { body, headers })
    const warning = answer.headers['warning']
    return { status: answer.status, warning, body: JSON.parse(answer.body.toString()) as never }
  }
  const maps = '/api/v1/namespaces/a/configmaps'
  const managers = (object: KubeObject): unknown =>
    (object.metadata as unknown as Record<string, unknown>)['managedFields']

  test('are warned of, refused or dropped when the kind has no such field', async () => {
    const body = { metadata: { name: 'unknown-1' }, foo: 1, data: { a: 'b' } }
    const warned = await send('POST', maps, body)
    expect(warned).toMatchObject({ status: 201, warning: '299 - "unknown field \\"foo\\""' })
    expect('foo' in warned.body).toBe(false)
    const strict = await send('POST', `${maps}?fieldValidation=Strict`, body)
    expect(strict).toMatchObject({
      status: 400,
      body: {
        reason: 'BadRequest',
        message:
          'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo"',
      },
    })
    const merge = 'application/merge-patch+json'
    const patched = await send('PATCH', `${maps}/unknown-1?fieldValidation=Strict`, { x: 1 }, merge)
    expect(patched).toMatchObject({
      status: 422,
      body: {
        message: expect.stringContaining('strict decoding error: unknown field "x"') as string,
      },
    })
    const other = await send('POST', `${maps}?fieldValidation=Maybe`, body)
    expect(other.body.message).toBe(
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Maybe": supported values: "Ignore", "Strict", "Warn"',
    )
    const wrong = await send('POST', maps, { metadata: { name: 'w' }, data: { a: 1 } })
    expect(wrong.body.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    )
  })

  test('have owners, whom server-side apply respects', async () => {
    const owned = { metadata: { name: 'owned' }, data: { a: '1' } }
    const made = await send('POST', maps, owned)
    expect(managers(made.body)).toMatchObject([
      {
        manager: 'probe',
        operation: 'Update',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
      },
    ])
    const yaml = 'application/apply-patch+yaml'
    const config = { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '2', b: '1' } }
    const path = `${maps}/owned?fieldManager=me`
    expect((await send('PATCH', `${maps}/owned`, config, yaml)).body.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )
    expect(await send('PATCH', path, config, yaml)).toMatchObject({
      status: 409,
      body: { message: 'Apply failed with 1 conflict: conflict with "probe" using v1: .data.a' },
    })
    const forced = await send('PATCH', `${path}&force=true`, config, yaml)
    expect(managers(forced.body)).toMatchObject([
      { manager: 'me', operation: 'Apply', fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } } },
      { manager: 'probe', operation: 'Update', fieldsV1: { 'f:data': {} } },
    ])
    const again = await send('PATCH', path, config, yaml)
    expect(again.body.metadata.resourceVersion).toBe(forced.body.metadata.resourceVersion)
    const less = await send('PATCH', path, { ...config, data: { b: '1' } }, yaml)
    expect(less.body).toMatchObject({ data: { b: '1' } })
    const typo = await send('PATCH', path, { ...config, foo: 1 }, yaml)
    expect(typo).toMatchObject({
      status: 500,
      body: {
        message:
          'failed to create typed patch object (a/owned; v1, Kind=ConfigMap): .foo: field not declared in schema',
      },
    })
    const created = await send('PATCH', `${maps}/applied?fieldManager=me`, config, yaml)
    expect(created).toMatchObject({ status: 201, body: { metadata: { name: 'applied' } } })
  })

  test('of metadata have rules of their own', async () => {
    const metadata = { name: 'm', labels: { 'a b': 'c d' }, finalizers: ['foo'] }
    const { body } = await send('POST', maps, { metadata })
    expect((body.details?.['causes'] as { field: string }[]).map(({ field }) => field)).toEqual([
      'metadata.labels',
      'metadata.labels',
      'metadata.finalizers[0]',
    ])
  })
})

describe('list', () => {
  test('selects by labels and fields, page by page', async () => {
    const { admin } = cluster
    for (const [index, app] of ['x', 'x', 'y', 'x'].entries()) {
      const metadata = { name: `listed-${index}`, namespace: 'a', labels: { app } }
      await admin.create(CONFIGMAPS, { metadata })
    }
    const byLabel = await admin.list(CONFIGMAPS, { labelSelector: 'app in (x)' })
    expect(byLabel.items.map(({ metadata }) => metadata.name)).toEqual([
      'listed-0',
      'listed-1',
      'listed-3',
    ])
    const byField = await admin.list(CONFIGMAPS, { fieldSelector: 'metadata.name=listed-2' })
    expect(byField.items).toHaveLength(1)
    const page = async (query: string): Promise<{ names: unknown[]; next?: string }> => {
      const path = `/api/v1/configmaps?labelSelector=app%3Dx&limit=2${query}`
      const list = JSON.parse((await admin.raw('GET', path)).body.toString()) as {
        items: KubeObject[]
        metadata: { continue?: string }
      }
      const next = list.metadata.continue
      const names = list.items.map(({ metadata }) => metadata.name)
      return next === undefined ? { names } : { names, next }
    }
    const first = await page('')
    expect(first.names).toEqual(['listed-0', 'listed-1'])
    expect(await page(`&continue=${first.next}`)).toEqual({ names: ['listed-3'] })
    const unknown = admin.list(PODS, { fieldSelector: 'spec.unknown=1' })
    expect(await refusal(unknown)).toMatchObject({ code: 400, reason: 'BadRequest' })
  })
})

describe('delete', () => {
  const bind = async (name: string): Promise<void> => {
    const target = { kind: 'Node', name: 'n1' }
    const binding = { metadata: { name, namespace: 'a' }, target }
    await cluster.admin.create<KubeObject>(PODS, binding, { subresource: 'binding', name })
  }
  const gone = async (name: string): Promise<boolean> => {
    const found = cluster.admin.get(PODS, { namespace: 'a', name })
    return found.then(
      () => false,
      () => true,
    )
  }

  test('a pod on no node goes at once', async () => {
    await cluster.admin.create(PODS, pod('unbound'))
    await cluster.admin.delete(PODS, { namespace: 'a', name: 'unbound' })
    expect(await gone('unbound')).toBe(true)
  })

  test('a pod on a node ends in its grace period: the kubelet has the last word', async () => {
    const key = { namespace: 'a', name: 'bound' }
    await cluster.admin.create(PODS, pod('bound', { terminationGracePeriodSeconds: 7 }))
    await bind('bound')
    await cluster.admin.delete(PODS, key)
    const ending = await cluster.admin.get<Pod>(PODS, key)
    expect(ending.metadata.deletionGracePeriodSeconds).toBe(7)
    expect(ending.metadata.deletionTimestamp).toBeDefined()
    await cluster.admin.delete(PODS, key, { gracePeriodSeconds: 0 })
    expect(await gone('bound')).toBe(true)
  })

  test('another uid is a conflict', async () => {
    const key = { namespace: 'a', name: 'kept' }
    await cluster.admin.create(CONFIGMAPS, configMap('kept'))
    expect(await refusal(cluster.admin.delete(CONFIGMAPS, key, { uid: 'other' }))).toMatchObject({
      code: 409,
      message: expect.stringContaining(
        'the UID in the precondition (other) does not match the UID in record',
      ) as string,
    })
  })

  test('a finalizer holds an object until it is taken off', async () => {
    const key = { namespace: 'a', name: 'held' }
    const metadata = { ...key, finalizers: ['example.com/hold'] }
    await cluster.admin.create(CONFIGMAPS, { metadata })
    await cluster.admin.delete(CONFIGMAPS, key)
    const held = await cluster.admin.get(CONFIGMAPS, key)
    expect(held.metadata.deletionTimestamp).toBeDefined()
    await cluster.admin.patch(CONFIGMAPS, key, { metadata: { finalizers: null } }, 'merge')
    expect((await refusal(cluster.admin.get(CONFIGMAPS, key))).code).toBe(404)
  })

  test('a collection goes by selector', async () => {
    for (const app of ['keep', 'drop']) {
      await cluster.admin.create(CONFIGMAPS, {
        metadata: { name: `coll-${app}`, namespace: 'a', labels: { coll: app } },
      })
    }
    const path = '/api/v1/namespaces/a/configmaps?labelSelector=coll%3Ddrop'
    expect((await cluster.admin.raw('DELETE', path)).status).toBe(200)
    const left = await cluster.admin.list(CONFIGMAPS, { labelSelector: 'coll' })
    expect(left.items.map(({ metadata }) => metadata.name)).toEqual(['coll-keep'])
  })

  test('orphans lose their owner and stay', async () => {
    const owner = await cluster.admin.create(CONFIGMAPS, configMap('owner'))
    const reference = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'owner',
      uid: owner.metadata.uid ?? '',
    }
    await cluster.admin.create(CONFIGMAPS, {
      metadata: { name: 'child', namespace: 'a', ownerReferences: [reference] },
    })
    await cluster.admin.delete(
      CONFIGMAPS,
      { namespace: 'a', name: 'owner' },
      { propagationPolicy: 'Orphan' },
    )
    const child = await cluster.admin.get(CONFIGMAPS, { namespace: 'a', name: 'child' })
    expect(child.metadata.ownerReferences).toBeUndefined()
  })
})

describe('limits', () => {
  test('a body above 3 MiB is refused', async () => {
    const body = configMap('big', { data: { a: 'x'.repeat(3 * 1024 * 1024) } })
    expect(await refusal(cluster.admin.create(CONFIGMAPS, body))).toMatchObject({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    })
  })

  test.each([
    ['POST', '/api/v1/namespaces/a/configmaps/x', 405],
    ['PUT', '/api/v1/namespaces/a/configmaps', 405],
    ['GET', '/api/v1/nosuchthings', 404],
    ['GET', '/api/v1/namespaces/a/nodes', 404],
    ['GET', '/api/v1/namespaces/a/pods/x/nosuchsub', 404],
    ['GET', '/apis/nosuch.group/v1', 404],
    ['POST', '/version', 405],
  ])('%s %s is %i', async (method, path, status) => {
    const options = method === 'GET' ? {} : { body: {} }
    expect((await cluster.admin.raw(method, path, options)).status).toBe(status)
  })
})
