import { readFileSync } from 'node:fs'
import { secret } from '../../../core/secret.ts'
import type { Pod } from '../../../kube/objects.ts'
import { PODS, pathOf } from '../../../kube/resources.ts'
import type { ApiConfig, AgentConfig } from '../../config.ts'
import { describe, messageOf } from '../../go-errors.ts'
import { createHttpGetter } from '../../http-get.ts'
import { isFresh } from '../../is-fresh.ts'
import { STATS_CACHE_MS } from '../../limits.ts'
import { indexPods, parsePodList, type Workload } from '../../store/workload.ts'
import type { VirtualNames } from '../../store/virtual-names.ts'

/** What came of asking the agent's own API server for its pods. */
export interface ApiAnswer {
  /** null: not in a cluster. */
  readonly server: string | null
  readonly ok: boolean
  readonly error: string | null
}

export interface OwnApi {
  /** The pods of this node that the own cluster knows; undefined when it cannot be asked (the answer says why). */
  pods(
    signal: AbortSignal,
  ): Promise<{ readonly api: ApiAnswer; readonly workload: Workload | undefined }>
}

export interface OwnApiOptions {
  readonly config: AgentConfig
  readonly now: () => number
  readonly virtualNames?: VirtualNames | undefined
}

/** Asks like any pod does: the mounted token and CA, read anew each time, against KUBERNETES_SERVICE_HOST. */
export function createOwnApi({ config, now, virtualNames }: OwnApiOptions): OwnApi {
  const { api } = config
  let nodeName = config.kubelet.nodeName
  let known: { readonly at: number; readonly workload: Workload } | undefined
  return {
    async pods(signal) {
      if (!api) {
        const error = 'not in a cluster: KUBERNETES_SERVICE_HOST is not set'
        return { api: { server: null, ok: false, error }, workload: undefined }
      }
      const answer = { server: api.server, ok: true, error: null }
      if (known && isFresh(known.at, now(), STATS_CACHE_MS))
        return { api: answer, workload: known.workload }
      try {
        const list = await readPods(config, api, nodeName, signal)
        const workload = indexPods(list, now(), virtualNames, config.podList.expirationMs)
        nodeName ??= findNodeName(config, api, workload)
        known = { at: now(), workload }
        return { api: answer, workload }
      } catch (error) {
        signal.throwIfAborted()
        known = undefined
        return { api: { ...answer, ok: false, error: messageOf(error) }, workload: undefined }
      }
    },
  }
}

async function readPods(
  config: AgentConfig,
  api: ApiConfig,
  nodeName: string | undefined,
  signal: AbortSignal,
): Promise<Pod[]> {
  const selector =
    nodeName === undefined ? '' : `?fieldSelector=spec.nodeName%3D${encodeURIComponent(nodeName)}`
  const url = api.server + pathOf(PODS) + selector
  const token = secret(readMounted(config, api.tokenPath).trim())
  const http = createHttpGetter({ ca: readMounted(config, api.caPath) })
  try {
    const headers = { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' }
    const answer = await http.get(url, { headers, signal })
    if (answer.status !== 200) throw new Error(`GET ${url}: ${answer.status} ${answer.statusText}`)
    return parsePodList(answer.body)
  } finally {
    http.close()
  }
}

function readMounted(config: AgentConfig, path: string): string {
  try {
    return readFileSync(config.real(path), 'utf8')
  } catch (error) {
    throw new Error(describe(error, path), { cause: error })
  }
}

/** The first list is of all nodes; the agent's own pod, or one at the kubelet's address, tells which node is ours. */
function findNodeName(config: AgentConfig, api: ApiConfig, { pods }: Workload): string | undefined {
  const own = pods.find(({ name }) => name === api.ownPodName)
  const neighbour = pods.find(({ pod }) => {
    const { host } = config.kubelet
    return host !== '' && pod.status?.hostIP === host
  })
  return (own ?? neighbour)?.pod.spec.nodeName
}
