import { isPodReady, type Pod, type PodStatus } from '../../kube/index.ts'
import { CONFIG_MIRROR } from './static-pods.ts'
import type { StatusTarget, StatusWriter } from './status-writer.ts'

/** Tells the API of pods' statuses; those of static pods go to their mirrors. */
export interface StatusPublisher {
  readonly publish: (pod: Pod, status?: PodStatus) => void
  /** Says again that a pod is ready when somebody, who missed this kubelet for a while, has said that it is not. */
  readonly contradict: (seen: Pod) => void
}

export function createStatusPublisher(options: {
  readonly writer: StatusWriter
  readonly isStatic: (uid: string) => boolean
  /** Undefined: the mirror is not there yet. */
  readonly staticTarget: (pod: Pod) => StatusTarget | undefined
  /** The pod as this kubelet knows it. */
  readonly ownPod: (uid: string | undefined) => Pod | undefined
}): StatusPublisher {
  const { writer } = options
  const targetOf = (pod: Pod): StatusTarget | undefined => {
    const { namespace = '', name = '', uid = '' } = pod.metadata
    return options.isStatic(uid) ? options.staticTarget(pod) : { namespace, name, uid }
  }
  return {
    publish(pod, status = pod.status) {
      const target = targetOf(pod)
      if (target && status) writer.write(target, status)
    },
    contradict(seen) {
      const own = options.ownPod(seen.metadata.annotations?.[CONFIG_MIRROR] ?? seen.metadata.uid)
      if (own?.status === undefined || !isPodReady(own) || isPodReady(seen)) return
      const target = targetOf(own)
      if (target !== undefined && target.uid === seen.metadata.uid)
        writer.writeAgain(target, own.status)
    },
  }
}
