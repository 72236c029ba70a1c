import { setMaxListeners } from 'node:events'
import { createServer, type Server as HttpsServer } from 'node:https'
import { closeServer, listen, type Logger } from '../../core/index.ts'
import {
  createTokenKey,
  formatKubeconfig,
  jwksOf,
  kubeconfigOf,
  type KubeClientOptions,
} from '../../kube/index.ts'
import { createFrontProxy } from './aggregation/index.ts'
import type { ApiServer, ApiServerAccess, ApiServerOptions } from './api-server.ts'
import { createRequestServer } from './create-request-server.ts'
import { handle } from './handle.ts'
import { kubeletOfNode } from './node-proxy/index.ts'
import { createPki, type Pki } from './pki.ts'
import { createKubeletConnections, openKubeletLog } from './pod-logs/index.ts'
import { openKubeletStream, serveUpgrade } from './pod-streams/index.ts'
import { reflectStore } from './reflect-store.ts'
import type { Server } from './request-server.ts'
import { createStore } from './store.ts'

/** Starts an API server with keys and a CA of its own. Throws E_PORT_IN_USE or E_NO_PERMISSION. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  options.signal?.throwIfAborted()
  const [tokenKey, pki, frontProxy] = await Promise.all([
    createTokenKey(),
    createPki(options),
    createFrontProxy(),
  ])
  const { authority } = pki
  const https = createHttps(pki)
  const port = await listen(https, options, `the API server of ${options.name}`)
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal) // every watch listens to it
  const counts = new Map<string, number>()
  const { historyLimit } = options
  const store = createStore(historyLimit === undefined ? {} : { historyLimit })
  const kubelets = createKubeletConnections({
    store,
    caPem: authority.certPem,
    issueCertificate: (commonName) => authority.issueClient({ commonName, organizations: [] }),
  })
  const server = createRequestServer(
    {
      openLog: openKubeletLog(kubelets),
      openStream: openKubeletStream(kubelets),
      findNode: kubeletOfNode(kubelets),
      ...options,
      store,
      frontProxy,
      clientCaPem: authority.certPem,
    },
    port,
    tokenKey,
    stopping.signal,
    counts,
  )
  answerRequests(https, server, options.log)
  const stop = stopper(https, stopping, kubelets)
  options.signal?.addEventListener('abort', () => void stop(), { once: true })
  return {
    ...accessTo(options, port, pki),
    issuer: server.signer.issuer,
    tokenKey,
    jwks: jwksOf([tokenKey]),
    reflect: (of) => reflectStore(server.context, of),
    requestCounts: () => Object.fromEntries(counts),
    [Symbol.asyncDispose]: stop,
  }
}

function createHttps({ authority, serving }: Pki): HttpsServer {
  return createServer({
    cert: serving.certPem,
    key: serving.keyPem,
    ca: authority.certPem,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    keepAliveTimeout: 65_000,
  })
}

function answerRequests(https: HttpsServer, server: Server, log: Logger): void {
  https.on('request', (request, response) => {
    response.on('error', (error) => log.debug({ err: error }, 'an answer was cut off'))
    void handle(server, request, response)
  })
  https.on('upgrade', (request, socket, head) => void serveUpgrade(server, request, socket, head))
  https.on('tlsClientError', (error) => log.debug({ err: error }, 'a TLS handshake failed'))
}

function accessTo(
  { name, address }: ApiServerOptions,
  port: number,
  { authority, admin }: Pki,
): ApiServerAccess {
  const url = `https://${address}:${port}`
  const caPem = authority.certPem
  const credential = { kind: 'certificate', cert: admin.certPem, key: admin.keyPem } as const
  return {
    name,
    url,
    address,
    port,
    caPem,
    adminCredential: admin,
    adminOptions: (): KubeClientOptions => ({ server: url, ca: caPem, credential }),
    issueClientCertificate: (commonName, organizations = []) =>
      authority.issueClient({ commonName, organizations }),
    issueServingCertificate: (request) => authority.issueServing(request),
    kubeconfig: () => formatKubeconfig(kubeconfigOf({ name, server: url, caPem, credential })),
  }
}

/** Ends watches, then connections. Twice is harmless. */
function stopper(
  https: HttpsServer,
  stopping: AbortController,
  kubelets: AsyncDisposable,
): () => Promise<void> {
  let stopped: Promise<void> | undefined
  return () =>
    (stopped ??= (async () => {
      stopping.abort()
      await closeServer(https)
      await kubelets[Symbol.asyncDispose]()
    })())
}
