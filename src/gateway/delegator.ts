import { stat } from 'node:fs/promises'
import { SubletError, type Clock } from '../core/index.ts'
import {
  createKubeClient,
  loadKubeconfig,
  reviewOwnAccess,
  type KubeClient,
} from '../kube/index.ts'
import type { ReviewAccess } from './access-config.ts'
import { LIMITS } from './limits.ts'

/** A client of a tenant's API server with the kubeconfig that reviews are asked with. */
export interface Delegator extends AsyncDisposable {
  /**
   * The client of the file's present content. Throws E_CONFIG for a file that cannot be used or that is its cluster's
   * administrator, E_HTTP when that cannot be found out.
   */
  client(signal: AbortSignal): Promise<KubeClient>
}

/** The file is looked at again from time to time: the credentials in it may expire and be replaced. */
export function createDelegator(access: ReviewAccess, clock: Clock): Delegator {
  let current: { readonly client: KubeClient; readonly stamp: string } | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  let opening: Promise<KubeClient> | undefined
  let failed: { readonly error: unknown; readonly at: number } | undefined

  const open = async (signal: AbortSignal): Promise<KubeClient> => {
    const stamp = await stampOf(access.kubeconfig)
    if (current?.stamp !== stamp) {
      const client = await openClient(access, signal)
      await current?.client[Symbol.asyncDispose]()
      current = { client, stamp }
    }
    lookedAt = clock.now()
    return current.client
  }
  return {
    async client(signal) {
      if (current && clock.now() - lookedAt < LIMITS.keyFileLookMs) return current.client
      if (failed && clock.now() - failed.at < LIMITS.keyFileLookMs) throw failed.error
      failed = undefined
      opening ??= open(signal)
        .catch((error: unknown) => {
          failed = { error, at: clock.now() }
          throw error
        })
        .finally(() => {
          opening = undefined
        })
      return opening
    },
    async [Symbol.asyncDispose]() {
      await opening?.catch(() => undefined)
      await current?.client[Symbol.asyncDispose]()
    },
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(path)
    return `${ino}:${mtimeMs}:${size}`
  } catch (cause) {
    throw new SubletError('E_CONFIG', `the kubeconfig ${path} cannot be read`, { cause })
  }
}

async function openClient(access: ReviewAccess, signal: AbortSignal): Promise<KubeClient> {
  const { kubeconfig, allowClusterAdmin } = access
  const { options } = await loadKubeconfig(kubeconfig)
  if (options.insecureSkipTlsVerify === true) {
    const why = 'does not verify its API server, which callers’ tokens would be sent to'
    throw new SubletError('E_CONFIG', `the kubeconfig ${kubeconfig} ${why}`)
  }
  const timeoutMs = LIMITS.reviewTimeoutMs
  const client = createKubeClient({ ...options, timeoutMs, userAgent: 'sublet-gateway' })
  try {
    if (!allowClusterAdmin) await refuseClusterAdmin(client, kubeconfig, signal)
    return client
  } catch (error) {
    await client[Symbol.asyncDispose]()
    throw error
  }
}

/** An administrator's kubeconfig, vcluster's Secret `vc-<name>` for example, is more than reviews need. */
async function refuseClusterAdmin(
  client: KubeClient,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<void> {
  const everything = { kind: 'resource', verb: '*', group: '*', resource: '*' } as const
  const power = await reviewOwnAccess(client, everything, signal)
  if (power.kind === 'unavailable') throw new SubletError('E_HTTP', power.why)
  if (power.kind === 'allowed') {
    const advice = 'bind an account to system:auth-delegator, or set delegator.allowClusterAdmin'
    throw new SubletError('E_CONFIG', `the kubeconfig ${kubeconfig} is cluster-admin: ${advice}`)
  }
}
