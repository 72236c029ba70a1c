/** `pods/exec`, `pods/attach` and `pods/portforward`: streams that the API server only passes on. */
export { openKubeletStream, type OpenPodStream } from './open-kubelet-stream.ts'
export { serveUpgrade } from './serve-upgrade.ts'
export { streamKindOf } from './stream-request.ts'
