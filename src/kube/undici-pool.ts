import type { Dispatcher, Pool } from 'undici'
import api from 'undici/lib/api/index.js'
import PoolClass from 'undici/lib/dispatcher/pool.js'

/**
 * undici's Pool and its `request`, without the rest of undici (fetch, WebSocket, caches, mocks): that saves every process
 * 10 MB and most of the loading time. undici has no `exports` map; its version is pinned, and the client's tests notice
 * if these files move.
 */
export interface HttpPool {
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>
  /** Hands an answer on piece by piece, as it comes. What `open` or its result throws ends it, and is thrown. */
  receive(options: ReceiveOptions, open: OpenAnswer): Promise<void>
  destroy(): Promise<void>
}

export type ReceiveOptions = Dispatcher.DispatchOptions & { readonly signal: AbortSignal }
/** Looks at the head of an answer, and says where the pieces of its body go. */
export type OpenAnswer = (
  status: number,
  headers: Record<string, string | string[] | undefined>,
) => (piece: Buffer) => void

/** A pool of connections to one origin. */
export function createHttpPool(origin: string, options: Pool.Options): HttpPool {
  const pool = new PoolClass(origin, options)
  return {
    request: (what) => api.request.call(pool, what),
    receive: (what, open) => receive(pool, what, open),
    destroy: () => pool.destroy(),
  }
}

/** undici's own dispatch: for 20 MB in pieces of 16 KB a stream between costs as much as the decryption. */
function receive(
  pool: Pool,
  { signal, ...options }: ReceiveOptions,
  open: OpenAnswer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let take: ((piece: Buffer) => void) | undefined
    const fail = (reason: unknown): void => {
      take = undefined
      signal.removeEventListener('abort', onAbort)
      reject(reason instanceof Error ? reason : new Error(String(reason)))
    }
    const onAbort = (): void => {
      controller?.abort(signal.reason as Error)
      fail(signal.reason)
    }
    if (signal.aborted) {
      fail(signal.reason)
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    pool.dispatch(options, {
      onRequestStart(started) {
        controller = started
        if (signal.aborted) started.abort(signal.reason as Error)
      },
      onResponseStart(_, status, headers) {
        if (status >= 200) take = open(status, headers)
      },
      onResponseData(_, piece) {
        take?.(piece)
      },
      onResponseEnd() {
        signal.removeEventListener('abort', onAbort)
        resolve()
      },
      onResponseError(_, error) {
        fail(error)
      },
    })
  })
}
