import type { Pod } from '../kube/index.ts'
import {
  MANAGED_BY,
  OBJECT_HOST_NAME,
  OBJECT_HOST_NAMESPACE,
  OBJECT_KIND,
  OBJECT_NAME,
  OBJECT_NAMESPACE,
  OBJECT_UID,
  POD_KIND,
} from './keys.ts'
import { hostName } from './names.ts'
import type { Ownership, Tenant, UnownedReason } from './tenant.ts'

const unowned = (reason: UnownedReason): Ownership => ({ owned: false, reason })

/** An own property's value if it is text that is not empty: keys come from people, `constructor` is one. */
function textOf(
  map: Readonly<Record<string, string>> | undefined,
  key: string,
): string | undefined {
  if (map === undefined || !Object.hasOwn(map, key)) return undefined
  const value: unknown = map[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/**
 * Whose a host pod is, and what the tenant calls it. Five checks, all of them, in this order: the namespace is one
 * tenant's and nobody else's; the marker names that tenant's vcluster; the virtual coordinates are there, and they are
 * a pod's; the host coordinates, if there, are the pod's own; the virtual name translates to the host name.
 * The annotations only name a pod within a tenant that namespace and marker have already decided; those that a tenant
 * can write (`vcluster.loft.sh/name`, `namespace`, `uid`, `labels`) are never read.
 * Source: vcluster's own `IsManaged`, single-namespace mode.
 */
export function ownershipOf(pod: Pod, tenants: readonly Tenant[]): Ownership {
  const { name, namespace, uid, labels, annotations } = pod.metadata
  const [tenant, second] = tenants.filter((each) =>
    each.hostNamespaces.some((own) => own === namespace),
  )
  if (tenant === undefined || namespace === undefined) return unowned('namespace-of-no-tenant')
  if (second !== undefined) return unowned('namespace-of-two-tenants')
  if (textOf(labels, MANAGED_BY) !== tenant.vcluster) return unowned('not-managed-by-vcluster')

  const virtualName = textOf(annotations, OBJECT_NAME)
  const virtualNamespace = textOf(annotations, OBJECT_NAMESPACE)
  if (virtualName === undefined || virtualNamespace === undefined)
    return unowned('virtual-name-missing')
  if (contradicts(annotations, OBJECT_KIND, POD_KIND)) return unowned('other-object-kind')
  if (
    contradicts(annotations, OBJECT_HOST_NAME, name) ||
    contradicts(annotations, OBJECT_HOST_NAMESPACE, namespace)
  )
    return unowned('other-host-object')
  if (hostName(virtualName, virtualNamespace, tenant.vcluster) !== name)
    return unowned('name-does-not-translate')

  const virtualUid = textOf(annotations, OBJECT_UID)
  if (virtualUid === undefined || !uid) return unowned('virtual-uid-missing')
  return {
    owned: true,
    pod: {
      tenant,
      host: { namespace, name, uid },
      virtual: { namespace: virtualNamespace, name: virtualName, uid: virtualUid },
    },
  }
}

/** True when the annotation is there and is not the wanted value; an absent one contradicts nothing (vcluster < 0.21). */
function contradicts(
  annotations: Readonly<Record<string, string>> | undefined,
  key: string,
  wanted: string | undefined,
): boolean {
  return annotations !== undefined && Object.hasOwn(annotations, key) && annotations[key] !== wanted
}
