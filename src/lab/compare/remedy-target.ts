import { createAuthority, type KubeClient } from '../../kube/index.ts'
import type { GatewayFacts, RemedyTarget } from '../../remedies/index.ts'
import { KUBELET_PORT } from '../network.ts'
import type { LabAccess } from './lab-access.ts'

const GATEWAY_PORT = 11250
export const SUBLET_IMAGE = 'ghcr.io/sublet/sublet:0.1.0'
const MAX_BYTES = 1024 * 1024

/** Where the remedies go in the lab: the agent of the first vcluster, and a gateway for all of them. */
export async function remedyTarget(lab: LabAccess): Promise<RemedyTarget> {
  const [first] = lab.facts.vclusters
  if (first === undefined) throw new Error('the lab has no vcluster')
  return {
    vcluster: first.name,
    hostNamespace: first.hostNamespace,
    agentNamespace: 'datadog',
    agentName: 'datadog-agent',
    agentContainer: 'agent',
    gateway: await gatewayFacts(lab),
    hostAgent: { image: SUBLET_IMAGE, vclusters: lab.facts.vclusters },
  }
}

async function gatewayFacts(lab: LabAccess): Promise<GatewayFacts> {
  const { nodes } = lab.facts
  const authority = await createAuthority('sublet-gateway-ca')
  const serving = await authority.issueServing({
    commonName: 'sublet-gateway',
    dnsNames: nodes.map(({ name }) => name),
    addresses: nodes.map(({ address }) => address),
  })
  return {
    image: SUBLET_IMAGE,
    nodeName: '${NODE_NAME}',
    // With the node's network in the lab: the node's own address.
    address: '0.0.0.0',
    port: GATEWAY_PORT,
    adminAddress: '0.0.0.0',
    kubeletUrl: `https://\${NODE_IP}:${KUBELET_PORT}`,
    // People wait for the comparison: a rollout shows sooner than with the default of five seconds.
    snapshotTtl: '1s',
    certPem: serving.certPem,
    keyPem: serving.keyPem,
    caPem: authority.certPem,
    tenants: await Promise.all(
      lab.facts.vclusters.map(async (vcluster) => ({
        name: vcluster.name,
        hostNamespace: vcluster.hostNamespace,
        apiUrl: vcluster.api,
        apiCaPem: lab.virtualCaPem(vcluster.name),
        jwks: await readJwks(lab.virtual(vcluster.name)),
      })),
    ),
  }
}

async function readJwks(client: KubeClient): Promise<string> {
  const answer = await client.raw('GET', '/openid/v1/jwks', { maxBytes: MAX_BYTES })
  return answer.body.toString('utf8')
}

/** The ids of the keys that an API server signs tokens with. */
export async function readKeyIds(client: KubeClient): Promise<string[]> {
  const { keys } = JSON.parse(await readJwks(client)) as { keys: { kid: string }[] }
  return keys.map((key) => key.kid)
}
