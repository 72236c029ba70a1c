import type { PodSpec } from '../../kube/index.ts'
import type { RuntimeKind, SandboxConfig } from '../runtime/types.ts'

/** Whose processes a pod's containers see, and what there is to tell about it. */
export interface PodProcesses {
  readonly processes?: NonNullable<SandboxConfig['processes']>
  /** An event, where the pod gets less than it asks for. */
  readonly warning?: string
}

const NOT_SHOWN =
  "hostPID is not granted: the node's processes are those of this machine. Each container sees its own processes only (with the runtimes process and docker it sees all)"

/**
 * `hostPID` and `shareProcessNamespace`. With `namespaces` no pod gets to see, signal or look into what else runs on the
 * machine: there it is ignored, and said so. API servers refuse both together.
 */
export function podProcesses(
  { hostPID, shareProcessNamespace }: Pick<PodSpec, 'hostPID' | 'shareProcessNamespace'>,
  runtime: RuntimeKind,
): PodProcesses {
  if (hostPID === true) {
    return runtime === 'namespaces' ? { warning: NOT_SHOWN } : { processes: 'node' }
  }
  return shareProcessNamespace === true ? { processes: 'pod' } : {}
}
