import type { ContainerInfo } from '../types.ts'

/** The labels that the kubelet has cri-dockerd set: how agents find the pod of a Docker container. */
export function labelsOf(container: ContainerInfo): Readonly<Record<string, string>> {
  const { podName, podNamespace, podUid } = container.sandbox
  const pod = {
    'io.kubernetes.container.name': container.name,
    'io.kubernetes.pod.name': podName,
    'io.kubernetes.pod.namespace': podNamespace,
    'io.kubernetes.pod.uid': podUid,
  }
  if (container.kind === 'sandbox') {
    return { ...pod, 'io.kubernetes.docker.type': 'podsandbox' }
  }
  return {
    ...pod,
    'annotation.io.kubernetes.container.restartCount': String(container.attempt),
    'io.kubernetes.container.logpath': container.logPath,
    'io.kubernetes.docker.type': 'container',
    'io.kubernetes.sandbox.id': container.sandboxId,
  }
}
