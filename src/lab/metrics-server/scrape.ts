import { isIPv6 } from 'node:net'
import { readFile } from 'node:fs/promises'
import { containerPath, describeError, type Logger } from '../../core/index.ts'
import {
  createKubeClient,
  type KubeClient,
  type KubeClientOptions,
  type Node,
} from '../../kube/index.ts'
import { decodeBatch, type Batch } from './decode.ts'
import type { KubeletFlags } from './options.ts'

/** Reads the kubelets of nodes. One bad node never spoils the rest. */
export interface Scraper extends AsyncDisposable {
  scrape(nodes: readonly Node[], signal: AbortSignal): Promise<Map<string, Batch>>
}

/** A Node may move the path of its kubelet. */
const PATH_ANNOTATION = 'metrics.k8s.io/resource-metrics-path'
const MAX_BYTES = 16 * 1024 * 1024

/** Goes to each node's kubelet with the ServiceAccount's own token. */
export async function createScraper(
  flags: KubeletFlags,
  own: KubeClientOptions,
  log: Logger,
): Promise<Scraper> {
  const { caFile } = flags
  const ca = caFile === undefined ? own.ca : await readFile(containerPath(caFile), 'utf8')
  const clients = new Map<string, KubeClient>()
  const clientOf = (server: string): KubeClient => {
    const known = clients.get(server)
    if (known !== undefined) return known
    const made = createKubeClient({
      server,
      ca,
      credential: own.credential,
      insecureSkipTlsVerify: flags.insecureTls,
      timeoutMs: flags.timeoutMs,
      userAgent: 'metrics-server/v0.8.0',
    })
    clients.set(server, made)
    return made
  }
  const read = async (node: Node, signal: AbortSignal): Promise<Batch> => {
    const path = node.metadata.annotations?.[PATH_ANNOTATION] ?? '/metrics/resource'
    const client = clientOf(kubeletUrl(node, flags))
    const answer = await client.raw('GET', path.startsWith('/') ? path : `/${path}`, {
      headers: { accept: 'text/plain; version=0.0.4' },
      maxBytes: MAX_BYTES,
      signal,
    })
    if (answer.status !== 200) {
      const status = `${answer.status} ${STATUS_TEXT[answer.status] ?? ''}`.trim()
      throw new Error(`request failed, status: "${status}"`)
    }
    return decodeBatch(answer.body.toString('utf8'))
  }
  return {
    async scrape(nodes, signal) {
      const batches = new Map<string, Batch>()
      await Promise.all(
        nodes.map(async (node) => {
          const name = node.metadata.name ?? ''
          try {
            batches.set(name, await read(node, signal))
          } catch (error) {
            if (signal.aborted) return
            log.error({ node: name, err: describeError(error) }, 'Failed to scrape node')
          }
        }),
      )
      return batches
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients.values()].map((client) => client[Symbol.asyncDispose]()))
    },
  }
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
}

/** Throws for a node with none of the wanted addresses. */
export function kubeletUrl({ metadata, status }: Node, flags: KubeletFlags): string {
  const known = status?.addresses ?? []
  const ownPort = status?.daemonEndpoints?.kubeletEndpoint.Port ?? 0
  const port = flags.useNodeStatusPort && ownPort > 0 ? ownPort : flags.port
  for (const type of flags.addressTypes) {
    const found = known.find((one) => one.type === type && one.address !== '')
    if (found === undefined) continue
    return `https://${isIPv6(found.address) ? `[${found.address}]` : found.address}:${port}`
  }
  const name = metadata.name ?? ''
  throw new Error(`node ${name} had no addresses that matched types ${flags.addressTypes.join()}`)
}
