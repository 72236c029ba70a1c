import { KubeStatusError, type KubeClient } from '../../kube/index.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'

/** The same client, with each request counted by method and status code, and timed. */
export function countClient(client: KubeClient, metrics: KubeletMetrics): KubeClient {
  const host = new URL(client.server).host
  const timed = async <T>(method: string, code: string, run: () => Promise<T>): Promise<T> => {
    const started = performance.now()
    const done = (result: string): void => {
      metrics.restRequests.inc({ code: result, host, method })
      metrics.restDuration.observe((performance.now() - started) / 1000, { host, verb: method })
    }
    try {
      const answer = await run()
      done(code)
      return answer
    } catch (error) {
      done(error instanceof KubeStatusError ? String(error.status.code) : '<error>')
      throw error
    }
  }
  return {
    server: client.server,
    get: (of, key, signal) => timed('GET', '200', () => client.get(of, key, signal)),
    list: (of, options) => timed('GET', '200', () => client.list(of, options)),
    create: (of, object, options) => timed('POST', '201', () => client.create(of, object, options)),
    update: (of, object, options) => timed('PUT', '200', () => client.update(of, object, options)),
    patch: (of, key, patch, type, options) =>
      timed('PATCH', '200', () => client.patch(of, key, patch, type, options)),
    delete: (of, key, options) => timed('DELETE', '200', () => client.delete(of, key, options)),
    watch: (of, options) => {
      metrics.restRequests.inc({ code: '200', host, method: 'GET' })
      return client.watch(of, options)
    },
    raw: (method, path, options) => timed(method, '200', () => client.raw(method, path, options)),
    receive: (path, options) => timed('GET', '200', () => client.receive(path, options)),
    stream: (path, options) => timed('GET', '200', () => client.stream(path, options)),
    upgrade: (request) => timed(request.method, '101', () => client.upgrade(request)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
