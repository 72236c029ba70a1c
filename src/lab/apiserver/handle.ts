import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { KubeStatusError } from '../../kube/index.ts'
import { authorizeRequest } from './authorize.ts'
import { dispatch } from './dispatch.ts'
import { impersonate } from './impersonate.ts'
import { PlainRefusal } from './plain-refusal.ts'
import { answerPlain, type PlainAnswer } from './plain-paths.ts'
import { isNodeProxy, serveNodeProxy } from './node-proxy/index.ts'
import { isPodLog, servePodLog } from './pod-logs/index.ts'
import { refusals } from './refusals.ts'
import type { Server } from './request-server.ts'
import { readAccept } from './representation.ts'
import { sendJson, sendPlain } from './respond.ts'
import { readRequestInfo, type RequestInfo } from './request-info.ts'

/** One request: who → what → may they → do it. Every refusal is a Status. */
export async function handle(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Audit-Id', randomUUID())
  try {
    const info = readRequestInfo(request)
    server.count(info)
    const caller = await server.authenticate(request)
    if (caller === undefined) throw refusals.unauthorized()
    const user = impersonate(request, caller, server.authorizer)
    authorizeRequest(server.authorizer, user, info)
    if (server.aggregator.serve(info.path, user, request, response)) return
    if (info.isResource && isPodLog(info)) await servePodLog(server, info, response)
    else if (info.isResource && isNodeProxy(info)) {
      await serveNodeProxy(server, info, request, response)
    } else if (info.isResource) await dispatch(server, info, user, request, response)
    else {
      const answer = plainAnswer(server, info, request)
      sendPlain(response, answer, request.headers['if-none-match'])
    }
  } catch (error) {
    sendError(server, response, error)
  }
}

function plainAnswer(server: Server, info: RequestInfo, request: IncomingMessage): PlainAnswer {
  if (info.verb !== 'get' && info.verb !== 'head') throw refusals.methodNotAllowed()
  return answerPlain(info.path, info.query, server.plain, readAccept(request.headers.accept))
}

function sendError(server: Server, response: ServerResponse, error: unknown): void {
  if (error instanceof PlainRefusal && !response.headersSent) {
    const headers = { 'X-Content-Type-Options': 'nosniff' }
    const contentType = 'text/plain; charset=utf-8'
    sendPlain(response, { code: error.code, contentType, body: error.text, headers })
    return
  }
  const known = error instanceof KubeStatusError
  if (!known) server.context.log.error({ err: error }, 'a request failed')
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status } = known ? error : refusals.internal('see the log of the API server')
  // Part of the body may be unread: the connection cannot be used again.
  if (status.code === 413) response.setHeader('Connection', 'close')
  sendJson(response, status.code, JSON.stringify(status))
}
