import { existsSync } from 'node:fs'
import { SERVICE_ACCOUNT_DIR, type AgentConfig, type Env, type KubeletConfig } from '../config.ts'

/** A way to prove to the kubelet who the agent is. */
export interface CredentialSource {
  readonly name: string
  /** The agent proves it in this way; several go along with each other. */
  readonly isUsed: boolean
  /** Why it cannot be tried; undefined: it can. */
  readonly missing: string | undefined
  /** What is changed in the configuration to try this way alone. */
  readonly alone: Partial<KubeletConfig>
  /** Where its token is; undefined: it has none. */
  readonly tokenPath: string | undefined
  /** It proves nothing. */
  readonly isStranger?: true
  /** How to use it, if it would work and another does not. */
  readonly howToUse: string
}

const NOTHING = {
  clientCertPath: undefined,
  clientKeyPath: undefined,
  tokenPath: undefined,
  nodeProxy: false,
} as const
const OWN_TOKEN = `${SERVICE_ACCOUNT_DIR}/token`

/** All ways, in the order in which the agent prefers them. */
export function credentialSources(config: AgentConfig, env: Env): readonly CredentialSource[] {
  const { kubelet, api } = config
  const { clientCertPath, clientKeyPath, tokenPath, nodeProxy, nodeName } = kubelet
  const separate = tokenPath === OWN_TOKEN ? undefined : tokenPath
  const certificate = clientCertPath !== undefined && clientKeyPath !== undefined
  const hasOwnToken = existsSync(config.real(OWN_TOKEN))
  return [
    {
      name: 'Client certificate',
      isUsed: certificate,
      missing: certificate
        ? undefined
        : 'DD_KUBELET_CLIENT_CRT and DD_KUBELET_CLIENT_KEY are not both set',
      alone: { ...NOTHING, clientCertPath, clientKeyPath },
      tokenPath: undefined,
      howToUse: 'It is used as soon as both are set.',
    },
    {
      name: 'Token of DD_KUBELET_AUTH_TOKEN_PATH',
      isUsed: separate !== undefined && !nodeProxy,
      missing: separate === undefined ? 'DD_KUBELET_AUTH_TOKEN_PATH is not set' : undefined,
      alone: { ...NOTHING, tokenPath: separate },
      tokenPath: separate,
      howToUse: 'It is used as soon as it is set.',
    },
    {
      name: 'ServiceAccount token',
      isUsed: tokenPath === OWN_TOKEN && !nodeProxy,
      missing: hasOwnToken ? undefined : `${OWN_TOKEN} is not there`,
      alone: { ...NOTHING, tokenPath: OWN_TOKEN },
      tokenPath: OWN_TOKEN,
      howToUse: 'Take DD_KUBELET_AUTH_TOKEN_PATH away.',
    },
    {
      name: 'API server node proxy',
      isUsed: nodeProxy,
      missing: proxyMissing(api === undefined, nodeName, env),
      alone: { ...NOTHING, tokenPath: tokenPath ?? OWN_TOKEN, nodeProxy: true },
      tokenPath: tokenPath ?? OWN_TOKEN,
      howToUse: 'Set DD_EKS_FARGATE=true.',
    },
    {
      name: 'No credential',
      isUsed: !certificate && tokenPath === undefined && !nodeProxy,
      missing: undefined,
      alone: NOTHING,
      isStranger: true,
      tokenPath: undefined,
      howToUse: 'Nothing is needed.',
    },
  ]
}

function proxyMissing(
  isOutside: boolean,
  nodeName: string | undefined,
  env: Env,
): string | undefined {
  if (isOutside) return 'not in a cluster: KUBERNETES_SERVICE_HOST is not set'
  if (nodeName !== undefined && nodeName !== '') return undefined
  const isWanted = (env['DD_EKS_FARGATE'] ?? '') !== ''
  const text = 'DD_KUBERNETES_KUBELET_NODENAME is not set'
  return isWanted ? `${text}, which DD_EKS_FARGATE needs` : text
}
