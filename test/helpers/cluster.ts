import { createLogger } from '../../src/core/index.ts'
import { createKubeClient, type KubeClient } from '../../src/kube/index.ts'
import {
  startApiServer,
  type ApiServer,
  type ApiServerOptions,
} from '../../src/lab/apiserver/index.ts'
import {
  startControllers,
  type Controller,
  type ControllerName,
} from '../../src/lab/controllers/index.ts'

/** An API server on loopback with an administrator's client, and the controllers that a test names. */
export interface TestCluster extends AsyncDisposable {
  readonly api: ApiServer
  readonly admin: KubeClient
  /** Another client; closed with the cluster. */
  client(credential: Parameters<typeof createKubeClient>[0]['credential']): KubeClient
}

export async function startCluster(
  options: Partial<ApiServerOptions> & {
    readonly controllers?: readonly ControllerName[]
    /** Others that run with them. */
    readonly more?: readonly Controller[]
  } = {},
): Promise<TestCluster> {
  const log = createLogger('test', 'silent')
  const { controllers = [], more = [], ...rest } = options
  const api = await startApiServer({ name: 'test', address: '127.0.0.1', port: 0, log, ...rest })
  const admin = createKubeClient(api.adminOptions())
  const { tokenKey, caPem: rootCaPem } = api
  const running =
    controllers.length === 0
      ? undefined
      : await startControllers({
          client: admin,
          tokenKey,
          rootCaPem,
          which: controllers,
          more,
          log,
        })
  const clients: KubeClient[] = [admin]
  return {
    api,
    admin,
    client(credential) {
      const client = createKubeClient({ ...api.adminOptions(), credential })
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      await running?.[Symbol.asyncDispose]()
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
      await api[Symbol.asyncDispose]()
    },
  }
}
