import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer as createHttp1Server } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeServer, listen } from '../../core/index.ts'
import { checkRequest, checkResponse } from './grpc-health.ts'
import { probeGrpc } from './grpc-probe.ts'

const HEADERS = { ':status': 200, 'content-type': 'application/grpc' }
const message = (...bytes: number[]): Buffer => Buffer.from([0, 0, 0, 0, bytes.length, ...bytes])

/** What the server answers, by the service that is asked for. */
const ANSWERS: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  '': (stream) => answer(stream, message(8, 1), '0'),
  down: (stream) => answer(stream, message(8, 2), '0'),
  unknown: (stream) => answer(stream, message(), '0'),
  odd: (stream) => answer(stream, message(8, 9), '0'),
  more: (stream) => answer(stream, message(0x12, 2, 65, 65, 8, 1, 0x1d, 0, 0, 0, 0), '0'),
  broken: (stream) => answer(stream, message(8), '0'),
  huge: (stream) => answer(stream, Buffer.alloc(9000), '0'),
  absent: (stream) =>
    stream.respond(
      { ...HEADERS, 'grpc-status': '5', 'grpc-message': 'unknown%20service' },
      { endStream: true },
    ),
  other: (stream) =>
    stream.respond(
      {
        ...HEADERS,
        'grpc-status': '12',
        'grpc-message': 'unknown service grpc.health.v1.Health',
      },
      { endStream: true },
    ),
  web: (stream) => stream.respond({ ':status': 404 }, { endStream: true }),
  silent: () => undefined,
  gone: (stream) => stream.session?.destroy(),
}

function answer(stream: ServerHttp2Stream, bytes: Buffer, status: string): void {
  stream.respond(HEADERS, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }))
  stream.on('error', () => undefined)
  stream.end(bytes)
}

let server: Http2Server
let port: number
const asked: string[] = []
beforeAll(async () => {
  server = createServer()
  server.on('stream', (stream, headers) => {
    asked.push(`${String(headers[':method'])} ${String(headers[':path'])} ${String(headers['te'])}`)
    stream.on('error', () => undefined)
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => ANSWERS[Buffer.concat(chunks).subarray(7).toString()]?.(stream))
  })
  port = await listen(server, { address: '127.0.0.1', port: 0 }, 'the test')
})
afterAll(() => closeServer(server))

const probe = (service: string, at = port, timeoutMs = 2000): Promise<string | undefined> =>
  probeGrpc({ host: '127.0.0.1', port: at, service, timeoutMs })

const RPC = 'error: health rpc probe failed: rpc error: code ='
test.each([
  ['', undefined],
  ['more', undefined],
  ['down', 'service unhealthy (responded with "NOT_SERVING")'],
  ['unknown', 'service unhealthy (responded with "UNKNOWN")'],
  ['odd', 'service unhealthy (responded with "9")'],
  ['absent', `${RPC} NotFound desc = unknown service`],
  ['broken', `${RPC} Internal desc = cannot parse invalid wire-format data`],
  ['huge', `${RPC} Unavailable desc = received message larger than max`],
  ['gone', `${RPC} Unavailable desc = error reading from server: EOF`],
  [
    'other',
    'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service grpc.health.v1.Health',
  ],
  [
    'web',
    'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unexpected HTTP status code received from server: 404',
  ],
])('of the service %j it says %j', async (service, why) => {
  expect(await probe(service)).toBe(why)
  expect(asked.at(-1)).toBe('POST /grpc.health.v1.Health/Check trailers')
})

test('what does not answer, does not speak HTTP/2 or is not there has its time and no more', async () => {
  const other = createHttp1Server()
  const otherPort = await listen(other, { address: '127.0.0.1', port: 0 }, 'the test')
  const timeout = (at: number): string =>
    `timeout: failed to connect service "127.0.0.1:${at}" within 0.2s: context deadline exceeded`
  const [silent, http1, nobody] = await Promise.all([
    probe('silent', port, 200),
    probe('', otherPort, 200),
    probe('', 1, 200),
  ])
  await closeServer(other)
  expect(silent).toBe('timeout: health rpc did not complete within 0.2s')
  expect([http1, nobody]).toEqual([timeout(otherPort), timeout(1)])
})

test('a request has its length in front; no answer makes the reader do anything but read or throw', () => {
  expect(checkRequest('')).toEqual(Buffer.from([0, 0, 0, 0, 0]))
  expect(checkRequest('a'.repeat(200)).subarray(0, 8)).toEqual(
    Buffer.from([0, 0, 0, 0, 203, 10, 200, 1]),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const length = Buffer.alloc(5)
      length.writeUInt32BE(bytes.length, 1)
      try {
        expect(checkResponse(Buffer.concat([length, bytes]))).toMatch(/^[A-Z_]+$|^\d/)
      } catch (error) {
        expect((error as Error).message).toMatch(/EOF|wire-format/)
      }
    }),
  )
})
