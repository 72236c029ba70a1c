import type { KubeObject, PolicyRule } from '../kube/index.ts'

/** A namespace of the platform's, and a ServiceAccount in it that may do this in the whole host cluster, all of one name. */
export function hostServiceAccount(
  { name, namespace }: { readonly name: string; readonly namespace: string },
  rules: readonly PolicyRule[],
): KubeObject[] {
  const metadata = { name, namespace }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [...rules],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ]
}
