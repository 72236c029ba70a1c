import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { PODS, type Container, type Pod } from '../../../kube/index.ts'
import { readLogOptions, type LogOptions } from '../../../kubelet/index.ts'
import { refusals } from '../refusals.ts'
import type { ResourceInfo } from '../request-info.ts'
import type { Store } from '../store.ts'
import type { OpenPodLog } from './open-kubelet-log.ts'

export const isPodLog = ({ group, version, resource, subresource }: ResourceInfo): boolean =>
  group === '' && version === 'v1' && resource === 'pods' && subresource === 'log'

/**
 * `GET …/pods/{name}/log`: options, pod and container are looked at in the order and with the words of a kube-apiserver
 * 1.36; the text is streamed, and ends when either side goes. A pod without a node has no log and no content.
 */
export async function servePodLog(
  server: {
    readonly context: { readonly store: Store }
    readonly openLog: OpenPodLog
    readonly signal: AbortSignal
  },
  info: ResourceInfo,
  response: ServerResponse,
): Promise<void> {
  if (info.verb !== 'get') throw refusals.methodNotAllowed()
  const options = optionsOf(info)
  const stored = server.context.store.get(PODS, info.namespace, info.name)
  if (stored === undefined) throw refusals.notFound(PODS, info.name)
  const pod = stored.object as Pod
  const container = containerOf(pod, info.query.get('container') ?? '')
  if (!pod.spec.nodeName) {
    response.writeHead(204, { 'Cache-Control': 'no-cache, private' }).end()
    return
  }
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const signal = AbortSignal.any([gone.signal, server.signal])
  const log = await server.openLog(pod, container, options, signal)
  response.writeHead(200, { 'Cache-Control': 'no-cache, private', 'Content-Type': 'text/plain' })
  response.flushHeaders()
  // Cut off by either side, which is how a follow ends.
  await pipeline(log, response, { signal }).catch(() => response.destroy())
}

function optionsOf({ query, name }: ResourceInfo): LogOptions {
  const read = readLogOptions(query)
  switch (read.kind) {
    case 'options':
      return read.options
    case 'unreadable':
      throw refusals.badRequest(read.message)
    case 'invalid':
      throw refusals.invalid({ ...PODS, kind: 'PodLogOptions' }, name, read.faults)
  }
}

/** The container that is named, or the only one (registry/core/pod, validateContainer). */
export function containerOf({ metadata, spec }: Pod, asked: string): string {
  const { name = '' } = metadata
  const names = (list: readonly Container[] = []): string[] => list.map((each) => each.name)
  const [containers, init] = [names(spec.containers), names(spec.initContainers)]
  const ephemeral = names((spec as { ephemeralContainers?: Container[] }).ephemeralContainers)
  if (asked !== '') {
    if ([...containers, ...init, ...ephemeral].includes(asked)) return asked
    throw refusals.badRequest(`container ${asked} is not valid for pod ${name}`)
  }
  const [only] = containers
  if (only !== undefined && containers.length === 1) return only
  const choice = containers.length === 0 ? '' : `, choose one of: [${containers.join(' ')}]`
  const other =
    containers.length === 0 || init.length === 0
      ? ''
      : ` or one of the init containers: [${init.join(' ')}]`
  throw refusals.badRequest(`a container name must be specified for pod ${name}${choice}${other}`)
}
