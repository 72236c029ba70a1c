/** Every known way to give an agent in a vcluster its metrics, as data: what it changes, what it costs, its manifests. */
import { SubletError } from '../core/index.ts'
import { gateway } from './gateway.ts'
import { hostAgent } from './host-agent.ts'
import { none } from './none.ts'
import type { Remedy } from './remedy.ts'
import { runtime } from './runtime.ts'
import { tokenOverride } from './token-override.ts'
import { tokenPath } from './token-path.ts'

export type {
  BroughtAgent,
  GatewayFacts,
  GatewayTenant,
  HostAgentFacts,
  Remedy,
  RemedyId,
  RemedyTarget,
  SecretCopy,
} from './remedy.ts'
export { gatewayConfig } from './gateway.ts'

/** In the order in which people meet them. */
export const REMEDIES: readonly Remedy[] = [
  none,
  tokenOverride,
  tokenPath,
  hostAgent,
  runtime,
  gateway,
]

/** The remedy of that id. Throws E_USAGE, which lists the ids. */
export function remedyOf(id: string): Remedy {
  const found = REMEDIES.find((remedy) => remedy.id === id)
  if (found === undefined) {
    const ids = REMEDIES.map((remedy) => remedy.id).join(', ')
    throw new SubletError('E_USAGE', `there is no remedy ${JSON.stringify(id)}; known: ${ids}`)
  }
  return found
}
