import {
  SECRETS,
  SERVICEACCOUNTS,
  isConflict,
  isNotFound,
  type KubeClient,
  type Pod,
  type TokenRequest,
} from '../../kube/index.ts'
import { hostName, keys } from '../../tenants/index.ts'
import { ownerReferences, type SyncContext } from './context.ts'
import type { GrantedToken } from './translate-pod.ts'
import { tokenSecretName, type WantedToken } from './translate-volumes.ts'

/** Ten years: the syncer asks once, the host's kubelet cannot renew. */
const TOKEN_SECONDS = 10 * 365 * 24 * 3600

/** Asks the virtual API server for a pod's tokens, bound to the pod. */
export async function grantTokens(
  virtual: KubeClient,
  pod: Pod,
  wanted: readonly WantedToken[],
): Promise<GrantedToken[]> {
  const { name = '', namespace = '', uid = '' } = pod.metadata
  return Promise.all(
    wanted.map(async (token) => {
      const request: TokenRequest = {
        metadata: {},
        spec: {
          ...(token.audience === undefined ? {} : { audiences: [token.audience] }),
          expirationSeconds: TOKEN_SECONDS,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      }
      const answer = await virtual.create(SERVICEACCOUNTS, request, {
        namespace,
        name: pod.spec.serviceAccountName ?? 'default',
        subresource: 'token',
      })
      return { ...token, value: answer.status?.token ?? '' }
    }),
  )
}

/** Puts a pod's tokens into its own Secret on the host (`useSecretsForSATokens`). */
export async function writeTokenSecret(
  host: KubeClient,
  pod: Pod,
  tokens: readonly GrantedToken[],
  context: SyncContext,
): Promise<void> {
  const { name = '', namespace = '' } = pod.metadata
  const secret = {
    metadata: {
      name: hostName(tokenSecretName(name), namespace, context.vcluster),
      namespace: context.hostNamespace,
      // Without the coordinates of a virtual object: there is none.
      labels: { [keys.MANAGED_BY]: context.vcluster, [keys.NAMESPACE]: namespace },
      ownerReferences: ownerReferences(context, false),
    },
    type: 'Opaque',
    data: Object.fromEntries(
      tokens.map(({ key, value }) => [key, Buffer.from(value).toString('base64')]),
    ),
  }
  try {
    await host.create(SECRETS, secret)
  } catch (error) {
    if (!isConflict(error)) throw error
    await host.update(SECRETS, secret)
  }
}

/** Takes a pod's token Secret away again. */
export async function deleteTokenSecret(
  host: KubeClient,
  virtual: { readonly namespace: string; readonly name: string },
  context: SyncContext,
): Promise<void> {
  const name = hostName(tokenSecretName(virtual.name), virtual.namespace, context.vcluster)
  try {
    await host.delete(SECRETS, { namespace: context.hostNamespace, name })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
