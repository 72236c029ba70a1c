import type { AgentConfig } from '../config.ts'
import { messageOf } from '../go-errors.ts'
import type { HttpGetter } from '../http-get.ts'
import { getChecked, type KubeletClient } from './client.ts'

/**
 * The kubelet through the API server's node proxy (`eks_fargate`): the only candidate then. Throws when the API server or
 * the node's name is not known. Source: pkg/util/kubernetes/kubelet
 */
export function nodeProxyBase({ api, kubelet }: AgentConfig): string {
  if (!api) throw new Error('failed to determine API server host/port')
  if (kubelet.nodeName === undefined || kubelet.nodeName === '') {
    throw new Error('kubelet nodename (kubernetes_kubelet_nodename) is not set')
  }
  return `${api.server}/api/v1/nodes/${encodeURIComponent(kubelet.nodeName)}/proxy`
}

/**
 * `kubelet_use_api_server`: `/pods`, and nothing else, is asked of the API server. The node's name comes from the kubelet's own
 * summary, which is read once. Throws in the Agent's words when that or the API server's address is missing.
 */
export async function podsFromApiServer(
  client: KubeletClient,
  { api }: AgentConfig,
  http: HttpGetter,
  signal: AbortSignal,
): Promise<KubeletClient> {
  if (!api) throw new Error('failed to determine API server host/port')
  const nodeName = await readNodeName(client, signal)
  const url = `${api.server}/api/v1/pods?fieldSelector=spec.nodeName=${encodeURIComponent(nodeName)}`
  return {
    base: client.base,
    async get(path, signal, options) {
      if (path !== '/pods') return client.get(path, signal, options)
      const { status, body, raw } = await http.get(url, { ...options, signal })
      return { url, status, body, raw }
    },
  }
}

async function readNodeName(client: KubeletClient, signal: AbortSignal): Promise<string> {
  try {
    const bytes = await getChecked(client, '/stats/summary', 'statssummary', signal)
    const { node } = JSON.parse(bytes.toString()) as { node?: { nodeName?: unknown } }
    if (typeof node?.nodeName === 'string' && node.nodeName !== '') return node.nodeName
    throw new Error('it names no node')
  } catch (cause) {
    signal.throwIfAborted()
    const text = `failed to get kubernetes nodename from /stats/summary: ${messageOf(cause)}`
    throw new Error(text, { cause })
  }
}
