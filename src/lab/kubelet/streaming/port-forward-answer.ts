import type { IncomingMessage } from 'node:http'
import type { Logger } from '../../../core/index.ts'
import { plainError, type Answer } from '../answer.ts'
import { noProtocol, partsOf, restfulError, switching, type StreamingOptions } from './answers.ts'
import { portOf, type ForwardTarget } from './forward-port.ts'
import { PORT_FORWARD_PROTOCOL, TUNNEL_PROTOCOL, spdyPortForward } from './spdy-port-forward.ts'
import { acceptSpdy, acceptWebSocket, chosenProtocol, tunnelOf, upgradeOf } from './upgrade.ts'
import { CHANNEL_PROTOCOLS, webSocketPortForward } from './web-socket-port-forward.ts'

/** What `/portForward/{namespace}/{pod}[/{uid}]` is answered. */
export function portForwardAnswer(
  url: URL,
  request: IncomingMessage,
  options: StreamingOptions,
): Answer {
  const [namespace = '', name = '', uid] = partsOf(url)
  const pod = options.pod(namespace, name)
  const sandbox = pod?.sandbox
  if (!pod || !sandbox || (uid !== undefined && uid !== pod.uid)) {
    return restfulError(404, 'pod does not exist')
  }
  const target: ForwardTarget = { address: sandbox.sandbox.podIp, sandboxId: sandbox.id }
  const { log } = options
  const upgrade = upgradeOf(request)
  if (upgrade === 'spdy') {
    const protocol = chosenProtocol(request, [PORT_FORWARD_PROTOCOL])
    if (protocol === undefined) return noProtocol(request)
    return switching(log, (socket, head) => {
      spdyPortForward(acceptSpdy(socket, head, protocol), target)
    })
  }
  if (upgrade === 'websocket') return overWebSocket(url, request, target, log)
  return plainError(500, 'Upgrade request required\n')
}

function overWebSocket(
  url: URL,
  request: IncomingMessage,
  target: ForwardTarget,
  log: Logger,
): Answer {
  const protocol = chosenProtocol(request, [TUNNEL_PROTOCOL, ...CHANNEL_PROTOCOLS])
  if (protocol === undefined) return noProtocol(request)
  if (protocol === TUNNEL_PROTOCOL) {
    return switching(log, async (socket, head) => {
      const client = await acceptWebSocket(request, socket, head, protocol)
      spdyPortForward(tunnelOf(client), target)
    })
  }
  const ports = url.searchParams.getAll('port').flatMap((list) => list.split(','))
  const numbers = ports.map(portOf)
  if (numbers.length === 0) return restfulError(400, 'query parameter "port" is required')
  const bad = numbers.indexOf(undefined)
  if (bad >= 0) return restfulError(400, `invalid port "${ports[bad] ?? ''}"`)
  return switching(log, async (socket, head) => {
    const client = await acceptWebSocket(request, socket, head, protocol)
    webSocketPortForward(client, numbers as number[], target)
  })
}
