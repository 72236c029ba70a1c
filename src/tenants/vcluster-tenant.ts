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
import { hostName, multiNamespaceName } from './names.ts'
import type { TenantKind } from './tenant-kind.ts'
import type { PodIdentity, UnownedReason } from './tenant.ts'

/** Containers that the syncer adds to a host pod. */
const HOST_ONLY_CONTAINERS: ReadonlySet<string> = new Set(['vcluster-rewrite-hosts'])

/** A vcluster that has all its pods in its own host namespace: the marker, the coordinates, and the translated name. */
export function vclusterTenant(hostNamespaces: readonly string[], vcluster: string): TenantKind {
  const own = new Set(hostNamespaces)
  return {
    claims: (namespace) => own.has(namespace),
    identify(pod) {
      if (textOf(pod.metadata.labels, MANAGED_BY) !== vcluster) return 'not-managed-by-vcluster'
      return identify(pod, ({ name, namespace }) => {
        return hostName(name, namespace, vcluster) === pod.metadata.name
      })
    },
    hostObjectName: (name, namespace) => hostName(name, namespace, vcluster),
    objectName(translated, namespace) {
      // The namespace is known, so the name is what stands before it, if it translates back; a cut one cannot be undone.
      const suffix = `-x-${namespace}-x-${vcluster}`
      const name = translated.endsWith(suffix) ? translated.slice(0, -suffix.length) : ''
      return name !== '' && hostName(name, namespace, vcluster) === translated ? name : undefined
    },
    hostOnlyContainers: HOST_ONLY_CONTAINERS,
  }
}

/**
 * A vcluster ≤ 0.25 in multi-namespace mode: each virtual namespace has a host namespace whose name follows from its own,
 * and objects keep their names. There the marker says nothing (≤ 0.20 copies every label of the tenant's), so it is not
 * read. `hostNamespaces` is where the control plane runs; no pod of the tenant's is in it.
 * Source: vcluster 0.25 `pkg/util/translate/multi_namespace.go`.
 */
export function multiNamespaceTenant(
  hostNamespaces: readonly string[],
  vcluster: string,
): TenantKind {
  const home = hostNamespaces[0] ?? ''
  const own = new Set(hostNamespaces)
  const ending = multiNamespaceName('', home, vcluster).slice(-9)
  const rootCa = `vcluster-kube-root-ca.crt-x-${vcluster}`
  return {
    claims: (namespace) =>
      own.has(namespace) ||
      (/^vcluster-[0-9a-f]{8}-[0-9a-f]{8}$/.test(namespace) && namespace.endsWith(ending)),
    identify: (pod) =>
      identify(pod, ({ name, namespace }) => {
        const translated = multiNamespaceName(namespace, home, vcluster)
        return pod.metadata.name === name && pod.metadata.namespace === translated
      }),
    hostObjectName: (name) => (name === 'kube-root-ca.crt' ? rootCa : name),
    objectName: (translated) => (translated === rootCa ? 'kube-root-ca.crt' : translated),
    hostOnlyContainers: HOST_ONLY_CONTAINERS,
  }
}

/** The syncer's annotations, of which no tenant can write one: coordinates, kind, host coordinates, translation, uid. */
function identify(
  { metadata: { name, namespace, uid, annotations } }: Pod,
  translates: (virtual: { name: string; namespace: string }) => boolean,
): PodIdentity | UnownedReason {
  const virtualName = textOf(annotations, OBJECT_NAME)
  const virtualNamespace = textOf(annotations, OBJECT_NAMESPACE)
  if (virtualName === undefined || virtualNamespace === undefined) return 'virtual-name-missing'
  if (contradicts(annotations, OBJECT_KIND, POD_KIND)) return 'other-object-kind'
  if (
    contradicts(annotations, OBJECT_HOST_NAME, name) ||
    contradicts(annotations, OBJECT_HOST_NAMESPACE, namespace)
  )
    return 'other-host-object'
  if (!translates({ name: virtualName, namespace: virtualNamespace }))
    return 'name-does-not-translate'
  const virtualUid = textOf(annotations, OBJECT_UID)
  if (virtualUid === undefined || !uid) return 'virtual-uid-missing'
  return { namespace: virtualNamespace, name: virtualName, uid: virtualUid }
}

type Texts = Readonly<Record<string, string>> | undefined

/** An own property's value if it is text that is not empty: keys come from people, `constructor` is one. */
function textOf(map: Texts, key: string): string | undefined {
  if (map === undefined || !Object.hasOwn(map, key)) return undefined
  const value: unknown = map[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** True when the annotation is there and is not the wanted value; an absent one contradicts nothing (vcluster < 0.21). */
function contradicts(map: Texts, key: string, wanted: string | undefined): boolean {
  return map !== undefined && Object.hasOwn(map, key) && map[key] !== wanted
}
