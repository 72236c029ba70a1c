import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Resource, UserInfo } from '../../kube/index.ts'
import { bindNamed, bindPod } from './bind-pod.ts'
import { contentTypeOf, readBody, type Body } from './body.ts'
import type { ApiContext, Reply, ResourceRequest } from './context.ts'
import { evictPod } from './evict-pod.ts'
import type { Kind } from './kinds/index.ts'
import { PAGE_NOT_FOUND } from './plain-paths.ts'
import { present } from './present.ts'
import { refusals } from './refusals.ts'
import { negotiate } from './representation.ts'
import type { ResourceInfo } from './request-info.ts'
import type { Server } from './request-server.ts'
import { sendEncoded, sendJson, sendPlain } from './respond.ts'
import { review } from './reviews.ts'
import { scaleView } from './scale.ts'
import { viewOf } from './store-view.ts'
import { requestToken } from './token-request.ts'
import { create } from './verbs/create.ts'
import { removeCollection } from './verbs/delete-collection.ts'
import { remove } from './verbs/delete.ts'
import { patch } from './verbs/patch.ts'
import { get, list } from './verbs/read.ts'
import { update } from './verbs/update.ts'
import { watch } from './verbs/watch.ts'
import { BINDINGS, findVirtualKind } from './virtual-kinds.ts'

/** Finds what a resource request is about and answers it. */
export async function dispatch(
  server: Server,
  info: ResourceInfo,
  user: UserInfo,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { group, version, resource } = info
  const virtual = findVirtualKind(group, version, resource)
  if (virtual) {
    sendJson(response, 201, await answerVirtual(server, virtual, info, user, request))
    return
  }
  const kind = server.context.kinds.find(group, version, resource)
  if (kind === undefined || !isServed(kind, info)) {
    // A server that has the group version says it in a Status; nobody else knows of a kind there.
    const all = server.context.kinds.all()
    const isBuiltIn = all.some(({ custom, resource: of }) => !custom && of.group === group)
    if (isBuiltIn) throw refusals.noSuchResource()
    sendPlain(response, PAGE_NOT_FOUND)
    return
  }
  const context = { ...server.context, store: viewOf(server.context.store, kind) }
  const body = isWrite(info) ? await readBody(request) : NO_BODY
  const warnings: string[] = kind.deprecation === undefined ? [] : [kind.deprecation]
  setWarnings(response, warnings)
  const form = negotiate(request.headers.accept, info.query)
  const asked: ResourceRequest = {
    info,
    form,
    kind,
    user,
    body: body.value,
    duplicates: body.duplicates,
    contentType: contentTypeOf(request),
    userAgent: request.headers['user-agent'] ?? '',
    warnings,
  }
  if (info.verb === 'watch') {
    watch(context, asked, response, server.signal)
    return
  }
  const reply = await (info.subresource === '' ? main(context, asked) : sub(server, context, asked))
  setWarnings(response, warnings)
  const shown = present(kind, form, reply, context.clock.now())
  await sendEncoded(response, reply.code, shown, form.encoding)
}

/** What is asked and answered, never stored. */
async function answerVirtual(
  server: Server,
  of: Resource,
  info: ResourceInfo,
  user: UserInfo,
  request: IncomingMessage,
): Promise<string> {
  if (info.verb !== 'create' || info.name !== '') throw refusals.methodNotAllowed()
  const { value } = await readBody(request)
  const { namespace } = info
  return JSON.stringify(
    of === BINDINGS
      ? bindNamed(server.context, namespace ?? '', value)
      : await review(server, of, user, value, namespace),
  )
}

const NO_BODY: Body = { value: undefined, duplicates: [] }

function setWarnings(response: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length > 0) response.setHeader('Warning', warnings.map(warningOf))
}

/** RFC 7234, 5.5: code, no agent, and the text in quotes. */
const warningOf = (text: string): string =>
  `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/[^\x20-\x7e]/g, '?')}"`

const isWrite = (info: ResourceInfo): boolean =>
  info.verb !== 'get' && info.verb !== 'list' && info.verb !== 'watch'

/** Whether there is such a path at all. */
function isServed(kind: Kind, info: ResourceInfo): boolean {
  const { resource } = kind
  if (info.rest !== '') return false
  if (info.subresource !== '' && !kind.subresources.includes(info.subresource)) return false
  if (!resource.namespaced) return info.namespace === undefined || resource.plural === 'namespaces'
  const oneObject = ['get', 'update', 'patch', 'delete'].includes(info.verb)
  return info.namespace !== undefined || !oneObject
}

function main(context: ApiContext, asked: ResourceRequest): Reply {
  const named = asked.info.name !== ''
  switch (asked.info.verb) {
    case 'get':
      return get(context, asked)
    case 'list':
    case 'watch':
      return list(context, asked)
    case 'create':
      if (named) throw refusals.methodNotAllowed()
      return create(context, asked)
    case 'update':
      if (!named) throw refusals.methodNotAllowed()
      return update(context, asked)
    case 'patch':
      if (!named) throw refusals.methodNotAllowed()
      return patch(context, asked)
    case 'delete':
      return remove(context, asked)
    case 'deletecollection':
      return removeCollection(context, asked)
  }
}

type Answer = Reply | Promise<Reply>
type Subresource = (context: ApiContext, asked: ResourceRequest, server: Server) => Answer

const scale: Subresource = (context, asked) => {
  const view = scaleView(context, asked)
  return main(view.context, view.request)
}

/** What is below an object, by verb. Kinds say which of them they have. */
const SUBRESOURCES: Readonly<Record<string, Subresource>> = {
  'get status': get,
  'update status': update,
  'patch status': patch,
  'get scale': scale,
  'update scale': scale,
  'patch scale': scale,
  'update finalize': update,
  'create token': (context, asked, server) => requestToken(context, asked, server.signer),
  'create binding': bindPod,
  'create eviction': evictPod,
  'get ephemeralcontainers': get,
  'update ephemeralcontainers': update,
  'patch ephemeralcontainers': patch,
}

function sub(server: Server, context: ApiContext, asked: ResourceRequest): Answer {
  const { verb, subresource } = asked.info
  const found = SUBRESOURCES[`${verb} ${subresource}`]
  if (found === undefined) throw refusals.methodNotAllowed()
  return found(context, asked, server)
}
