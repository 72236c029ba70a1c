import type { Readable } from 'node:stream'
import { KubeStatusError, failure, readSome, type Pod } from '../../../kube/index.ts'
import { logQuery, type LogOptions } from '../../../kubelet/index.ts'
import type { KubeletConnections } from './kubelet-connections.ts'

/** Opens a container's log, wherever it is. Throws KubeStatusError for what the server shall answer instead. */
export type OpenPodLog = (
  pod: Pod,
  container: string,
  options: LogOptions,
  signal: AbortSignal,
) => Promise<Readable>

/** The log from the kubelet of the pod's node, as kube-apiserver reads it (registry/core/pod, LogLocation). */
export function openKubeletLog(connections: KubeletConnections): OpenPodLog {
  return async ({ metadata, spec }, container, options, signal) => {
    const { name = '', namespace = '' } = metadata
    const path = `/containerLogs/${namespace}/${name}/${container}`
    const query = logQuery(options)
    const kubelet = await connected(connections, spec.nodeName ?? '')
    const answer = await kubelet
      .stream(query === '' ? path : `${path}?${query}`, { signal })
      .catch((error: unknown) => {
        throw signal.aborted ? error : unreachable(error)
      })
    if (answer.status === 200) return answer.body
    const text = (await readSome(answer.body)).toString('utf8')
    answer.body.destroy()
    throw refusalOf(answer.status, text, name)
  }
}

async function connected(
  connections: KubeletConnections,
  nodeName: string,
): ReturnType<KubeletConnections['to']> {
  return await connections.to(nodeName).catch((error: unknown) => {
    throw error instanceof KubeStatusError ? error : unreachable(error)
  })
}

/** What Go's client says becomes the message of a Status without a reason. */
function unreachable(error: unknown): KubeStatusError {
  const why = error instanceof Error ? error.message : 'the kubelet cannot be reached'
  return new KubeStatusError(failure(500, '', why))
}

/**
 * A kubelet's refusal in the API server's words (GenericHttpResponseChecker, NewGenericServerResponse): the kubelet's own
 * text only where it is a bad request or the caller of the kubelet was refused.
 */
export function refusalOf(status: number, text: string, pod: string): KubeStatusError {
  if (status === 400) return new KubeStatusError(failure(400, 'BadRequest', text))
  if (status === 500) {
    const message = `Internal error occurred: ${text}`
    return new KubeStatusError(
      failure(500, 'InternalError', message, { causes: [{ message: text }] }),
    )
  }
  const [reason, said] = GENERIC[status] ?? [
    status > 500 ? 'InternalError' : 'Unknown',
    `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`,
  ]
  const message = `${said ?? text} ( pods/log ${pod})`
  const details = {
    name: pod,
    kind: 'pods/log',
    causes: [{ reason: 'UnexpectedServerResponse', message: text }],
  }
  return new KubeStatusError(failure(status, reason, message, details))
}

const GENERIC: Readonly<Record<number, readonly [reason: string, message: string | undefined]>> = {
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', undefined],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: [
    'TooManyRequests',
    'the server has received too many requests and has asked us to try again later',
  ],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
}
