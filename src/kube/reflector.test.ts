import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listen } from '../core/index.ts'
import { createAuthority } from './certificates.ts'
import type { KubeClient } from './client.ts'
import { createKubeClient } from './http-client.ts'
import type { Pod } from './objects.ts'
import { createReflector, type Reflector } from './reflector.ts'
import { PODS } from './resources.ts'
import { failure } from './status.ts'

const BACKOFF = { firstMs: 5, longestMs: 40 }

let server: Server
let client: KubeClient
/** What the next list holds, and the watches that are open. */
let pods: Pod[]
let watches: { version: string; response: ServerResponse }[]
let lists: number
let refuse: (request: IncomingMessage, response: ServerResponse) => boolean

beforeAll(async () => {
  const authority = await createAuthority('test-ca')
  const serving = await authority.issueServing({ commonName: 'kube', addresses: ['127.0.0.1'] })
  server = createServer({ cert: serving.certPem, key: serving.keyPem }, (request, response) => {
    if (refuse(request, response)) return
    const query = new URL(request.url ?? '', 'https://x').searchParams
    if (query.get('watch') === 'true') {
      response.writeHead(200).flushHeaders()
      watches.push({ version: query.get('resourceVersion') ?? '', response })
    } else {
      lists++
      const metadata = { resourceVersion: `list-${lists}` }
      response.end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items: pods }))
    }
  })
  const port = await listen(server, { address: '127.0.0.1', port: 0 }, 'test')
  client = createKubeClient({
    server: `https://127.0.0.1:${port}`,
    ca: authority.certPem,
    credential: { kind: 'none' },
  })
})

beforeEach(() => {
  pods = []
  watches = []
  lists = 0
  refuse = () => false
})

afterAll(async () => {
  await client[Symbol.asyncDispose]()
  server.closeAllConnections()
  server.close()
})

function pod(name: string, uid = name, version = '1'): Pod {
  return {
    metadata: { name, namespace: 'a', uid, resourceVersion: version },
    spec: { containers: [] },
  }
}

async function watchNumber(count: number): Promise<(typeof watches)[number]> {
  await expect.poll(() => watches.length, { interval: 5 }).toBeGreaterThanOrEqual(count)
  return watches[count - 1]!
}

function send(response: ServerResponse, type: string, object: object): void {
  response.write(`${JSON.stringify({ type, object })}\n`)
}

/** A reflector and all that it told. */
function record(): { reflector: Reflector<Pod>; told: string[] } {
  const reflector = createReflector<Pod>(client, PODS, { backoff: BACKOFF })
  const told: string[] = []
  reflector.onChange(({ type, object, previous }) => {
    const before = previous === undefined ? '' : ` (was ${previous.metadata.uid ?? ''})`
    told.push(`${type} ${object.metadata.uid ?? ''}${before}`)
  })
  return { reflector, told }
}

test('it lists, then follows', async () => {
  pods = [pod('x')]
  const { reflector, told } = record()
  await using following = reflector
  await following.ready
  expect(following.get({ namespace: 'a', name: 'x' })?.metadata.uid).toBe('x')
  const { version, response } = await watchNumber(1)
  expect(version).toBe('list-1')
  send(response, 'ADDED', pod('y'))
  send(response, 'MODIFIED', pod('x', 'x', '2'))
  send(response, 'MODIFIED', pod('x', 'x', '2'))
  send(response, 'DELETED', pod('y', 'y', '3'))
  send(response, 'ADDED', pod('x', 'x2', '4'))
  await expect
    .poll(() => told)
    .toEqual([
      'added x',
      'added y',
      'modified x (was x)',
      'deleted y (was y)',
      'deleted x (was x)',
      'added x2',
    ])
  expect(following.list().map(({ metadata }) => metadata.uid)).toEqual(['x2'])
})

test('a watch that ends is taken up where it was, bookmarks included', async () => {
  const { reflector } = record()
  await using following = reflector
  await following.ready
  const { response } = await watchNumber(1)
  send(response, 'ADDED', pod('x', 'x', '7'))
  send(response, 'BOOKMARK', { metadata: { resourceVersion: '9' } })
  response.end()
  expect((await watchNumber(2)).version).toBe('9')
  expect(lists).toBe(1)
})

test('a gone version leads to a new list, which is told as differences', async () => {
  pods = [pod('stays'), pod('goes'), pod('changes'), pod('again', 'u1')]
  const { reflector, told } = record()
  await using following = reflector
  const { response } = await watchNumber(1)
  told.length = 0
  pods = [pod('stays'), pod('changes', 'changes', '2'), pod('again', 'u2'), pod('new')]
  send(response, 'ERROR', failure(410, 'Expired', 'too old resource version'))
  response.end()
  await watchNumber(2)
  expect(told).toEqual([
    'deleted goes (was goes)',
    'modified changes (was changes)',
    'deleted u1 (was u1)',
    'added u2',
    'added new',
  ])
  expect(following.list()).toHaveLength(4)
})

test('errors, hang-ups and junk are survived', async () => {
  let refusals = 0
  refuse = (_request, response) => {
    if (refusals++ >= 3) return false
    if (refusals === 1) response.writeHead(500).end()
    else if (refusals === 2) response.destroy()
    else response.end('{"items":[{}]}')
    return true
  }
  pods = [pod('x')]
  const { reflector } = record()
  await using following = reflector
  await following.ready
  expect(following.list()).toHaveLength(1)
  const { response } = await watchNumber(1)
  response.write('nonsense\n')
  const second = await watchNumber(2)
  send(second.response, 'ADDED', pod('y'))
  await expect.poll(() => following.list().length).toBe(2)
})

test('a listener that throws does not stop the others, and can be taken away', async () => {
  await using reflector = createReflector<Pod>(client, PODS, { backoff: BACKOFF })
  reflector.onChange(() => {
    throw new Error('oops')
  })
  const told: string[] = []
  const end = reflector.onChange(({ type }) => told.push(type))
  const { response } = await watchNumber(1)
  send(response, 'ADDED', pod('x'))
  await expect.poll(() => told).toEqual(['added'])
  end()
  send(response, 'ADDED', pod('y'))
  await expect.poll(() => reflector.list().length).toBe(2)
  expect(told).toEqual(['added'])
})

test('stopping closes the watch; stopping early fails `ready`', async () => {
  const controller = new AbortController()
  const reflector = createReflector<Pod>(client, PODS, { signal: controller.signal })
  await reflector.ready
  const { response } = await watchNumber(1)
  controller.abort()
  await expect.poll(() => response.destroyed).toBe(true)
  await reflector[Symbol.asyncDispose]()
  await reflector[Symbol.asyncDispose]()

  refuse = () => true
  const early = createReflector<Pod>(client, PODS)
  await early[Symbol.asyncDispose]()
  await expect(early.ready).rejects.toThrow('stopped before the first list of pods')
})
