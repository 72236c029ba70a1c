/** Every kind that the API server stores, and how to find one by its path. */
import { CONFIGMAP, EVENT, NAMESPACE, NODE, SECRET, SERVICE, SERVICEACCOUNT } from './core.ts'
import { DAEMONSET } from './daemonset.ts'
import type { Kind } from './kind.ts'
import { POD } from './pod.ts'
import { CLUSTERROLE, CLUSTERROLEBINDING, ROLE, ROLEBINDING } from './rbac.ts'

export type { Kind } from './kind.ts'

export const KINDS: readonly Kind[] = [
  NAMESPACE,
  NODE,
  POD,
  SERVICE,
  SECRET,
  CONFIGMAP,
  SERVICEACCOUNT,
  EVENT,
  DAEMONSET,
  ROLE,
  ROLEBINDING,
  CLUSTERROLE,
  CLUSTERROLEBINDING,
]

const byPath = new Map(
  KINDS.map((kind) => {
    const { group, version, plural } = kind.resource
    return [`${group}/${version}/${plural}`, kind]
  }),
)

export function findKind(group: string, version: string, plural: string): Kind | undefined {
  return byPath.get(`${group}/${version}/${plural}`)
}
