/** Every kind that the API server stores, and how to find one by its path. */
import * as apps from './apps.ts'
import { HORIZONTALPODAUTOSCALER_V1 } from './autoscaler-v1.ts'
import { CRONJOB, JOB } from './batch.ts'
import { CONFIGMAP, EVENT, NAMESPACE, NODE, SECRET, SERVICEACCOUNT } from './core.ts'
import { DAEMONSET } from './daemonset.ts'
import { EVENT_V1 } from './event-v1.ts'
import * as extensions from './extensions.ts'
import type { Kind } from './kind.ts'
import * as network from './network.ts'
import { POD } from './pod.ts'
import * as policy from './policy.ts'
import { CLUSTERROLE, CLUSTERROLEBINDING, ROLE, ROLEBINDING } from './rbac.ts'
import { SERVICE } from './service.ts'
import * as volumes from './volumes.ts'

export type { CustomFacts, Kind, StoredAs } from './kind.ts'
export { customKinds } from './custom.ts'
export { serviceKind, type ServiceAddresses } from './service.ts'

/** In the order in which a kube-apiserver lists its groups. */
export const KINDS: readonly Kind[] = [
  NAMESPACE,
  NODE,
  POD,
  SERVICE,
  SECRET,
  CONFIGMAP,
  SERVICEACCOUNT,
  EVENT,
  network.ENDPOINTS_KIND,
  volumes.PERSISTENTVOLUMECLAIM,
  volumes.PERSISTENTVOLUME,
  apps.REPLICATIONCONTROLLER,
  apps.PODTEMPLATE,
  policy.RESOURCEQUOTA,
  policy.LIMITRANGE,
  extensions.APISERVICE,
  apps.DEPLOYMENT,
  apps.REPLICASET,
  apps.STATEFULSET,
  DAEMONSET,
  apps.CONTROLLERREVISION,
  EVENT_V1,
  policy.HORIZONTALPODAUTOSCALER,
  HORIZONTALPODAUTOSCALER_V1,
  JOB,
  CRONJOB,
  network.NETWORKPOLICY,
  network.INGRESS,
  network.INGRESSCLASS,
  policy.PODDISRUPTIONBUDGET,
  ROLE,
  ROLEBINDING,
  CLUSTERROLE,
  CLUSTERROLEBINDING,
  volumes.STORAGECLASS,
  volumes.CSINODE,
  volumes.CSIDRIVER,
  volumes.VOLUMEATTACHMENT,
  extensions.MUTATINGWEBHOOKCONFIGURATION,
  extensions.VALIDATINGWEBHOOKCONFIGURATION,
  extensions.CUSTOMRESOURCEDEFINITION,
  policy.PRIORITYCLASS,
  policy.LEASE,
  policy.RUNTIMECLASS,
  network.ENDPOINTSLICE,
]

const byPath = new Map(
  KINDS.map((kind) => {
    const { group, version, plural } = kind.resource
    return [`${group}/${version}/${plural}`, kind]
  }),
)

/** A built-in kind; those of CustomResourceDefinitions are in a server's registry. */
export function findKind(group: string, version: string, plural: string): Kind | undefined {
  return byPath.get(`${group}/${version}/${plural}`)
}
