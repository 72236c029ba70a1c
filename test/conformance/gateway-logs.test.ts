import { beforeAll, describe, expect, test } from 'vitest'
import { behindEachGateway } from './each-target.ts'
import type { Tenant } from './gateway.ts'
import { ONLY_IN } from './tenant-workload.ts'

/** What containers wrote, through the gateway: read from the host's `pods/log`, without `nodes/proxy` there. */

behindEachGateway((rig) => {
  describe.each(['k8s1', 'k8s2'] as const)('as a tenant, %s', (name) => {
    let tenant: Tenant
    const get = (path: string): ReturnType<ReturnType<typeof rig>['ask']> =>
      rig().ask(`/containerLogs/${path}`, { token: tenant.agentToken })
    beforeAll(() => {
      tenant = rig()[name]
    })

    test('of two pods with equal names it reads its own, as its API server shows it', async () => {
      const { status, text, headers } = await get('shop/talker/main')
      expect([status, headers['content-type'], text]).toEqual([
        200,
        'text/plain; charset=utf-8',
        `first from ${name}\nsecond\n`,
      ])
      const direct = await tenant.admin.raw('GET', '/api/v1/namespaces/shop/pods/talker/log')
      expect(text).toBe(direct.body.toString())
    })

    test('the end of it, its first bytes, with times', async () => {
      expect((await get('shop/talker/main?tailLines=1')).text).toBe('second\n')
      expect((await get('shop/talker/main?limitBytes=5')).text).toBe('first')
      expect((await get('shop/talker/main?timestamps=true')).text).toMatch(
        /^\d{4}-\d\d-\d\dT[\d:.]+Z first from .*\n\d{4}-\d\d-\d\dT[\d:.]+Z second\n$/,
      )
    })

    test('nobody else’s, by no name', async () => {
      const other = name === 'k8s1' ? 'k8s2' : 'k8s1'
      for (const path of [
        `shop/${ONLY_IN[other]}/main`,
        `vcluster-${other}/${ONLY_IN[other]}-x-shop-x-${other}/main`,
        `vcluster-${name}/talker-x-shop-x-${name}/main`,
        'conformance-host/charlie-ledger/main',
        'shop/talker/none',
      ]) {
        const { status, text } = await get(path)
        expect([path, status]).toEqual([path, 404])
        expect(text).not.toContain(`first from ${other}`)
      }
    })

    test('who may not get nodes/proxy in its own cluster reads none', async () => {
      const { token } = await tenant.account([
        { apiGroups: [''], resources: ['nodes/metrics', 'nodes/stats'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] },
      ])
      const { status } = await rig().ask('/containerLogs/shop/talker/main', { token })
      expect(status).toBe(403)
    })
  })
})
