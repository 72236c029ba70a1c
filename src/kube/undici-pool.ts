import { createRequire } from 'node:module'
import type { Dispatcher, Pool } from 'undici'

/**
 * undici's Pool and its `request`, without the rest of undici (fetch, WebSocket, caches, mocks): that saves every process
 * 10 MB and most of the loading time. undici has no `exports` map; its version is pinned, and the client's tests notice
 * if these files move.
 */
export interface HttpPool {
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>
  destroy(): Promise<void>
}

type Request = (this: Pool, options: Dispatcher.RequestOptions) => Promise<Dispatcher.ResponseData>

/** A pool of connections to one origin. */
export function createHttpPool(origin: string, options: Pool.Options): HttpPool {
  const require = createRequire(import.meta.url)
  const PoolClass = require('undici/lib/dispatcher/pool.js') as typeof Pool
  const api = require('undici/lib/api/index.js') as { request: Request }
  const pool = new PoolClass(origin, options)
  return {
    request: (what) => api.request.call(pool, what),
    destroy: () => pool.destroy(),
  }
}
