import type { KubeClient } from '../../kube/index.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import type { RequestBudget } from './request-budget.ts'

/**
 * The same client, whose requests wait for the budget, as client-go's do: all but watches and upgrades. `withinMs` is how long a
 * request may wait, by default for ever.
 */
export function limitClient(
  client: KubeClient,
  budget: RequestBudget,
  metrics: KubeletMetrics,
  withinMs?: number,
): KubeClient {
  const host = new URL(client.server).host
  const wait = async (verb: string, signal?: AbortSignal): Promise<void> => {
    const waitedMs = await budget.take({
      ...(signal && { signal }),
      ...(withinMs !== undefined && { withinMs }),
    })
    metrics.rateLimiterDuration.observe(waitedMs / 1000, { host, verb })
  }
  return {
    server: client.server,
    async get(of, key, signal) {
      await wait('GET', signal)
      return await client.get(of, key, signal)
    },
    async list(of, options) {
      await wait('GET', options?.signal)
      return await client.list(of, options)
    },
    async create(of, object, options) {
      await wait('POST', options?.signal)
      return await client.create(of, object, options)
    },
    async update(of, object, options) {
      await wait('PUT', options?.signal)
      return await client.update(of, object, options)
    },
    async patch(of, key, patch, type, options) {
      await wait('PATCH', options?.signal)
      return await client.patch(of, key, patch, type, options)
    },
    async delete(of, key, options) {
      await wait('DELETE', options?.signal)
      await client.delete(of, key, options)
    },
    watch: (of, options) => client.watch(of, options),
    async raw(method, path, options) {
      await wait(method, options?.signal)
      return await client.raw(method, path, options)
    },
    async receive(path, options) {
      await wait('GET', options.signal)
      await client.receive(path, options)
    },
    async stream(path, options) {
      await wait('GET', options?.signal)
      return await client.stream(path, options)
    },
    upgrade: (request) => client.upgrade(request),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
