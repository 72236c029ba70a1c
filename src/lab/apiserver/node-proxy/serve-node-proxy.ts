import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { describeError } from '../../../core/index.ts'
import { KubeStatusError, failure, type KubeClient } from '../../../kube/index.ts'
import type { KubeletConnections } from '../pod-logs/index.ts'
import { refusals } from '../refusals.ts'
import type { ResourceInfo } from '../request-info.ts'

/** Where a node's kubelet can be asked: a client, and what comes before the kubelet's own paths there. */
export interface NodeTarget {
  readonly client: KubeClient
  readonly prefix: string
}

/** Throws KubeStatusError for a node that is not there. */
export type FindNode = (nodeName: string) => Promise<NodeTarget>

/** The kubelets themselves, as a kube-apiserver connects to them. */
export const kubeletOfNode =
  (connections: KubeletConnections): FindNode =>
  async (nodeName) => ({ client: await connections.to(nodeName), prefix: '' })

export const isNodeProxy = ({ group, version, resource, subresource }: ResourceInfo): boolean =>
  group === '' && version === 'v1' && resource === 'nodes' && subresource === 'proxy'

/** What of a request is passed on: never the caller's credential. */
const PASSED = ['accept', 'accept-encoding', 'content-type'] as const
/** What of an answer comes back. */
const RETURNED = ['content-type', 'content-encoding', 'location', 'allow'] as const

/**
 * `/api/v1/nodes/{name}/proxy/{path}`: the kubelet's own answer, asked for with the API server's credential. Whoever may
 * `get nodes/proxy` reads everything of the node this way, and with an upgrade runs commands in its pods.
 */
export async function serveNodeProxy(
  server: { readonly findNode: FindNode; readonly signal: AbortSignal },
  info: ResourceInfo,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { client, prefix } = await server.findNode(nodeNameOf(info))
  if (request.method !== 'GET' && request.method !== 'HEAD') throw refusals.methodNotAllowed()
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const signal = AbortSignal.any([gone.signal, server.signal])
  const headers = Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = request.headers[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
  const answer = await client
    .stream(prefix + kubeletTarget(info), { headers, signal })
    .catch((error: unknown) => {
      throw new KubeStatusError(
        failure(
          503,
          'ServiceUnavailable',
          `error trying to reach service: ${describeError(error)}`,
        ),
      )
    })
  const returned = RETURNED.flatMap((name) => {
    const value = answer.headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  response.writeHead(answer.status, {
    'Cache-Control': 'no-cache, private',
    ...Object.fromEntries(returned),
  })
  await pipeline(answer.body, response, { signal }).catch(() => response.destroy())
}

/** `https:NAME:PORT` and `NAME:PORT` name the port as well; there is one kubelet per node here, at its own. */
export function nodeNameOf({ name }: ResourceInfo): string {
  const parts = name.split(':')
  return (parts.length === 3 ? parts[1] : parts[0]) ?? ''
}

/** Path and query below the kubelet: its own, as they were sent. */
export function kubeletTarget({ path, query }: ResourceInfo): string {
  const below = /^\/api\/v1\/nodes\/[^/]+\/proxy(\/.*)?$/.exec(path)?.[1] ?? '/'
  const text = query.toString()
  return text === '' ? below : `${below}?${text}`
}
