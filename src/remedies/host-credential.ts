import type { KubeObject } from '../kube/index.ts'
import type { RemedyTarget } from './remedy.ts'

/** A ServiceAccount of the host whose token is given to a tenant. */
export interface HostCredential {
  readonly serviceAccount: string
  /** Secret with the token, which never expires. */
  readonly tokenSecret: string
  readonly clusterRole: string
  /** What it may do in the whole host cluster: resources of the core group, and verbs. */
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** The host's side of such a credential, in the order in which it is applied. */
export function hostCredentialObjects(
  { hostNamespace }: RemedyTarget,
  { serviceAccount, tokenSecret, clusterRole, resources, verbs }: HostCredential,
): KubeObject[] {
  const account = { name: serviceAccount, namespace: hostNamespace }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: tokenSecret,
        namespace: hostNamespace,
        annotations: { 'kubernetes.io/service-account.name': serviceAccount },
      },
      type: 'kubernetes.io/service-account-token',
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: clusterRole },
      rules: [{ apiGroups: [''], resources: [...resources], verbs: [...verbs] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `${clusterRole}-${hostNamespace}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ]
}
