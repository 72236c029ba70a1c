import { isIPv6 } from 'node:net'
import {
  NODES,
  createKubeClient,
  type KeyPair,
  type KubeClient,
  type Node,
} from '../../../kube/index.ts'
import { refusals } from '../refusals.ts'
import type { Store } from '../store.ts'

/** The API server's connections to the kubelets of its nodes, made when they are first wanted. */
export interface KubeletConnections extends AsyncDisposable {
  /** A client of the node's kubelet. Throws NotFound for a node that is not there, and Error for one without an address. */
  to(nodeName: string): Promise<KubeClient>
}

/** Who the API server is at a kubelet, as kubeadm and minikube name it; bound to `system:kubelet-api-admin`. */
export const KUBELET_CLIENT_NAME = 'kube-apiserver-kubelet-client'

/** `--kubelet-preferred-address-types` as kubeadm sets it. */
const ADDRESS_TYPES = ['InternalIP', 'ExternalIP', 'Hostname'] as const
const DEFAULT_PORT = 10250

/**
 * Addresses come from the Node objects; the credential is a client certificate of the cluster's CA, which must also have
 * signed the kubelets' serving certificates.
 */
export function createKubeletConnections(options: {
  readonly store: Store
  readonly caPem: string
  readonly issueCertificate: (commonName: string) => Promise<KeyPair>
}): KubeletConnections {
  const clients = new Map<string, KubeClient>()
  let certificate: Promise<KeyPair> | undefined
  return {
    async to(nodeName) {
      const node = options.store.get(NODES, undefined, nodeName)?.object as Node | undefined
      if (node === undefined) throw refusals.notFound(NODES, nodeName)
      const server = addressOf(node)
      certificate ??= options.issueCertificate(KUBELET_CLIENT_NAME)
      const { certPem, keyPem } = await certificate
      const known = clients.get(server)
      if (known !== undefined) return known
      const made = createKubeClient({
        server,
        ca: options.caPem,
        credential: { kind: 'certificate', cert: certPem, key: keyPem },
        userAgent: 'kube-apiserver',
      })
      clients.set(server, made)
      return made
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients.values()].map((client) => client[Symbol.asyncDispose]()))
      clients.clear()
    },
  }
}

function addressOf({ status }: Node): string {
  const known = status?.addresses ?? []
  for (const type of ADDRESS_TYPES) {
    const found = known.find((one) => one.type === type && one.address !== '')
    if (found === undefined) continue
    // Port 0 is a Node that no kubelet has written yet.
    const port = status?.daemonEndpoints?.kubeletEndpoint.Port || DEFAULT_PORT
    return `https://${isIPv6(found.address) ? `[${found.address}]` : found.address}:${port}`
  }
  throw new Error(`no preferred addresses found; known addresses: ${JSON.stringify(known)}`)
}
