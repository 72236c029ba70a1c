import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { describeError } from '../../../core/index.ts'
import {
  KubeStatusError,
  PODS,
  failure,
  type Pod,
  type UpgradeAnswer,
  type UpgradeRequest,
} from '../../../kube/index.ts'
import { authorizeRequest } from '../authorize.ts'
import { impersonate } from '../impersonate.ts'
import { isNodeProxy, kubeletTarget, nodeNameOf } from '../node-proxy/index.ts'
import { refusals } from '../refusals.ts'
import { readRequestInfo, type ResourceInfo } from '../request-info.ts'
import type { Server } from '../request-server.ts'
import { readStreamRequest, streamKindOf } from './stream-request.ts'

/** A request for another protocol: who → what → may they → connect both sides. Every refusal is a Status. */
export async function serveUpgrade(
  server: Server,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => socket.destroy())
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  try {
    const signal = AbortSignal.any([gone.signal, server.signal])
    const answer = await connect(server, request, signal)
    if (answer.kind === 'refused') refuse(socket, answer)
    else join(request, { socket, head }, answer, server.signal)
  } catch (error) {
    if (!(error instanceof KubeStatusError)) {
      server.context.log.error({ err: error }, 'an upgrade failed')
    }
    const { status } = error instanceof KubeStatusError ? error : unreachable(error)
    const headers = { 'content-type': 'application/json' }
    refuse(socket, { status: status.code, headers, body: Buffer.from(JSON.stringify(status)) })
  }
}

/** What Go's proxy says when the kubelet cannot be reached. */
const unreachable = (error: unknown): KubeStatusError =>
  new KubeStatusError(failure(500, '', `error dialing backend: ${describeError(error)}`))

async function connect(
  server: Server,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<UpgradeAnswer> {
  const info = readRequestInfo(request)
  server.count(info)
  const caller = await server.authenticate(request)
  if (caller === undefined) throw refusals.unauthorized()
  const user = impersonate(request, caller, server.authorizer)
  authorizeRequest(server.authorizer, user, info)
  if (info.isResource && isNodeProxy(info)) {
    return await openNodeStream(server, info, request, signal)
  }
  const kind = info.isResource ? streamKindOf(info) : undefined
  if (kind === undefined || !info.isResource) throw refusals.badRequest('Upgrade request refused')
  // Since 1.35 a WebSocket, which is a GET, needs the right to create as well (KEP-4006).
  authorizeRequest(server.authorizer, user, { ...info, verb: 'create' })
  return await openStream(server, info, kind, request, signal)
}

async function openStream(
  server: Server,
  info: ResourceInfo,
  kind: NonNullable<ReturnType<typeof streamKindOf>>,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<UpgradeAnswer> {
  const stored = server.context.store.get(PODS, info.namespace, info.name)
  if (stored === undefined) throw refusals.notFound(PODS, info.name)
  const pod = stored.object as Pod
  const asked = readStreamRequest(kind, pod, info.query)
  if (!pod.spec.nodeName) {
    throw refusals.badRequest(`pod ${info.name} does not have a host assigned`)
  }
  return await server.openStream(pod, asked, passedOn(request, signal))
}

/** An upgrade through `nodes/proxy`: the kubelet sees a GET of the API server, and executes. */
async function openNodeStream(
  server: Server,
  info: ResourceInfo,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<UpgradeAnswer> {
  const { client, prefix } = await server.findNode(nodeNameOf(info))
  return await client.upgrade({ ...passedOn(request, signal), path: prefix + kubeletTarget(info) })
}

function passedOn(
  { method, headers }: IncomingMessage,
  signal: AbortSignal,
): Omit<UpgradeRequest, 'path'> {
  const passed = Object.entries(headers).filter(([name]) => PASSED.test(name))
  return {
    method: method === 'POST' ? 'POST' : 'GET',
    headers: Object.fromEntries(passed),
    signal,
  }
}

/** What belongs to the protocol; the caller's credentials end here. */
const PASSED = /^(connection|upgrade|sec-websocket-.*|x-stream-protocol-version)$/

function join(
  request: IncomingMessage,
  client: { socket: Duplex; head: Buffer },
  answer: Extract<UpgradeAnswer, { kind: 'upgraded' }>,
  stopping: AbortSignal,
): void {
  const lines = Object.entries(answer.headers).map(
    ([name, value]) => `${name}: ${String(value)}\r\n`,
  )
  client.socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`)
  if (answer.head.length > 0) client.socket.write(answer.head)
  if (client.head.length > 0) answer.socket.write(client.head)
  const end = (): void => {
    client.socket.destroy()
    answer.socket.destroy()
  }
  request.setTimeout(0)
  answer.socket.on('error', end)
  answer.socket.once('close', () => client.socket.end())
  client.socket.once('close', end)
  stopping.addEventListener('abort', end, { once: true })
  answer.socket.once('close', () => stopping.removeEventListener('abort', end))
  client.socket.pipe(answer.socket)
  answer.socket.pipe(client.socket)
}

function refuse(
  socket: Duplex,
  {
    status,
    headers,
    body,
  }: Pick<Extract<UpgradeAnswer, { kind: 'refused' }>, 'status' | 'headers' | 'body'>,
): void {
  const type = headers['content-type'] ?? 'text/plain; charset=utf-8'
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  )
  socket.end(body)
}
