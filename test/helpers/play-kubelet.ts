import {
  PODS,
  createReflector,
  isConflict,
  isNotFound,
  type KubeClient,
  type Pod,
  type PodStatus,
} from '../../src/kube/index.ts'

/** How a pod comes along, by its object. Undefined: leave it alone. */
export type Fate = (pod: Pod) => 'ready' | 'running' | 'succeeded' | 'failed' | undefined

/**
 * Plays the kubelets of a cluster without any: pods that have a node run at once as `fate` says, and those that shall
 * end are let go.
 */
export function playKubelet(client: KubeClient, fate: Fate = () => 'ready'): AsyncDisposable {
  const pods = createReflector<Pod>(client, PODS)
  let addresses = 0
  const act = async (pod: Pod): Promise<void> => {
    const { namespace, name = '', deletionTimestamp } = pod.metadata
    if (!pod.spec.nodeName) return
    if (deletionTimestamp) {
      await client.delete(PODS, { namespace, name }, { gracePeriodSeconds: 0 })
      return
    }
    const wish = fate(pod)
    if (wish === undefined || pod.status?.podIP !== undefined) return
    addresses += 1
    const status = statusOf(pod, wish, `10.244.0.${addresses % 250}`)
    await client.update(PODS, { ...pod, status }, { subresource: 'status' })
  }
  const tolerate = (error: unknown): void => {
    if (!isConflict(error) && !isNotFound(error)) throw error
  }
  pods.onChange(({ type, object }) => {
    if (type !== 'deleted') void act(object).catch(tolerate)
  })
  return pods
}

function statusOf(pod: Pod, wish: NonNullable<ReturnType<Fate>>, podIP: string): PodStatus {
  const now = new Date().toISOString().replace(/\.\d+Z/, 'Z')
  const phases = {
    ready: 'Running',
    running: 'Running',
    succeeded: 'Succeeded',
    failed: 'Failed',
  } as const
  const status = wish === 'ready' ? ('True' as const) : ('False' as const)
  const scheduled = (pod.status?.conditions ?? []).filter(({ type }) => type === 'PodScheduled')
  return {
    ...pod.status,
    phase: phases[wish],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: now,
    conditions: [...scheduled, { type: 'Ready', status, lastTransitionTime: now }],
  }
}
