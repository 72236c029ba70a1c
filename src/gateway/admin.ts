import { createServer, type Server } from 'node:http'
import { METRICS_TYPE, send, text, type Answer } from './answer.ts'
import type { Metrics } from './metrics.ts'

/** The operators' side, plain HTTP on loopback: is it alive, can it serve, what did it count. */
export function createAdminServer(options: {
  readonly metrics: Metrics
  /** Undefined: ready; else what is missing. */
  readonly notReady: () => Promise<string | undefined>
}): Server {
  const answerTo = async (target: string | undefined): Promise<Answer> => {
    switch (target ?? '') {
      case '/livez':
        return text(200, 'ok')
      case '/readyz': {
        const missing = await options.notReady()
        return missing === undefined ? text(200, 'ok') : text(503, `${missing}\n`)
      }
      case '/metrics':
        return { status: 200, type: METRICS_TYPE, body: Buffer.from(await options.metrics.text()) }
      default:
        return text(404, '404 page not found\n')
    }
  }
  const server = createServer({ maxHeaderSize: 8 * 1024 }, (request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const answered = isRead
      ? answerTo(request.url)
      : Promise.resolve(text(405, 'only GET and HEAD'))
    answered.then(
      (answer) => send(response, answer, request.method !== 'HEAD'),
      () => response.destroy(),
    )
  })
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  server.maxConnections = 32
  return server
}
