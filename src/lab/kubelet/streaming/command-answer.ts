import type { IncomingMessage } from 'node:http'
import { plainError, type Answer } from '../answer.ts'
import { noProtocol, partsOf, restfulError, switching, type StreamingOptions } from './answers.ts'
import { runCommand, type RemoteCommand } from './run-command.ts'
import { SPDY_COMMAND_PROTOCOLS, spdyCommand } from './spdy-command.ts'
import { acceptSpdy, acceptWebSocket, chosenProtocol, upgradeOf } from './upgrade.ts'
import { COMMAND_PROTOCOLS, webSocketCommand } from './web-socket-command.ts'

/** What `/exec/{namespace}/{pod}/[{uid}/]{container}` and `/attach/…` are answered. Source: kubelet 1.36, pkg/kubelet/server. */
export function commandAnswer(
  kind: 'exec' | 'attach',
  url: URL,
  request: IncomingMessage,
  options: StreamingOptions,
): Answer {
  const [namespace = '', name = '', ...rest] = partsOf(url)
  const [uid, containerName = ''] = rest.length > 1 ? rest : [undefined, rest[0]]
  const query = url.searchParams
  const flag = (key: string): boolean => query.get(key) === '1'
  const tty = flag('tty')
  const wanted = {
    tty,
    stdin: flag('input'),
    stdout: flag('output'),
    // A terminal has one stream of output.
    stderr: flag('error') && !tty,
  }
  if (!wanted.stdin && !wanted.stdout && !wanted.stderr) {
    return restfulError(400, 'you must specify at least 1 of stdin, stdout, stderr')
  }
  const pod = options.pod(namespace, name)
  if (!pod || (uid !== undefined && uid !== pod.uid)) return restfulError(404, 'pod does not exist')
  const container = pod.container(containerName)
  if (container?.phase !== 'running') {
    return plainError(500, `container not found ("${containerName}")\n`)
  }
  const { runtime } = options
  const argv = query.getAll('command')
  const command: RemoteCommand = {
    ...wanted,
    argv,
    open: async (streams) =>
      kind === 'exec'
        ? await runtime.stream(container.id, argv, streams)
        : runtime.attach(container.id, streams),
  }
  return commandUpgrade(command, request, options)
}

function commandUpgrade(
  command: RemoteCommand,
  request: IncomingMessage,
  { log }: StreamingOptions,
): Answer {
  const upgrade = upgradeOf(request)
  if (upgrade === 'websocket') {
    const protocol = chosenProtocol(request, COMMAND_PROTOCOLS)
    if (protocol === undefined) return noProtocol(request)
    const opens = command.stdout ? 'stdout' : command.stderr ? 'stderr' : 'none'
    return switching(log, async (socket, head) => {
      const client = await acceptWebSocket(request, socket, head, protocol)
      runCommand(command, webSocketCommand(client, opens))
    })
  }
  if (upgrade === 'spdy') {
    const protocol = chosenProtocol(request, SPDY_COMMAND_PROTOCOLS)
    if (protocol === undefined) return noProtocol(request)
    return switching(log, async (socket, head) => {
      runCommand(command, await spdyCommand(acceptSpdy(socket, head, protocol), command))
    })
  }
  return plainError(500, 'Upgrade request required\n')
}
