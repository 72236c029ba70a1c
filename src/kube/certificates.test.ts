import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { createAuthority, type Authority, type KeyPair } from './certificates.ts'

/** A real handshake, both sides verified; resolves with the client's name as the server saw it. */
async function shake(authority: Authority, serving: KeyPair, client: KeyPair, servername?: string) {
  const { certPem: ca } = authority
  const server = createServer(
    { cert: serving.certPem, key: serving.keyPem, ca, requestCert: true, rejectUnauthorized: true },
    (socket) => socket.end(JSON.stringify(socket.getPeerCertificate().subject)),
  )
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    ca,
    cert: client.certPem,
    key: client.keyPem,
    ...(servername === undefined ? {} : { servername }),
  })
  try {
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    return JSON.parse(text) as { CN: string; O: string | string[] }
  } finally {
    socket.destroy()
    server.close()
  }
}

const NAMES = {
  commonName: 'kube-apiserver',
  dnsNames: ['kubernetes.default'],
  addresses: ['127.0.0.1', '::1'],
}

test('node verifies what the authority issued, by address and by name', async () => {
  const authority = await createAuthority('sublet-ca')
  const serving = await authority.issueServing(NAMES)
  const client = await authority.issueClient({
    commonName: 'system:node:n1',
    organizations: ['system:nodes', 'more'],
  })
  const subject = await shake(authority, serving, client)
  expect(subject.CN).toBe('system:node:n1')
  expect(subject.O).toEqual(['system:nodes', 'more'])
  await expect(shake(authority, serving, client, 'kubernetes.default')).resolves.toBeDefined()
  await expect(shake(authority, serving, client, 'elsewhere')).rejects.toThrow(/altnames|match/i)
})

test('a serving certificate is no client certificate, nor the other way round', async () => {
  const authority = await createAuthority('sublet-ca')
  const serving = await authority.issueServing(NAMES)
  const client = await authority.issueClient({ commonName: 'me' })
  await expect(shake(authority, serving, serving)).rejects.toThrow()
  await expect(shake(authority, client, client)).rejects.toThrow()
})

test('what another authority of the same name issued is not trusted', async () => {
  const [one, two] = [await createAuthority('same'), await createAuthority('same')]
  const client = await one.issueClient({ commonName: 'me' })
  await expect(shake(one, await two.issueServing(NAMES), client)).rejects.toThrow()
})

test('names, usages and times are as Kubernetes components expect them', async () => {
  const authority = await createAuthority('sublet-ca')
  const { certPem } = await authority.issueServing(NAMES)
  const cert = new X509Certificate(certPem)
  expect(cert.subjectAltName).toBe(
    'DNS:kubernetes.default, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  )
  expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(cert.ca).toBe(false)
  const years = (Date.parse(cert.validTo) - Date.now()) / (365 * 24 * 3600 * 1000)
  expect(years).toBeGreaterThan(0.9)
  expect(years).toBeLessThan(1.1)
  expect(new X509Certificate(authority.certPem).ca).toBe(true)
})
