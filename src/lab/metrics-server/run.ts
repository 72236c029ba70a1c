import { createLogger, createStack, sleep, type Logger } from '../../core/index.ts'
import {
  NODES,
  PODS,
  createKubeClient,
  createReflector,
  inClusterOptions,
  type Node,
  type Pod,
} from '../../kube/index.ts'
import { readFrontProxy } from './front-proxy.ts'
import { readOptions } from './options.ts'
import { createScraper, type Scraper } from './scrape.ts'
import { serveMetrics } from './serve.ts'
import { unlessAborted } from '../process-signal.ts'
import { createStorage, type Storage } from './storage.ts'

/**
 * The program of a metrics-server's container: reads its arguments and its pod's ServiceAccount, asks the kubelets at
 * every turn, and serves metrics.k8s.io until the signal fires. Throws E_USAGE, E_CONFIG, E_PORT_IN_USE.
 */
export async function runMetricsServer(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const options = readOptions(argv)
  const log = createLogger('metrics-server')
  const own = (await inClusterOptions({ env })).options
  const stack = createStack()
  try {
    const client = stack.use(createKubeClient({ ...own, userAgent: 'metrics-server/v0.8.0' }))
    const nodes = stack.use(createReflector<Node>(client, NODES, { signal, log }))
    const pods = stack.use(createReflector<Pod>(client, PODS, { signal, log }))
    const opened = Promise.all([
      readFrontProxy(client, signal),
      createScraper(options.kubelet, own, log),
      nodes.ready,
      pods.ready,
    ])
    const started = await unlessAborted(signal, opened)
    if (started === undefined) return
    const [frontProxy, scraper] = started
    stack.use(scraper)
    const storage = createStorage(options.resolutionMs)
    stack.use(
      await serveMetrics({
        address: options.bindAddress,
        port: options.securePort,
        client,
        frontProxy,
        sources: { nodes, pods, storage },
        log,
      }),
    )
    await readForEver({ scraper, storage, resolutionMs: options.resolutionMs, log }, nodes, signal)
  } finally {
    await stack[Symbol.asyncDispose]()
  }
}

interface Reading {
  readonly scraper: Scraper
  readonly storage: Storage
  readonly resolutionMs: number
  readonly log: Logger
}

async function readForEver(
  { scraper, storage, resolutionMs }: Reading,
  nodes: { list(): Node[] },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now()
    storage.store(await scraper.scrape(nodes.list(), signal))
    const pause = Math.max(0, resolutionMs - (performance.now() - startedAt))
    await sleep(pause, signal).catch(() => undefined)
  }
}
