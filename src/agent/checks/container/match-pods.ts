import { messageOf } from '../../go-errors.ts'
import { recorded, type RequestRecord } from '../../kubelet/client.ts'
import type { KubeletConnection } from '../../kubelet/connection.ts'
import type { PodStore } from '../../store/pod-store.ts'
import type { StoredContainer, Workload } from '../../store/workload.ts'
import type { CheckRun } from '../check.ts'
import type { ApiAnswer } from './own-api.ts'
import type { ContainerSource, ListedContainer } from './source.ts'

/** Which pods are ours, as far as somebody said so. */
export interface KnownPods {
  /** The container of a pod that a listed container is; undefined: nobody's that the agent knows. */
  find(container: ListedContainer): StoredContainer | undefined
  /** Why a container that is not found is nobody's, for people. */
  readonly unclaimed: string
}

/** Own API server first. When it cannot be used: a warning, and the kubelet's pod list. */
export async function matchPods(
  { connection, pods }: { readonly connection: KubeletConnection; readonly pods: PodStore },
  own: { readonly api: ApiAnswer; readonly workload: Workload | undefined },
  source: ContainerSource,
  requests: RequestRecord[],
  { signal, warn }: CheckRun,
): Promise<KnownPods> {
  if (!own.workload && own.api.server !== null) {
    const text = `own API server ${own.api.server} cannot be used, pods are taken from the kubelet: ${own.api.error ?? ''}`
    warn(text)
  }
  if (own.workload || source.kind === 'kubelet') {
    return {
      find: (container) => own.workload?.container(container.id) ?? container.stored,
      unclaimed: `in no pod of the own API server ${own.api.server ?? ''}`,
    }
  }
  try {
    await pods.refresh(recorded(await connection.client(signal), requests), signal)
  } catch (error) {
    signal.throwIfAborted()
    warn(`pods cannot be taken from the kubelet either: ${messageOf(error)}`)
  }
  const fromKubelet = pods.current()
  return {
    find: (container) => fromKubelet.container(container.id),
    unclaimed: pods.everRead
      ? "in no pod of the kubelet's list"
      : 'neither the own API server nor the kubelet said which pods there are',
  }
}
