/**
 * Stands in for nginx in the lab: the welcome page on port 80 of the pod's address and access log lines on stdout. A
 * program of its own, without imports of Sublet: it starts in the time Node needs, and stays small.
 */
import { createServer, type IncomingMessage } from 'node:http'

const PAGE = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>This is the lab's stand-in for nginx.</p>
</body>
</html>
`
const address = process.env['SUBLET_POD_IP'] ?? process.env['POD_IP'] ?? '127.0.0.1'

const server = createServer({ connectionsCheckingInterval: 60_000 }, (request, response) => {
  const isGet = request.method === 'GET' || request.method === 'HEAD'
  const status = !isGet ? 405 : request.url === '/' || request.url === '/index.html' ? 200 : 404
  const body = status === 200 ? PAGE : `<html><body><h1>${status}</h1></body></html>\n`
  response.writeHead(status, {
    server: 'nginx/1.29.3',
    'content-type': 'text/html',
    'content-length': Buffer.byteLength(body),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
  process.stdout.write(accessLine(request, status, body.length))
})

function accessLine(request: IncomingMessage, status: number, bytes: number): string {
  const quoted = (text: string): string => `"${text.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')}"`
  const line = `${request.method ?? '-'} ${request.url ?? '-'} HTTP/${request.httpVersion}`
  const agent = request.headers['user-agent'] ?? '-'
  const peer = request.socket.remoteAddress ?? '-'
  return `${peer} - - [${new Date().toISOString()}] ${quoted(line)} ${status} ${bytes} "-" ${quoted(agent)}\n`
}

function notice(text: string): void {
  process.stderr.write(`${new Date().toISOString()} [notice] ${process.pid}#0: ${text}\n`)
}

let port = 80
server.on('error', (error: NodeJS.ErrnoException) => {
  if (port === 80 && error.code === 'EACCES') {
    notice(`bind() to ${address}:80 failed (13: Permission denied), using port 8080`)
    port = 8080
    server.listen(port, address)
    return
  }
  notice(`bind() to ${address}:${port} failed: ${error.message}`)
  process.exit(1)
})
server.listen(port, address, () => notice(`listening on ${address}:${port}`))

function stop(why: string): void {
  notice(`${why}, exiting`)
  server.closeAllConnections()
  server.close(() => process.exit(0))
}
for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGINT'] as const) {
  process.once(signal, () => stop(`signal ${signal} received`))
}
if (process.env['SUBLET_EXIT_WITH_STDIN'] === '1') {
  process.stdin.once('end', () => process.exit(0))
  process.stdin.once('error', () => process.exit(0))
  process.stdin.resume()
}
