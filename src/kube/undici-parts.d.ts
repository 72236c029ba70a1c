/** undici's types describe the whole of it only: these are of the two files that `undici-pool.ts` takes. */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici'
  export default Pool
}

declare module 'undici/lib/api/index.js' {
  import type { Dispatcher, Pool } from 'undici'
  const api: {
    request(this: Pool, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>
  }
  export default api
}
