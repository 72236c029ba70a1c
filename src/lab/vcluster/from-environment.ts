import { parseArgs } from 'node:util'
import { SubletError, createLogger } from '../../core/index.ts'
import { inClusterOptions } from '../../kube/index.ts'
import { applyObjects } from '../apply-objects.ts'
import { unlessAborted } from '../process-signal.ts'
import { runVcluster, type Vcluster } from './run-vcluster.ts'
import { vclusterWorkloads } from './workloads.ts'

/**
 * The program of a vcluster's container: reads its arguments (`--name`, `--port`) and its environment (VCLUSTER_NAME,
 * POD_NAMESPACE, POD_IP, NODE_NAME, the pod's ServiceAccount), runs until the signal fires, then closes everything. A start
 * that is not done by then is given up: the caller ends the process. Throws E_USAGE, naming all that is missing.
 */
export async function runVclusterFromEnvironment(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const starting = startVclusterFromEnvironment(argv, env)
  const started = await unlessAborted(signal, starting)
  if (started === undefined) {
    // A host that never answers must not keep it; what opens later than this is closed, if the process still lives.
    starting.then((late) => late[Symbol.asyncDispose]()).catch(() => undefined)
    return
  }
  await using vcluster = started
  if (env['SUBLET_LAB_WORKLOADS'] === '1')
    await applyObjects(vcluster.client, vclusterWorkloads({ name: vcluster.name }))
  await aborted(signal)
}

/** Starts it and returns: the part of `runVclusterFromEnvironment` that a test can look into. */
export async function startVclusterFromEnvironment(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Vcluster> {
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    options: { name: { type: 'string' }, port: { type: 'string' } },
  })
  const name = typeof values.name === 'string' ? values.name : env['VCLUSTER_NAME']
  const address = env['POD_IP']
  const missing = [...(name ? [] : ['VCLUSTER_NAME (or --name)']), ...(address ? [] : ['POD_IP'])]
  if (!name || !address) {
    throw new SubletError('E_USAGE', `a vcluster needs ${missing.join(' and ')}`, {
      hint: 'The lab starts this command in a vcluster’s container; use `sublet lab up`.',
    })
  }
  const host = await inClusterOptions({ env })
  const nodeName = env['NODE_NAME']
  return runVcluster({
    name,
    address,
    ...(typeof values.port === 'string' ? { port: Number(values.port) } : {}),
    hostNamespace: env['POD_NAMESPACE'] ?? host.namespace,
    host: host.options,
    ...(nodeName ? { nodeName } : {}),
    useSecretsForSATokens: env['USE_SECRETS_FOR_SA_TOKENS'] === '1',
    syncNodes: env['SYNC_NODES_FROM_HOST'] === '1',
    apiAtService: env['SUBLET_API_AT_SERVICE'] === '1',
    log: createLogger(`vcluster-${name}`),
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
