import { createServer, get } from 'node:https'
import { createConnection } from 'node:net'
import { connect } from 'node:tls'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { closeServer, listen, sleep } from '../src/core/index.ts'
import { createAuthority } from '../src/kube/index.ts'

/** A server that is told to close is closed, whatever its clients are in the middle of. */

async function httpsServer() {
  const authority = await createAuthority('authority')
  const { certPem, keyPem } = await authority.issueServing({
    commonName: 'test',
    dnsNames: [],
    addresses: ['127.0.0.1'],
  })
  const server = createServer({ cert: certPem, key: keyPem }, (_request, response) => {
    response.end('here')
  })
  const port = await listen(server, { address: '127.0.0.1', port: 0 }, 'the test')
  return { server, port, ca: authority.certPem }
}

test('a connection in its TLS handshake does not keep a closed server alive', async () => {
  const { server, port, ca } = await httpsServer()
  const accepted = once(server, 'connection')
  const raw = createConnection({ host: '127.0.0.1', port })
  await accepted
  const closed = closeServer(server)
  // The handshake would go on now, and the connection become one that may ask.
  const tls = connect({ socket: raw, ca, checkServerIdentity: () => undefined })
  tls.on('error', () => undefined)
  expect(await Promise.race([closed.then(() => 'closed'), sleep(5_000)])).toBe('closed')
  tls.destroy()
})

test('an idle connection and a request under way are cut; closing twice is harmless', async () => {
  const { server, port, ca } = await httpsServer()
  server.removeAllListeners('request')
  const asked = once(server, 'request')
  const request = get({ host: '127.0.0.1', port, ca, agent: false })
  const failed = once(request, 'error')
  await Promise.race([asked, failed.then(([error]) => Promise.reject(error as Error))])
  await Promise.all([closeServer(server), closeServer(server)])
  await closeServer(server)
  expect(String(await failed)).toMatch(/socket hang up|ECONNRESET/)
})
