import { isIP } from 'node:net'
import { isDnsLabel, type Pod } from '../kube/index.ts'
import { MANAGED_BY, OBJECT_NAME } from './keys.ts'

/** A vcluster as its control plane's pods on the host tell of it. */
export interface FoundVcluster {
  readonly name: string
  readonly namespace: string
  /** Where its API server answers; undefined: no pod of it has an address. */
  readonly podIP: string | undefined
  readonly port: number
}

/** Why a pod with the label of a control plane is none. */
export type NotAControlPlane =
  /** A syncer wrote it: a nested vcluster's, or a tenant that labels its own pod like one. It is the outer tenant's pod. */
  | 'synced'
  | 'no-vcluster-name'
  /** Its address is the node's, where other things answer. */
  | 'host-network'

/** What the chart's control plane listens on (container port `https`). */
const DEFAULT_PORT = 8443

/**
 * The vclusters that run on the host, by the pods with the control plane's label. One that several pods serve is one
 * vcluster: the oldest that is not on its way out tells the address. What a syncer wrote is never a control plane:
 * tenants set the labels of their own pods, but neither the marker nor the syncer's annotations.
 * Source: labels `app=vcluster`, `release=<name>` of vcluster's chart, 0.1 to 0.34.
 */
export function findVclusters(pods: readonly Pod[]): {
  readonly found: readonly FoundVcluster[]
  readonly ignored: ReadonlyMap<NotAControlPlane, readonly Pod[]>
} {
  const groups = new Map<string, { name: string; namespace: string; pods: Pod[] }>()
  const ignored = new Map<NotAControlPlane, Pod[]>()
  for (const pod of pods) {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue
    const fault = faultOf(pod)
    if (fault !== undefined) {
      ignored.set(fault, [...(ignored.get(fault) ?? []), pod])
      continue
    }
    const name = nameOf(pod) ?? ''
    const { namespace = '' } = pod.metadata
    const group = groups.get(`${namespace}/${name}`)
    if (group === undefined) groups.set(`${namespace}/${name}`, { name, namespace, pods: [pod] })
    else group.pods.push(pod)
  }
  const found = [...groups.values()].map((group): FoundVcluster => {
    const { name, namespace } = group
    const [pod] = group.pods.filter((each) => addressOf(each) !== undefined).toSorted(byAge)
    return {
      name,
      namespace,
      podIP: pod && addressOf(pod),
      port: pod ? portOf(pod) : DEFAULT_PORT,
    }
  })
  return { found, ignored }
}

function faultOf(pod: Pod): NotAControlPlane | undefined {
  const { labels, annotations } = pod.metadata
  if (labels && Object.hasOwn(labels, MANAGED_BY)) return 'synced'
  if (annotations && Object.hasOwn(annotations, OBJECT_NAME)) return 'synced'
  if (pod.spec.hostNetwork === true) return 'host-network'
  return nameOf(pod) === undefined ? 'no-vcluster-name' : undefined
}

/** The label `release`, or what owns the pod: the chart calls the StatefulSet as the vcluster. */
function nameOf({ metadata: { labels, ownerReferences } }: Pod): string | undefined {
  const owner = ownerReferences?.find(({ kind, controller }) => {
    return controller === true && kind === 'StatefulSet'
  })
  const name = (labels && Object.hasOwn(labels, 'release') ? labels['release'] : '') || owner?.name
  return name !== undefined && isDnsLabel(name) ? name : undefined
}

function addressOf({ status }: Pod): string | undefined {
  const address = status?.podIP
  return address !== undefined && isIP(address) !== 0 ? address : undefined
}

function portOf({ spec }: Pod): number {
  const ports = spec.containers.flatMap((container) => container.ports ?? [])
  return ports.find(({ name }) => name === 'https')?.containerPort ?? DEFAULT_PORT
}

function byAge(a: Pod, b: Pod): number {
  const rank = ({ metadata }: Pod): string =>
    [
      metadata.deletionTimestamp === undefined ? 0 : 1,
      metadata.creationTimestamp ?? '',
      metadata.name ?? '',
    ].join(' ')
  return rank(a) < rank(b) ? -1 : 1
}
