import type { Pod } from '../../kube/index.ts'
import { isRunning } from './container-record.ts'
import type { PodWorker } from './pod-worker.ts'
import { CONFIG_SEEN, CONFIG_SOURCE } from './static-pods.ts'

/** `/pods`: what the kubelet runs, each as it came from its source, with the kubelet's own status. Annotations and all. */
export function podList(workers: readonly PodWorker[]): string {
  return list(workers.map((worker) => bare(worker.view())))
}

/** `/runningpods/`: the runtime's view; names, uids, and the images of running containers. No line end, unlike `/pods`. */
export function runningPodList(workers: readonly PodWorker[]): string {
  const running = workers.filter((worker) => worker.sandbox()?.phase === 'running')
  return list(
    running.map((worker) => {
      const { name, namespace, uid } = worker.view().metadata
      const containers = worker
        .records()
        .filter(isRunning)
        .map((record) => ({
          name: record.spec.name,
          image: record.info?.imageId ?? '',
          resources: {},
        }))
      return { metadata: { name, namespace, uid }, spec: { containers }, status: {} }
    }),
  ).trimEnd()
}

/** When and from where the kubelet got a pod, as it notes in the pod's annotations. */
export function withSource(pod: Pod, seen: string): Pod {
  const annotations = { ...pod.metadata.annotations, [CONFIG_SEEN]: seen, [CONFIG_SOURCE]: 'api' }
  return { ...pod, metadata: { ...pod.metadata, annotations } }
}

/** Items of a list carry no kind. */
function bare(pod: Pod): Record<string, unknown> {
  const { metadata, spec, status } = pod
  return { metadata, spec, status: status ?? {} }
}

function list(items: readonly unknown[]): string {
  return JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items }) + '\n'
}
