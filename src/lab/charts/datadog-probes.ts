import type { Container } from '../../kube/index.ts'

export const AGENT_HEALTH_PORT = 5555
export const CLUSTER_AGENT_HEALTH_PORT = 5556

/**
 * The probes of an agent. The chart waits for 15 seconds before the first one, and as long between two: agents of the lab
 * are up sooner, and nobody has to wait for them.
 */
export function probes(
  port: number,
): Pick<Container, 'livenessProbe' | 'readinessProbe' | 'startupProbe'> {
  const probe = (path: string, periodSeconds: number): Record<string, unknown> => ({
    httpGet: { path, port, scheme: 'HTTP' },
    periodSeconds,
    timeoutSeconds: 5,
    successThreshold: 1,
    failureThreshold: periodSeconds === 1 ? 90 : 6,
  })
  return {
    livenessProbe: { initialDelaySeconds: 15, ...probe('/live', 15) },
    readinessProbe: probe('/ready', 2),
    startupProbe: probe('/startup', 1),
  }
}
