import { createAuthority, type Authority, type KeyPair } from '../../kube/index.ts'
import type { ApiServerOptions } from './api-server.ts'

/** A cluster's CA, with the first two certificates that it signs. */
export interface Pki {
  readonly authority: Authority
  readonly serving: KeyPair
  /** Of `kubernetes-admin` in group `system:masters`. */
  readonly admin: KeyPair
}

const SERVICE_NAMES = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
]

export async function createPki(options: ApiServerOptions): Promise<Pki> {
  const authority = await createAuthority(`${options.name}-ca`)
  const { dnsNames = [], addresses = [] } = options.certificateNames ?? {}
  const [serving, admin] = await Promise.all([
    authority.issueServing({
      commonName: 'kube-apiserver',
      dnsNames: [...new Set([...SERVICE_NAMES, ...dnsNames])],
      addresses: [
        ...new Set([
          options.address,
          ...(options.apiService ? [options.apiService.address] : []),
          '127.0.0.1',
          ...addresses,
        ]),
      ],
    }),
    authority.issueClient({
      commonName: 'kubernetes-admin',
      organizations: ['system:masters'],
    }),
  ])
  return { authority, serving, admin }
}
