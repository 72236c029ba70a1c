import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listen, secret, sleep, SubletError } from '../core/index.ts'
import { createAuthority, type Authority } from './certificates.ts'
import type { Credential, KubeClientOptions, KubeClient } from './client.ts'
import { createKubeClient } from './http-client.ts'
import type { Pod } from './objects.ts'
import { NODES, PODS, SERVICEACCOUNTS } from './resources.ts'
import { failure, isConflict, isGone, isNotFound, KubeStatusError } from './status.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

let authority: Authority
let server: Server
let origin: string
let handle: Handler

beforeAll(async () => {
  authority = await createAuthority('test-ca')
  const serving = await authority.issueServing({ commonName: 'kube', addresses: ['127.0.0.1'] })
  server = createServer({
    cert: serving.certPem,
    key: serving.keyPem,
    ca: authority.certPem,
    requestCert: true,
    rejectUnauthorized: false,
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    handle(request, response),
  )
  origin = `https://127.0.0.1:${await listen(server, { address: '127.0.0.1', port: 0 }, 'test')}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

beforeEach(() => {
  handle = (_request, response) => json(response, 404, failure(404, 'NotFound', 'nothing here'))
})

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function clientOf(
  credential: Credential = { kind: 'none' },
  options: Partial<KubeClientOptions> = {},
): KubeClient {
  return createKubeClient({ server: origin, ca: authority.certPem, credential, ...options })
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? undefined : JSON.parse(text)
}

async function drainAll(client: KubeClient): Promise<void> {
  let events = 0
  for await (const event of client.watch(PODS, { resourceVersion: '5' })) {
    if (event.type !== 'BOOKMARK') events++
  }
  expect(events).toBeLessThan(10)
}

/** Answers every request with what it was. */
const echo: Handler = (request, response) => {
  void bodyOf(request).then((body) => {
    const { method, url, headers } = request
    const peer = (request.socket as TLSSocket).getPeerCertificate()
    json(response, 200, { metadata: {}, method, url, headers, body, peer: peer.subject })
  })
}

interface Echo {
  metadata: Record<string, never>
  method: string
  url: string
  headers: Record<string, string>
  body: Record<string, unknown>
  peer: { CN: string; O: string }
  [field: string]: unknown
}

describe('the verbs', () => {
  test('get asks for one object', async () => {
    handle = echo
    await using client = clientOf()
    const seen = await client.get<Echo>(PODS, { namespace: 'a', name: 'b' })
    expect([seen.method, seen.url]).toEqual(['GET', '/api/v1/namespaces/a/pods/b'])
    expect(seen.headers).not.toHaveProperty('authorization')
  })

  test('a name that would ask for something else is refused before anything is sent', async () => {
    await using client = clientOf()
    const bad = [
      { namespace: 'a', name: '' },
      { namespace: '..', name: 'x' },
    ]
    for (const key of bad) await expect(client.get(PODS, key)).rejects.toThrow('is not the name')
  })

  test('list passes selectors and reads a null list as an empty one', async () => {
    let url = ''
    handle = (request, response) => {
      url = request.url ?? ''
      json(response, 200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: null })
    }
    await using client = clientOf()
    const found = await client.list(PODS, { labelSelector: 'a in (b,c)', fieldSelector: 'x=y' })
    expect(found.items).toEqual([])
    expect(url).toBe('/api/v1/pods?labelSelector=a+in+%28b%2Cc%29&fieldSelector=x%3Dy')
  })

  test('create and update fill in apiVersion and kind', async () => {
    handle = echo
    await using client = clientOf()
    const object = { metadata: { name: 'n', namespace: 's' } }
    const created = (await client.create(PODS, object)) as unknown as Echo
    expect([created.method, created.url]).toEqual(['POST', '/api/v1/namespaces/s/pods'])
    expect(created.body).toMatchObject({ apiVersion: 'v1', kind: 'Pod' })
    const node = { metadata: { name: 'n' } }
    const updated = await client.update(NODES, node, { subresource: 'status' })
    expect((updated as unknown as Echo).url).toBe('/api/v1/nodes/n/status')
    expect((updated as unknown as Echo).body).toMatchObject({ kind: 'Node' })
  })

  test('a body for a subresource gets the kind of that subresource', async () => {
    handle = echo
    await using client = clientOf()
    const asked = (await client.create(
      SERVICEACCOUNTS,
      { metadata: {}, spec: {} },
      { namespace: 'a', name: 'b', subresource: 'token' },
    )) as unknown as Echo
    expect(asked.url).toBe('/api/v1/namespaces/a/serviceaccounts/b/token')
    expect(asked.body).toMatchObject({ kind: 'TokenRequest' })
  })

  test('patch and delete send the right bodies', async () => {
    handle = echo
    await using client = clientOf()
    const key = { namespace: 'a', name: 'b' }
    const patched = await client.patch<Echo>(PODS, key, { x: 1 }, 'merge', {
      subresource: 'status',
    })
    expect(patched.headers['content-type']).toBe('application/merge-patch+json')
    expect(patched.url).toBe('/api/v1/namespaces/a/pods/b/status')
    let body: unknown
    handle = (request, response) => {
      void bodyOf(request).then((sent) => {
        body = sent
        json(response, 200, { kind: 'Status', status: 'Success' })
      })
    }
    await client.delete(PODS, key, { gracePeriodSeconds: 0, uid: 'u' })
    expect(body).toMatchObject({ kind: 'DeleteOptions', preconditions: { uid: 'u' } })
  })
})

describe('refusals and faults', () => {
  test('a refusal carries its Status', async () => {
    await using client = clientOf()
    const error = await client.get(PODS, { name: 'x' }).catch((caught: unknown) => caught)
    expect(isNotFound(error)).toBe(true)
    expect((error as KubeStatusError).status.reason).toBe('NotFound')
    handle = (_request, response) => json(response, 409, failure(409, 'Conflict', 'lost'))
    await expect(client.create(PODS, { metadata: {} })).rejects.toSatisfy(isConflict)
  })

  test('an answer that is no Status becomes one, with its text cut short', async () => {
    handle = (_request, response) => response.writeHead(502).end('x'.repeat(10_000))
    await using client = clientOf()
    const error = await client.get(PODS, { name: 'x' }).catch((caught: unknown) => caught)
    expect((error as KubeStatusError).status.code).toBe(502)
    expect((error as Error).message.length).toBeLessThan(300)
  })

  test('redirects are not followed', async () => {
    handle = (request, response) => {
      if (request.url === '/elsewhere') json(response, 200, { metadata: {} })
      else response.writeHead(302, { location: '/elsewhere' }).end()
    }
    await using client = clientOf()
    const error = await client.get(PODS, { name: 'x' }).catch((caught: unknown) => caught)
    expect((error as KubeStatusError).status.code).toBe(302)
  })

  test('a transport error names server and path, and not the token', async () => {
    const credential = { kind: 'token', token: secret('very-hidden') } as const
    await using client = createKubeClient({ server: 'https://127.0.0.1:1', credential })
    const error = await client.get(PODS, { name: 'x' }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'E_HTTP' })
    expect((error as Error).message).toContain('https://127.0.0.1:1/api/v1/pods/x')
    expect(JSON.stringify([error, (error as Error).stack])).not.toContain('very-hidden')
  })

  test('a server with a certificate of somebody else is not trusted, unless that is wished', async () => {
    handle = echo
    const other = await createAuthority('other')
    await using wary = clientOf(undefined, { ca: other.certPem })
    await expect(wary.get(PODS, { name: 'x' })).rejects.toMatchObject({ code: 'E_HTTP' })
    await using reckless = clientOf(undefined, { ca: other.certPem, insecureSkipTlsVerify: true })
    await expect(reckless.get(PODS, { name: 'x' })).resolves.toBeDefined()
  })

  test('a silent server is given up after the time limit', async () => {
    handle = () => undefined
    await using client = clientOf(undefined, { timeoutMs: 80 })
    await expect(client.get(PODS, { name: 'x' })).rejects.toThrow(/no answer within 0.08 s/)
  })

  test('a body that never ends is given up as well', async () => {
    handle = (_request, response) => {
      response.writeHead(200).write('{"metadata":')
    }
    await using client = clientOf(undefined, { timeoutMs: 80 })
    await expect(client.get(PODS, { name: 'x' })).rejects.toMatchObject({ code: 'E_HTTP' })
  })

  test('an abort ends a request with its reason', async () => {
    handle = () => undefined
    await using client = clientOf()
    const reason = new Error('enough')
    const controller = new AbortController()
    const asked = client.get(PODS, { name: 'x' }, controller.signal)
    controller.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })

  test('an oversize body is cut off', async () => {
    handle = (_request, response) => response.end(Buffer.alloc(100_000, 32))
    await using client = clientOf()
    await expect(client.raw('GET', '/x', { maxBytes: 1000 })).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
    })
  })

  test('an answer that is not JSON is an error', async () => {
    handle = (_request, response) => response.end('<html>')
    await using client = clientOf()
    await expect(client.get(PODS, { name: 'x' })).rejects.toMatchObject({ code: 'E_HTTP' })
  })

  test('closing twice is harmless, and a closed client says so', async () => {
    const client = clientOf()
    await client[Symbol.asyncDispose]()
    await client[Symbol.asyncDispose]()
    await expect(client.get(PODS, { name: 'x' })).rejects.toThrow('closed')
  })

  test('a credential is not sent without TLS', () => {
    const credential = { kind: 'token', token: secret('t') } as const
    expect(() => createKubeClient({ server: 'http://127.0.0.1', credential })).toThrow(SubletError)
    expect(() => createKubeClient({ server: 'nonsense', credential })).toThrow(SubletError)
  })
})

describe('credentials', () => {
  test('a token goes into the header; a header of the request comes first', async () => {
    handle = echo
    await using client = clientOf({ kind: 'token', token: secret('t1') })
    const seen = await client.get<Echo>(PODS, { name: 'x' })
    expect(seen.headers['authorization']).toBe('Bearer t1')
    const raw = await client.raw('GET', '/x', { headers: { Authorization: 'Bearer t2' } })
    expect(JSON.parse(raw.body.toString())).toMatchObject({
      headers: { authorization: 'Bearer t2' },
    })
  })

  test('a client certificate names user and groups', async () => {
    handle = echo
    const pair = await authority.issueClient({ commonName: 'me', organizations: ['us'] })
    await using client = clientOf({ kind: 'certificate', cert: pair.certPem, key: pair.keyPem })
    const seen = await client.get<Echo>(PODS, { name: 'x' })
    expect(seen.peer).toMatchObject({ CN: 'me', O: 'us' })
  })

  test('a token that cannot stand in a header is refused', () => {
    expect(() => clientOf({ kind: 'token', token: secret('a\r\nb: c') })).toThrow(SubletError)
  })

  test('a token file is read again when it was rotated', async () => {
    handle = echo
    const folder = await mkdtemp(join(tmpdir(), 'sublet-kube-'))
    const path = join(folder, 'token')
    await writeFile(path, 'one\n')
    await using client = clientOf({ kind: 'token-file', path })
    const header = async (): Promise<string | undefined> =>
      (await client.get<Echo>(PODS, { name: 'x' })).headers['authorization']
    expect(await header()).toBe('Bearer one')
    await writeFile(`${path}.new`, 'two')
    await rename(`${path}.new`, path)
    await expect.poll(header, { timeout: 5000 }).toBe('Bearer two')
    await rm(folder, { recursive: true })
    await sleep(1050)
    expect(await header()).toBe('Bearer two')
  })
})

describe('watch', () => {
  const event = (type: string, name: string): string =>
    `${JSON.stringify({ type, object: { metadata: { name, resourceVersion: '7' } } })}\n`

  test('events arrive one by one, also when they come in pieces', async () => {
    let url = ''
    handle = (request, response) => {
      url = request.url ?? ''
      const text = event('ADDED', 'größe') + event('BOOKMARK', '') + event('DELETED', 'b')
      const bytes = Buffer.from(text)
      response.writeHead(200).flushHeaders()
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7))
      response.end()
    }
    await using client = clientOf()
    const seen: string[] = []
    for await (const { type, object } of client.watch<Pod>(PODS, { resourceVersion: '5' })) {
      seen.push(`${type} ${object.metadata.name ?? ''}`)
    }
    expect(seen).toEqual(['ADDED größe', 'BOOKMARK ', 'DELETED b'])
    expect(url).toBe('/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=5')
  })

  test('a version that is gone can be told, as an event or as a refusal', async () => {
    const gone = failure(410, 'Expired', 'too old resource version: 5 (9)')
    handle = (_request, response) =>
      response.end(`${JSON.stringify({ type: 'ERROR', object: gone })}\n`)
    await using client = clientOf()
    const drain = (): Promise<void> => drainAll(client)
    await expect(drain()).rejects.toSatisfy(isGone)
    handle = (_request, response) => json(response, 410, gone)
    await expect(drain()).rejects.toSatisfy(isGone)
  })

  test('an abort ends it silently, and the server sees the connection close', async () => {
    const closed = new Promise((resolve) => {
      handle = (_request, response) => {
        response.on('close', () => resolve(true))
        response.write(event('ADDED', 'a'))
      }
    })
    await using client = clientOf(undefined, { timeoutMs: 100 })
    const controller = new AbortController()
    const seen: string[] = []
    const watch = client.watch(PODS, { resourceVersion: '5', signal: controller.signal })
    for await (const { type } of watch) {
      seen.push(type)
      // Watches have no time limit: wait longer than the client's before the end.
      setTimeout(() => controller.abort(), 200)
    }
    expect(seen).toEqual(['ADDED'])
    expect(await closed).toBe(true)
  })

  test('leaving the loop closes the connection, and so does closing the client', async () => {
    let closed = 0
    handle = (_request, response) => {
      response.on('close', () => closed++)
      response.write(event('ADDED', 'a'))
    }
    const client = clientOf()
    for await (const event of client.watch(PODS, { resourceVersion: '5' })) {
      if (event.type === 'ADDED') break
    }
    await expect.poll(() => closed).toBe(1)
    for await (const event of client.watch(PODS, { resourceVersion: '5' })) {
      if (event.type === 'ADDED') await client[Symbol.asyncDispose]()
    }
    await expect.poll(() => closed).toBe(2)
  })

  test('a stream that breaks off or is no stream of events is E_HTTP', async () => {
    await using client = clientOf()
    const drain = (): Promise<void> => drainAll(client)
    for (const text of [
      '{"type":"ADDED","obj',
      'nonsense\n',
      '{"type":"NEW","object":{}}\n',
      '7\n',
    ]) {
      handle = (_request, response) => response.end(text)
      await expect(drain()).rejects.toMatchObject({ code: 'E_HTTP' })
    }
    handle = (_request, response) => {
      response.write(event('ADDED', 'a'), () => response.destroy())
    }
    await expect(drain()).rejects.toMatchObject({ code: 'E_HTTP' })
  })

  test('a silent server is given up before its first byte', async () => {
    handle = () => undefined
    await using client = clientOf(undefined, { timeoutMs: 80 })
    const first = client.watch(PODS, { resourceVersion: '5' })[Symbol.asyncIterator]().next()
    await expect(first).rejects.toMatchObject({ code: 'E_HTTP' })
  })
})
