import { isIP } from 'node:net'

/**
 * Where a container's program listens when it says "on every address". In the lab's `process` runtime containers share
 * the machine's network, and `SUBLET_POD_IP` is the one address that is the pod's own. Elsewhere (the variable is not
 * set), and for any other address, it is returned as it is.
 */
export function containerAddress(address: string, env: NodeJS.ProcessEnv = process.env): string {
  const own = env['SUBLET_POD_IP'] ?? ''
  return isIP(own) !== 0 && (address === '0.0.0.0' || address === '::') ? own : address
}
