import type { Clock, Logger } from '../../core/index.ts'
import { PODS, type KubeClient, type Pod } from '../../kube/index.ts'
import { createEventRecorder, referenceOf } from '../events/index.ts'

/** A container as events name it: `spec.containers{web}`. */
interface Told {
  readonly spec: { readonly name: string }
  readonly init: boolean
  readonly ephemeral?: boolean
}

/** Tells what happens to a pod, or to one of its containers, as events in the kubelet's name. */
export type PodEvents = (
  pod: Pod,
  container: Told | undefined,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
) => void

/** The kubelet's events of pods. Texts are those of a kubelet 1.36. */
export function createPodEvents(options: {
  readonly client: KubeClient
  readonly nodeName: string
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}): PodEvents {
  const { nodeName, ...rest } = options
  const recorder = createEventRecorder({ ...rest, component: 'kubelet', host: nodeName })
  return (pod, container, type, reason, message) => {
    const path = container && `spec.${listOf(container)}{${container.spec.name}}`
    recorder.event(referenceOf(PODS, pod, path), type, reason, message)
  }
}

function listOf({ init, ephemeral }: Told): string {
  if (init) return 'initContainers'
  return ephemeral ? 'ephemeralContainers' : 'containers'
}
