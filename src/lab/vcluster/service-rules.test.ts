import { expect, test } from 'vitest'
import { KubeStatusError, type KubeClient, type Service } from '../../kube/index.ts'
import { serviceRules } from './service-rules.ts'

const service = (clusterIP: string): Service => ({
  metadata: { name: 'web', namespace: 'shop', uid: 'first', labels: { app: 'web' } },
  spec: { type: 'ClusterIP', clusterIP, ports: [{ port: 80, protocol: 'TCP' }] },
})

const refusal = (code: number, reason: string): KubeStatusError =>
  new KubeStatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code,
    reason,
    message: reason,
  })

/** Syncs a virtual Service whose address is not the host's; tells what was asked of the virtual API server. */
async function sync(refused?: KubeStatusError): Promise<unknown[]> {
  const asked: unknown[] = []
  const virtual = {
    delete(_of: unknown, key: unknown, how: unknown) {
      asked.push(['delete', key, how])
      return refused === undefined ? Promise.resolve() : Promise.reject(refused)
    },
    create(_of: unknown, object: Service) {
      asked.push(['create', object])
      return Promise.resolve(object)
    },
  } as unknown as KubeClient
  const rules = serviceRules({
    context: {} as Parameters<typeof serviceRules>[0]['context'],
    virtual,
    host: {} as KubeClient,
  })
  const host = service('10.0.0.2')
  await rules.update(service('10.0.0.1'), host, host)
  return asked
}

const DELETED = ['delete', { namespace: 'shop', name: 'web' }, { uid: 'first' }]

test('a Service whose address the host had given away is made again with the host’s', async () => {
  const again = {
    metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
    spec: { ...service('10.0.0.2').spec, clusterIPs: ['10.0.0.2'] },
  }
  expect(await sync()).toEqual([DELETED, ['create', again]])
})

test.each([
  ['that its user has deleted meanwhile', refusal(404, 'NotFound')],
  ['that its user has replaced meanwhile', refusal(409, 'Conflict')],
])('but not one %s', async (_, refused) => {
  expect(await sync(refused)).toEqual([DELETED])
})
