import { createServer, request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { listen, manualClock } from '../src/core/index.ts'
import { createAuthority, SERVICEACCOUNTS } from '../src/kube/index.ts'
import type { TestCluster } from './helpers/cluster.ts'
import { startGatewayRig, type GatewayRig } from './helpers/gateway-rig.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** An API server as before Kubernetes 1.27: it has no SelfSubjectReview, and its RBAC says so with 403 or 404. */
async function startOld(
  cluster: TestCluster,
  status: number,
): Promise<{ url: string; ca: string }> {
  const authority = await createAuthority('authority')
  const pair = await authority.issueServing({ commonName: 'old', addresses: ['127.0.0.1'] })
  const server = createServer({ cert: pair.certPem, key: pair.keyPem }, (request, response) => {
    if (request.url?.includes('/selfsubjectreviews') === true) {
      request.resume()
      response.writeHead(status).end('{}')
      return
    }
    const { method, url, headers } = request
    const forward = httpsRequest(
      cluster.api.url + (url ?? ''),
      { method, headers, ca: cluster.api.caPem, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      },
    )
    forward.on('error', () => response.destroy())
    request.pipe(forward)
  })
  const port = await listen(server, { address: '127.0.0.1', port: 0 }, 'an old API server')
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return { url: `https://127.0.0.1:${port}`, ca: authority.certPem }
}

/** k8s1 is known to the gateway by its old face only. */
async function startRig(status: number, clock = manualClock(Date.now())): Promise<GatewayRig> {
  return startGatewayRig({
    clock,
    edit: async (text, { dir, k8s1 }) => {
      const old = await startOld(k8s1, status)
      await writeFile(join(dir, 'k8s1-ca.crt'), old.ca)
      return text.replaceAll(k8s1.api.url, old.url)
    },
  })
}

describe('access: self, before Kubernetes 1.27', () => {
  test.each([404, 403])(
    'SelfSubjectReview is %i: the verified sub names the user',
    async (status) => {
      await using rig = await startRig(status)
      const token = await rig.account(rig.k8s1, 'agent')
      expect((await rig.ask('/pods', { token })).status).toBe(200)
      expect(rig.log()).toContain('"user":"system:serviceaccount:datadog:agent"')
      const reply = await rig.ask('/pods', { token: await rig.account(rig.k8s1, 'nobody', []) })
      expect([reply.status, reply.text]).toEqual([
        403,
        'Forbidden (user=system:serviceaccount:datadog:nobody, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
      ])
      expect(rig.k8s1.api.requestCounts()).not.toHaveProperty(['create selfsubjectreviews'])
    },
  )

  test('a token that the API server does not take is 401, whatever its sub says', async () => {
    const clock = manualClock(Date.now())
    await using rig = await startRig(404, clock)
    const token = await rig.account(rig.k8s1, 'leaver')
    expect((await rig.ask('/pods', { token })).status).toBe(200)
    await rig.k8s1.admin.delete(SERVICEACCOUNTS, { namespace: 'datadog', name: 'leaver' })
    clock.advance(121_000)
    expect((await rig.ask('/pods', { token })).status).toBe(401)
  })

  test('an API server that fails in another way names nobody: 503', async () => {
    await using rig = await startRig(500)
    const token = await rig.account(rig.k8s1, 'agent')
    expect((await rig.ask('/pods', { token })).status).toBe(503)
  })
})
