import { systemClock } from '../../core/index.ts'
import { jwksOf, type TokenKey } from '../../kube/index.ts'
import {
  createAggregator,
  publishFrontProxy,
  type FrontProxyCredential,
} from './aggregation/index.ts'
import type { ApiServerOptions } from './api-server.ts'
import { createAuthenticator } from './authenticate.ts'
import { createStoreAuthorizer } from './authorize.ts'
import { bootstrap } from './bootstrap.ts'
import type { ApiContext } from './context.ts'
import { expireEvents } from './expire-events.ts'
import { createKindRegistry } from './kind-registry.ts'
import { serviceKind } from './kinds/index.ts'
import type { RequestInfo } from './request-info.ts'
import type { Server } from './request-server.ts'
import { createServiceAddresses } from './service-addresses.ts'
import { createTokenAuthenticator } from './service-account-tokens.ts'
import type { Store } from './store.ts'

/** The issuer that kubeadm, minikube and vcluster all use, which is why it tells nobody apart. */
export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local'

/** What pods and nodes have and the API server only passes on. */
type Elsewhere = Pick<Server, 'openLog' | 'openStream' | 'findNode'> & {
  readonly store: Store
  readonly frontProxy: FrontProxyCredential
  readonly clientCaPem: string
}

/** Fills the store with what a new cluster has, and puts together what answers its requests. */
export function createRequestServer(
  options: ApiServerOptions & Elsewhere,
  port: number,
  key: TokenKey,
  signal: AbortSignal,
  counts: Map<string, number>,
): Server {
  const { log, address, store, issuer = DEFAULT_ISSUER, clock = systemClock } = options
  const { openLog, openStream, findNode, frontProxy, clientCaPem } = options
  bootstrap(store, { address, port, clock, apiService: options.apiService ?? { address, port } })
  publishFrontProxy(store, { clientCaPem, caPem: frontProxy.caPem, clock })
  expireEvents(store, clock)
  const aggregator = createAggregator({ store, clock, credential: frontProxy, signal })
  const authorizer = createStoreAuthorizer(store)
  const ownKinds = [serviceKind(createServiceAddresses(store, options.serviceRange))]
  const context: ApiContext = {
    store,
    kinds: createKindRegistry(store, ownKinds),
    clock,
    log,
    authorizer,
  }
  const tokens = createTokenAuthenticator({ store, keys: [key], issuer, clock })
  return {
    context,
    tokens,
    openLog,
    openStream,
    findNode,
    aggregator,
    authenticate: createAuthenticator(tokens, log),
    authorizer,
    signer: { key, issuer },
    plain: {
      issuer,
      serverAddress: `${address}:${port}`,
      jwks: jwksOf([key]),
      kinds: context.kinds,
      remoteGroups: () => aggregator.groups(),
    },
    count: (info: RequestInfo) => {
      const what = info.isResource ? info.resource : 'other'
      const id = `${info.verb} ${what.slice(0, 63)}`
      if (counts.size < 1000 || counts.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1)
    },
    signal,
  }
}
