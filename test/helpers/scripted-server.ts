import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { listen } from '../../src/core/index.ts'

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void

/** A real HTTPS server that does what it is for, until a test tells it to misbehave. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string
  readonly requests: { method: string; path: string; headers: IncomingHttpHeaders }[]
  /** In place of the honest behaviour; undefined: honest again. */
  behave: Behaviour | undefined
  /** Ends all connections and the listening socket. */
  stop(): Promise<void>
  /** Listens on the same port again. */
  start(): Promise<void>
}

export async function startScriptedServer(
  tls: { certPem: string; keyPem: string },
  honest: Behaviour,
): Promise<ScriptedServer> {
  let server: Server | undefined
  let port = 0
  const scripted: ScriptedServer = {
    get url() {
      return `https://127.0.0.1:${port}`
    },
    requests: [],
    behave: undefined,
    async start() {
      server = createServer({ cert: tls.certPem, key: tls.keyPem }, (request, response) => {
        const { method = '', url: path = '', headers } = request
        scripted.requests.push({ method, path, headers })
        response.on('error', () => undefined)
        ;(scripted.behave ?? honest)(request, response)
      })
      port = await listen(server, { address: '127.0.0.1', port }, 'a server of a test')
    },
    async stop() {
      const stopping = server
      server = undefined
      if (stopping === undefined) return
      await new Promise<void>((resolve) => {
        stopping.close(() => resolve())
        stopping.closeAllConnections()
      })
    },
    [Symbol.asyncDispose]: () => scripted.stop(),
  }
  await scripted.start()
  return scripted
}
