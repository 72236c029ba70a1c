import type { Container, Pod } from '../../kube/index.ts'

/**
 * Why a container may not run as the user it would (kuberuntime, verifyRunAsNonRoot); undefined when it may. Its own
 * security context goes before the pod's. `podName`: `name_namespace(uid)`.
 */
export function forbiddenUser(
  container: Container,
  pod: Pod,
  podName: string,
  imageIsRoot: boolean,
): string | undefined {
  const context = { ...pod.spec.securityContext, ...container.securityContext }
  if (context['runAsNonRoot'] !== true) return undefined
  const where = `(pod: "${podName}", container: ${container.name})`
  const user = context['runAsUser']
  if (user === 0) return `container's runAsUser breaks non-root policy ${where}`
  if (user === undefined && imageIsRoot)
    return `container has runAsNonRoot and image will run as root ${where}`
  return undefined
}
