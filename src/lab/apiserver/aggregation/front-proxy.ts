import type { Clock } from '../../../core/index.ts'
import {
  CONFIGMAPS,
  ROLES,
  createAuthority,
  type KeyPair,
  type KubeObject,
  type Resource,
} from '../../../kube/index.ts'
import { findKind } from '../kinds/index.ts'
import { initMetadata } from '../metadata.ts'
import type { Store } from '../store.ts'

/** How the API server proves to extension API servers that what it says about a user is so. */
export interface FrontProxyCredential extends KeyPair {
  /** The CA of the front proxy alone: nothing else is signed by it. */
  readonly caPem: string
}

export const FRONT_PROXY_CLIENT = 'front-proxy-client'
const CONFIGMAP = 'extension-apiserver-authentication'

export async function createFrontProxy(): Promise<FrontProxyCredential> {
  const authority = await createAuthority('front-proxy-ca')
  const pair = await authority.issueClient({ commonName: FRONT_PROXY_CLIENT, organizations: [] })
  return { ...pair, caPem: authority.certPem }
}

/** What extension API servers read to know the front proxy by, and the Role that lets them. */
export function publishFrontProxy(
  store: Store,
  { clientCaPem, caPem, clock }: { clientCaPem: string; caPem: string; clock: Clock },
): void {
  const put = (of: Resource, object: KubeObject): void => {
    const kind = findKind(of.group, of.version, of.plural)
    if (kind === undefined) return
    initMetadata(kind, object, 'kube-system', clock)
    kind.setDefaults(object)
    store.insert(of, object)
  }
  put(CONFIGMAPS, {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: CONFIGMAP },
    data: {
      'client-ca-file': clientCaPem,
      'requestheader-allowed-names': JSON.stringify([FRONT_PROXY_CLIENT]),
      'requestheader-client-ca-file': caPem,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    },
  })
  put(ROLES, {
    kind: 'Role',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    metadata: {
      name: `${CONFIGMAP}-reader`,
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
    },
    rules: [
      {
        apiGroups: [''],
        resourceNames: [CONFIGMAP],
        resources: ['configmaps'],
        verbs: ['get', 'list', 'watch'],
      },
    ],
  })
}
