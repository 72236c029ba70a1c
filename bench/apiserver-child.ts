import { createServer } from 'node:https'
import { createInterface } from 'node:readline'
import { createLogger, listen, readAll } from '../src/core/index.ts'
import { startApiServer } from '../src/lab/apiserver/index.ts'

/**
 * The API server as a process of its own, and beside it what Node alone can do: a server that answers with bytes which it
 * was given. Each line of standard input collects garbage and prints what memory is left. Ends with its standard input.
 */
const log = createLogger('bench', 'error')
const api = await startApiServer({ name: 'bench', address: '127.0.0.1', port: 0, log })

const { certPem: cert, keyPem: key } = await api.issueServingCertificate({
  commonName: 'bare',
  addresses: ['127.0.0.1'],
})
const watchers = new Set<{ write(bytes: Buffer): unknown }>()
let kept: Buffer = Buffer.from('{}')
const bare = createServer({ cert, key, keepAliveTimeout: 65_000 }, (request, response) => {
  const answer = (body: Buffer): void => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length }
    response.writeHead(200, headers).end(body)
  }
  if (request.url === '/watch') {
    response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()
    watchers.add(response)
    response.on('close', () => watchers.delete(response))
  } else if (request.url === '/kept' && request.method === 'PUT') {
    void readAll(request, 100_000_000).then((body) => {
      kept = body
      answer(Buffer.from('{}'))
    })
  } else if (request.url === '/event') {
    void readAll(request, 1_000_000).then((body) => {
      for (const watcher of watchers) watcher.write(body)
      answer(Buffer.from('{}'))
    })
  } else answer(request.url === '/kept' ? kept : Buffer.from('{}'))
})
const barePort = await listen(bare, { address: '127.0.0.1', port: 0 }, 'the bare server')

const { certPem, keyPem } = api.adminCredential
const facts = { port: api.port, barePort, ca: api.caPem, cert: certPem, key: keyPem }
console.log(JSON.stringify(facts))
createInterface(process.stdin)
  .on('line', () => {
    globalThis.gc?.()
    globalThis.gc?.()
    console.log(JSON.stringify(process.memoryUsage()))
  })
  .on('close', () => process.exit(0))
