import {
  formatBytes,
  formatCpu,
  parseQuantity,
  type Container,
  type ContainerStatus,
  type Pod,
  type PodStatus,
} from '../../kube/index.ts'
import { isSidecar, type ContainerRecord } from './container-record.ts'

/**
 * What a container's status repeats of its spec, and as whom it runs (kubelet 1.36): its mounts always, its resources once it
 * exists, if they could be changed. The user is that of the lab's own process, which `runAsUser` does not change.
 */
export function attachments(record: ContainerRecord): Partial<ContainerStatus> {
  const { spec, info, init, ephemeral } = record
  const { volumeMounts = [], resources: { requests, limits } = {} } = spec
  const mounts = volumeMounts.map(({ name, mountPath, readOnly }) => ({
    name,
    mountPath,
    ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
  }))
  const canResize = !ephemeral && (!init || isSidecar(record))
  return {
    ...(info && canResize
      ? {
          ...(requests ? { allocatedResources: requests } : {}),
          resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) },
        }
      : {}),
    ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
    ...(info ? { user: { linux: ownUser() } } : {}),
  }
}

function ownUser(): NonNullable<ContainerStatus['user']>['linux'] {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
  return { uid, gid, supplementalGroups: process.getgroups?.() ?? [gid] }
}

/** What the pod as a whole has of CPU and memory; nothing of one whose containers say nothing. */
export function podResources(pod: Pod): Pick<PodStatus, 'allocatedResources' | 'resources'> {
  const requests = total(pod, ({ resources }) => resources?.requests)
  const limits = total(pod, ({ resources }) => resources?.limits)
  if (!requests && !limits) return {}
  return {
    ...(requests ? { allocatedResources: requests } : {}),
    resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) },
  }
}

type Amounts = Record<string, string>

/** All containers and sidecars together, or an init container beside the sidecars before it, whichever is more. */
function total(
  { spec }: Pod,
  amountsOf: (container: Container) => Amounts | undefined,
): Amounts | undefined {
  const sum: Amounts = {}
  for (const name of ['cpu', 'memory'] as const) {
    const texts: string[] = []
    const read = (container: Container): number => {
      const text = amountsOf(container)?.[name]
      if (text !== undefined) texts.push(text)
      return valueOf(text)
    }
    let [sidecars, starting] = [0, 0]
    for (const container of spec.initContainers ?? []) {
      const own = read(container)
      if (container.restartPolicy === 'Always') sidecars += own
      starting = Math.max(
        starting,
        container.restartPolicy === 'Always' ? sidecars : sidecars + own,
      )
    }
    const running = spec.containers.reduce(
      (before, container) => before + read(container),
      sidecars,
    )
    if (texts.length > 0) sum[name] = write(name, Math.max(running, starting), texts)
  }
  return Object.keys(sum).length > 0 ? sum : undefined
}

function valueOf(text = '0'): number {
  const parsed = parseQuantity(text)
  return parsed.ok ? parsed.value : 0
}

/** As one of the texts has it, if it is the same amount. */
function write(name: 'cpu' | 'memory', value: number, texts: readonly string[]): string {
  const same = texts.find((text) => valueOf(text) === value)
  return same ?? (name === 'cpu' ? formatCpu(value * 1000) : formatBytes(value))
}
