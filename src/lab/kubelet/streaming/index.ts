/** Remote commands and port-forwarding on the kubelet: exec, attach and portForward, over WebSocket and SPDY. */
export type { StreamablePod, StreamingOptions } from './answers.ts'
export { commandAnswer } from './command-answer.ts'
export { portForwardAnswer } from './port-forward-answer.ts'
