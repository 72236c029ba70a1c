import type { Container, Pod } from '../../kube/index.ts'
import type { ContainerConfig } from '../runtime/types.ts'

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

/** What of the security contexts the runtime is told: who the container's programs are, and what they may. */
export function securityOf(
  container: Container,
  pod: Pod,
): Pick<ContainerConfig, 'user' | 'readOnlyRoot' | 'privileged' | 'capabilities'> {
  const ofPod = pod.spec.securityContext ?? {}
  const context = { ...ofPod, ...container.securityContext }
  const uid = numberOf(context['runAsUser'])
  const gid = numberOf(context['runAsGroup'])
  const extra = ofPod['supplementalGroups']
  const groups = [ofPod['fsGroup'], ...(Array.isArray(extra) ? (extra as unknown[]) : [])]
    .map(numberOf)
    .filter((group) => group !== undefined)
  return {
    user: {
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
      groups,
    },
    readOnlyRoot: context['readOnlyRootFilesystem'] === true,
    privileged: context['privileged'] === true,
    ...capabilitiesOf(container.securityContext?.['capabilities']),
  }
}

function capabilitiesOf(value: unknown): Pick<ContainerConfig, 'capabilities'> {
  if (typeof value !== 'object' || value === null) return {}
  const names = (list: unknown): string[] =>
    Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []
  const { add, drop } = value as { readonly add?: unknown; readonly drop?: unknown }
  return { capabilities: { add: names(add), drop: names(drop) } }
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
