import type { ContainerStatus, PodStatus } from '../../kube/index.ts'

const UNKNOWN: ContainerStatus['state'] = {
  terminated: {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
  },
}

/**
 * The statuses of a pod that is ended as a whole: a container of which nothing is known has ended too, unless its turn
 * had not come yet (status_manager.go, TerminatePod, 1.36).
 */
export function withoutDoubt(status: Partial<PodStatus>): Partial<PodStatus> {
  const { initContainerStatuses: init, containerStatuses: main = [] } = status
  const lastInit = init?.findLastIndex(hasBegun) ?? -1
  return {
    ...status,
    ...(init && {
      initContainerStatuses: init.map((one, at) =>
        at <= Math.max(0, lastInit) ? ended(one) : one,
      ),
    }),
    ...(isInitialized(init, main) ? { containerStatuses: main.map(ended) } : {}),
  }
}

const hasBegun = ({ state, lastState }: ContainerStatus): boolean =>
  state.waiting === undefined || lastState.terminated !== undefined

function isInitialized(
  init: readonly ContainerStatus[] | undefined,
  main: readonly ContainerStatus[],
): boolean {
  const last = init?.at(-1)
  if (!last || main.some(hasBegun)) return true
  return (last.lastState.terminated ?? last.state.terminated)?.exitCode === 0
}

const ended = (status: ContainerStatus): ContainerStatus =>
  status.state.terminated ? status : { ...status, state: UNKNOWN }
