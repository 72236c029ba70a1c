import type { DockerEndpoint } from '../config.ts'
import { createHttpGetter } from '../http-get.ts'
import { DOCKER_TIMEOUT_MS } from '../limits.ts'
import { socketAddress } from '../unix-socket-path.ts'
import type {
  DockerContainer,
  DockerImage,
  DockerInfo,
  DockerInspect,
  DockerStats,
} from './types.ts'

/** The questions that the agent asks the Docker Engine. Throws a GetError, or an Error that names path and status. */
export interface DockerClient extends Disposable {
  info(signal: AbortSignal): Promise<DockerInfo>
  /** Running containers. */
  containers(signal: AbortSignal): Promise<DockerContainer[]>
  images(signal: AbortSignal): Promise<DockerImage[]>
  inspect(id: string, signal: AbortSignal): Promise<DockerInspect>
  /** One reading, without the second that a stream's first answer takes. */
  stats(id: string, signal: AbortSignal): Promise<DockerStats>
}

/** `timeoutMs`: of each question (`docker_query_timeout`). */
export function createDockerClient(
  endpoint: DockerEndpoint,
  timeoutMs: number = DOCKER_TIMEOUT_MS,
): DockerClient {
  const socket = endpoint.kind === 'unix' ? openSocket(endpoint.path) : undefined
  const base = endpoint.kind === 'unix' ? 'http://localhost' : endpoint.url.replace(/\/+$/, '')
  const http = createHttpGetter({ socketPath: socket?.path })
  const ask = async (path: string, signal: AbortSignal): Promise<unknown> => {
    const answer = await http.get(base + path, { signal, timeoutMs })
    if (answer.status !== 200) throw new Error(`Docker answered ${answer.status} to GET ${path}`)
    return JSON.parse(answer.body) as unknown
  }
  return {
    info: async (signal) => (await ask('/info', signal)) as DockerInfo,
    containers: async (signal) => listOf<DockerContainer>(await ask('/containers/json', signal)),
    images: async (signal) => listOf<DockerImage>(await ask('/images/json', signal)),
    inspect: async (id, signal) =>
      (await ask(`/containers/${encodeURIComponent(id)}/json`, signal)) as DockerInspect,
    stats: async (id, signal) =>
      (await ask(
        `/containers/${encodeURIComponent(id)}/stats?stream=0&one-shot=1`,
        signal,
      )) as DockerStats,
    [Symbol.dispose]() {
      http.close()
      socket?.close()
    },
  }
}

const listOf = <T>(answer: unknown): T[] => (Array.isArray(answer) ? (answer as T[]) : [])

/** A directory that is not there leaves the plain path: asking then says what is missing. */
function openSocket(path: string): ReturnType<typeof socketAddress> {
  try {
    return socketAddress(path)
  } catch {
    return { path, close: () => undefined }
  }
}
