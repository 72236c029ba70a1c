/** The lab's controllers: what makes an API server a cluster. All write through a KubeClient, and work from copies of what is there. */
import { setMaxListeners } from 'node:events'
import { systemClock, type Clock, type Logger } from '../../core/index.ts'
import { createReflector, type KubeClient, type TokenKey } from '../../kube/index.ts'
import { clusterRoleController } from './cluster-roles.ts'
import { createContext, type Controller } from './controller.ts'
import { cronJobController } from './cronjob/controller.ts'
import { daemonSetController } from './daemonset/controller.ts'
import { deploymentController } from './deployment/controller.ts'
import { disruptionController } from './disruption/controller.ts'
import { endpointsController } from './endpoints/controller.ts'
import { garbageCollector } from './garbage/collector.ts'
import { horizontalController } from './horizontal/controller.ts'
import { createInformers, type Informers } from './informers.ts'
import { jobController } from './job/controller.ts'
import { namespaceController } from './namespace.ts'
import { nodeLifecycle } from './node-lifecycle/controller.ts'
import { replicaSetController } from './replicaset/controller.ts'
import { scheduler } from './scheduling/scheduler.ts'
import { serviceAccountController } from './service-account.ts'
import { statefulSetController } from './statefulset/controller.ts'
import { tokenSecretController } from './token-secret.ts'

export { createInformers, type Informers } from './informers.ts'
export { keyOf, parseKey, type Controller, type ControllerContext } from './controller.ts'
export * as writes from './common/writes.ts'

export type ControllerName =
  | 'serviceaccount'
  | 'token-secret'
  | 'namespace'
  | 'replicaset'
  | 'deployment'
  | 'daemonset'
  | 'statefulset'
  | 'job'
  | 'cronjob'
  | 'endpoints'
  | 'horizontalpodautoscaler'
  | 'scheduler'
  | 'node-lifecycle'
  | 'disruption'
  | 'garbage-collector'
  | 'clusterroles'

const CONTROLLERS: Readonly<Record<ControllerName, Controller>> = {
  serviceaccount: serviceAccountController,
  'token-secret': tokenSecretController,
  namespace: namespaceController,
  replicaset: replicaSetController,
  deployment: deploymentController,
  daemonset: daemonSetController,
  statefulset: statefulSetController,
  job: jobController,
  cronjob: cronJobController,
  endpoints: endpointsController,
  horizontalpodautoscaler: horizontalController,
  scheduler,
  'node-lifecycle': nodeLifecycle,
  disruption: disruptionController,
  'garbage-collector': garbageCollector,
  clusterroles: clusterRoleController,
}

export interface ControllersOptions {
  /** Of a cluster administrator. Stays open: it belongs to the caller. */
  readonly client: KubeClient
  /** The API server's key for ServiceAccount tokens. */
  readonly tokenKey: TokenKey
  /** What pods verify the API server with. */
  readonly rootCaPem: string
  /** Which controllers run. Default: all. */
  readonly which?: readonly ControllerName[]
  /** Others that run with them. */
  readonly more?: readonly Controller[]
  /** Copies of this client's server that others work from too; stay open. Default: own ones. */
  readonly informers?: Informers
  readonly clock?: Clock
  readonly signal?: AbortSignal
  readonly log: Logger
}

/** Starts controllers; resolves when all have seen what is there. They end with the signal or when disposed. */
export async function startControllers(options: ControllersOptions): Promise<AsyncDisposable> {
  const { client, tokenKey, rootCaPem, log, clock = systemClock } = options
  const stopping = new AbortController()
  const signal = options.signal
    ? AbortSignal.any([options.signal, stopping.signal])
    : stopping.signal
  // Every watch and every pause listens to it.
  setMaxListeners(0, signal)
  const informers =
    options.informers ?? createInformers((of) => createReflector(client, of, { signal, log }))
  const context = createContext({ client, informers, tokenKey, rootCaPem, clock, signal, log })
  const names = options.which ?? (Object.keys(CONTROLLERS) as ControllerName[])
  for (const name of names) CONTROLLERS[name](context)
  for (const controller of options.more ?? []) controller(context)
  const stop = async (): Promise<void> => {
    stopping.abort()
    if (options.informers === undefined) await informers[Symbol.asyncDispose]()
  }
  try {
    await informers.ready()
  } catch (error) {
    await stop()
    throw error
  }
  return { [Symbol.asyncDispose]: stop }
}
