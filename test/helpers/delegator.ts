import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { secret, type Secret } from '../../src/core/index.ts'
import {
  CLUSTERROLEBINDINGS,
  formatKubeconfig,
  kubeconfigOf,
  NAMESPACES,
  SERVICEACCOUNTS,
  type Subject,
  type TokenRequest,
} from '../../src/kube/index.ts'
import type { TestCluster } from './cluster.ts'

/** Writes `delegator.yaml` for an account of this cluster that may review and nothing else. */
export async function writeDelegator(dir: string, cluster: TestCluster): Promise<void> {
  const { admin, api } = cluster
  await admin.create(NAMESPACES, { metadata: { name: 'gateway' } }).catch(() => undefined)
  const of = { name: 'gateway', namespace: 'gateway' }
  await admin.create(SERVICEACCOUNTS, { metadata: of })
  await bind(cluster, 'system:auth-delegator', { kind: 'ServiceAccount', ...of })
  const credential = { kind: 'token', token: await tokenFor(cluster, of) } as const
  const config = kubeconfigOf({ name: 'd', server: api.url, caPem: api.caPem, credential })
  await writeFile(join(dir, 'delegator.yaml'), await formatKubeconfig(config))
}

/** A token for certain audiences. */
export async function tokenFor(
  { admin }: TestCluster,
  of: { name: string; namespace: string },
  audiences?: string[],
): Promise<Secret> {
  const spec = { expirationSeconds: 3600, ...(audiences ? { audiences } : {}) }
  const request: TokenRequest = { metadata: of, spec }
  const made = await admin.create(SERVICEACCOUNTS, request, { ...of, subresource: 'token' })
  return secret(made.status?.token ?? '')
}

export async function bind({ admin }: TestCluster, role: string, subject: Subject): Promise<void> {
  await admin.create(CLUSTERROLEBINDINGS, {
    metadata: { name: `${role}-${subject.name}`.replaceAll(':', '-') },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [subject],
  })
}

/** Lines of a tenant that is asked about with `delegator.yaml`. */
export const REVIEW = `    access: review
    delegator: { kubeconfig: delegator.yaml }
`
