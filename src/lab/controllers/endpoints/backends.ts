import { isPodReady, type EndpointPort, type Pod, type Service } from '../../../kube/index.ts'
import { hasEnded, isEnding } from '../common/pod-facts.ts'

/** A pod behind a service, with its own numbers of the service's ports. */
export interface Backend {
  readonly pod: Pod
  readonly ip: string
  readonly ports: readonly EndpointPort[]
  /** To be sent to. */
  readonly ready: boolean
  /** Ready, even while it ends. */
  readonly serving: boolean
  readonly terminating: boolean
  readonly hostname: string | undefined
}

export const isHeadless = ({ spec }: Service): boolean => spec.clusterIP === 'None'

/** Whether the service chooses pods at all: one without a selector has the endpoints that somebody else writes. */
export const choosesPods = ({ spec }: Service): boolean =>
  spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0

/** The pods that a service leads to: those with an address that have not ended. */
export function backendsOf(service: Service, pods: readonly Pod[]): Backend[] {
  const selector = Object.entries(service.spec.selector ?? {})
  return pods
    .filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value))
    .filter((pod) => !hasEnded(pod) && Boolean(pod.status?.podIP))
    .map((pod) => backendOf(service, pod))
    .sort((a, b) => ((a.pod.metadata.name ?? '') < (b.pod.metadata.name ?? '') ? -1 : 1))
}

function backendOf(service: Service, pod: Pod): Backend {
  const { publishNotReadyAddresses = false } = service.spec
  const terminating = isEnding(pod)
  const serving = isPodReady(pod)
  const named = pod.spec.subdomain === service.metadata.name
  return {
    pod,
    ip: pod.status?.podIP ?? '',
    ports: portsOf(service, pod),
    ready: publishNotReadyAddresses || (serving && !terminating),
    serving,
    terminating,
    hostname: named ? pod.spec.hostname : undefined,
  }
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap(
    ({ name, protocol = 'TCP', appProtocol, port, targetPort }) => {
      const number = numberOf(pod, targetPort ?? port, protocol)
      if (number === undefined) return []
      return [{ name: name ?? '', port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }]
    },
  )
}

/** A target port by its name is the container's port of that name. */
function numberOf({ spec }: Pod, target: number | string, protocol: string): number | undefined {
  if (typeof target === 'number') return target
  const ports = spec.containers.flatMap((container) => container.ports ?? [])
  const found = ports.find((one) => one.name === target && (one.protocol ?? 'TCP') === protocol)
  return found?.containerPort
}

export const targetOf = ({
  metadata,
}: Pod): {
  kind: string
  namespace: string
  name: string
  uid: string
} => ({
  kind: 'Pod',
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
})

/** Backends by their ports: pods may have other numbers behind the same name. */
export function byPorts(backends: readonly Backend[]): Map<string, Backend[]> {
  const groups = new Map<string, Backend[]>()
  for (const backend of backends) {
    const key = JSON.stringify(backend.ports)
    groups.set(key, [...(groups.get(key) ?? []), backend])
  }
  return groups
}
