import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpsRequest, type Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, waitFor } from '../../src/core/index.ts'
import {
  CONFIGMAPS,
  NAMESPACES,
  PODS,
  SERVICEACCOUNTS,
  createKubeClient,
  type KubeClient,
  type KubeObject,
  type Pod,
} from '../../src/kube/index.ts'
import { startApiServer, type ApiServer } from '../../src/lab/apiserver/index.ts'
import { startKubelet, type Kubelet, type KubeletOptions } from '../../src/lab/kubelet/index.ts'
import {
  chooseRuntime,
  createRuntime,
  parseRuntime,
  type ContainerRuntime,
} from '../../src/lab/runtime/index.ts'

export interface KubeletRig extends AsyncDisposable {
  readonly api: ApiServer
  readonly admin: KubeClient
  readonly runtime: ContainerRuntime
  readonly kubelet: Kubelet
  readonly dir: string
  readonly nodeName: string
  /** Creates the object, its namespace too. */
  create<T extends KubeObject>(pod: T): Promise<T>
  waitForPod(namespace: string, name: string, accept: (pod: Pod) => boolean): Promise<Pod>
  get(path: string, options?: RequestOptions): Promise<KubeletReply>
}

export interface RequestOptions {
  readonly token?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  /** Default: a connection of its own. */
  readonly agent?: Agent
  readonly cert?: { readonly certPem: string; readonly keyPem: string }
}

export interface KubeletReply {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
  readonly localPort: number | undefined
}

const NODE = 'rig-node'

/** A real API server, the process runtime and a kubelet of one node, on loopback, with everything in one temporary folder. */
export async function startKubeletRig(
  options: Partial<Pick<KubeletOptions, 'staticPods' | 'clock'>> = {},
): Promise<KubeletRig> {
  const dir = await mkdtemp(join(tmpdir(), 'sublet-kubelet-'))
  const log = createLogger('kubelet-rig', 'silent')
  const api = await startApiServer({ name: 'host', address: '127.0.0.1', port: 0, log })
  const place = {
    rootDir: join(dir, 'runtime'),
    labId: `t${process.pid}-${Math.floor(Math.random() * 1e6)}`,
    nodeName: NODE,
    log,
    programs: { node: process.execPath, sublet: 'bin/sublet.js' },
  }
  // The quicker one: most of a kubelet's tests look at the kubelet.
  const wish = parseRuntime(process.env['SUBLET_TEST_RUNTIME'] ?? 'process')
  const runtime = await createRuntime(chooseRuntime(wish, place), place)
  const admin = createKubeClient(api.adminOptions())
  const node = await api.issueClientCertificate(`system:node:${NODE}`, ['system:nodes'])
  const kubelet = await startKubelet({
    nodeName: NODE,
    address: '127.0.0.1',
    port: 0,
    client: {
      server: api.url,
      ca: api.caPem,
      credential: { kind: 'certificate', cert: node.certPem, key: node.keyPem },
    },
    runtime,
    rootDir: join(dir, 'kubelet'),
    nodeRootDir: join(dir, 'node'),
    podAddress: () => '127.0.0.1',
    serving: await api.issueServingCertificate({ commonName: NODE, addresses: ['127.0.0.1'] }),
    apiServerAddress: { host: '127.0.0.1', port: api.port },
    clusterCa: api.caPem,
    log,
    ...options,
  })
  const made = new Map<string, Promise<void>>()
  const makeNamespace = async (name: string): Promise<void> => {
    await admin.create(NAMESPACES, { metadata: { name } }).catch(() => undefined)
    // What the controllers of a whole lab do.
    const account = { metadata: { name: 'default', namespace: name } }
    await admin.create(SERVICEACCOUNTS, account, { namespace: name }).catch(() => undefined)
    const root = {
      metadata: { name: 'kube-root-ca.crt', namespace: name },
      data: { 'ca.crt': api.caPem },
    }
    await admin.create(CONFIGMAPS, root, { namespace: name }).catch(() => undefined)
  }
  const ensureNamespace = (name: string): Promise<void> => {
    const known = made.get(name) ?? makeNamespace(name)
    made.set(name, known)
    return known
  }
  return {
    api,
    admin,
    runtime,
    kubelet,
    dir,
    nodeName: NODE,
    async create(object) {
      const namespace = object.metadata.namespace ?? 'default'
      await ensureNamespace(namespace)
      return await admin.create(resourceOf(object), object, { namespace })
    },
    waitForPod: (namespace, name, accept) => {
      let last: Pod | undefined
      return waitFor(
        `pod ${namespace}/${name}`,
        async () => {
          last = await admin.get<Pod>(PODS, { namespace, name }).catch(() => undefined)
          return last && accept(last) ? last : undefined
        },
        { timeoutMs: 15_000, intervalMs: 25, last: () => JSON.stringify(last?.status) },
      )
    },
    get: (path, request) => ask(kubelet, path, request),
    async [Symbol.asyncDispose]() {
      await kubelet[Symbol.asyncDispose]()
      await runtime[Symbol.asyncDispose]()
      await admin[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function resourceOf(object: KubeObject): typeof PODS {
  const kind = object.kind ?? 'Pod'
  if (kind === 'Pod') return PODS
  const plural = kind.toLowerCase() + 's'
  return { ...PODS, plural, singular: kind.toLowerCase(), kind }
}

/** One request on a connection of its own, so that headers are what a plain client sees. */
export function ask(
  kubelet: Pick<Kubelet, 'port'>,
  path: string,
  options: RequestOptions = {},
): Promise<KubeletReply> {
  const { token, method = 'GET', headers = {}, cert, agent } = options
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: kubelet.port,
        path,
        method,
        agent: agent ?? false,
        rejectUnauthorized: false,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(cert ? { cert: cert.certPem, key: cert.keyPem } : {}),
      },
      (response) => {
        const chunks: Buffer[] = []
        const { localPort } = response.socket
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
            localPort,
          }),
        )
      },
    )
    request.on('error', reject)
    request.end()
  })
}
