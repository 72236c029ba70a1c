import type { Pod, UpgradeAnswer, UpgradeRequest } from '../../../kube/index.ts'
import type { KubeletConnections } from '../pod-logs/index.ts'
import { kubeletPathOf, type StreamRequest } from './stream-request.ts'

/** Opens the streams of a pod, wherever it runs. Throws KubeStatusError for what the server shall answer instead. */
export type OpenPodStream = (
  pod: Pod,
  asked: StreamRequest,
  upgrade: Omit<UpgradeRequest, 'path'>,
) => Promise<UpgradeAnswer>

/** On the kubelet of the pod's node, as kube-apiserver connects to it. */
export function openKubeletStream(connections: KubeletConnections): OpenPodStream {
  return async (pod, asked, upgrade) => {
    const kubelet = await connections.to(pod.spec.nodeName ?? '')
    return await kubelet.upgrade({ ...upgrade, path: kubeletPathOf(pod, asked) })
  }
}
