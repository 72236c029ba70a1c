import { describeError, sleep, type Logger } from '../../core/index.ts'
import { PODS, isConflict, isNotFound, type KubeClient, type Pod } from '../../kube/index.ts'

/** The last step of a deletion: the object goes, if it is still the same one. */
export async function removeFromApi(
  client: KubeClient,
  pod: Pod,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name = '', uid = '' } = pod.metadata
  while (!signal.aborted) {
    try {
      await client.delete(PODS, { namespace, name }, { gracePeriodSeconds: 0, uid })
      return
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return
      log.warn({ pod: name, error: describeError(error) }, 'cannot delete the pod; trying again')
      await sleep(1000, signal)
    }
  }
}
