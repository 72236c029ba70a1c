import {
  serviceVariables,
  type Container,
  type EnvVar,
  type Pod,
  type Service,
} from '../../kube/index.ts'
import { hostName, keys } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { hostLabelKey } from './translate-metadata.ts'

/** What the downward API would now read of the host pod is in annotations of it instead. */
const FIELDS: Readonly<Record<string, string>> = {
  'metadata.name': keys.LEGACY_NAME,
  'metadata.namespace': keys.NAMESPACE,
  'metadata.uid': keys.LEGACY_UID,
  'metadata.labels': keys.LEGACY_LABELS,
  'spec.serviceAccountName': keys.SERVICE_ACCOUNT_NAME,
}

/** The host's field path for a virtual one; `status.hostIP` and `spec.nodeName` stay, and so show the real node. */
export function hostFieldPath(path: string, vcluster: string): string {
  const annotation = Object.hasOwn(FIELDS, path) ? FIELDS[path] : undefined
  if (annotation !== undefined) return `metadata.annotations['${annotation}']`
  const label = /^metadata\.labels\['(.+)'\]$/.exec(path)?.[1]
  return label === undefined ? path : `metadata.labels['${hostLabelKey(label, vcluster)}']`
}

/** What service links would say about `kubernetes`: they are off on the host, whose `kubernetes` is another one. */
function kubernetesVariables(api: SyncContext['api']): EnvVar[] {
  const port = String(api.port)
  const url = `tcp://${api.address}:${port}`
  const one = `KUBERNETES_PORT_${port}_TCP`
  return [
    { name: 'KUBERNETES_PORT', value: url },
    { name: one, value: url },
    { name: `${one}_ADDR`, value: api.address },
    { name: `${one}_PORT`, value: port },
    { name: `${one}_PROTO`, value: 'tcp' },
    { name: 'KUBERNETES_SERVICE_HOST', value: api.address },
    { name: 'KUBERNETES_SERVICE_PORT', value: port },
    { name: 'KUBERNETES_SERVICE_PORT_HTTPS', value: port },
  ]
}

/**
 * What a kubelet of the virtual cluster would say in a pod's containers about Services: `kubernetes`, and with service
 * links those of the pod's own namespace, under their virtual names; in the order of their names. Set when the pod is made.
 * Source: vcluster 0.34, `pkg/controllers/resources/pods/translate`, `ServicesToEnvironmentVariables`.
 */
export function linkVariables(
  virtual: Pod,
  services: readonly Service[],
  api: SyncContext['api'],
): EnvVar[] {
  const links = virtual.spec.enableServiceLinks === true ? services : []
  const values = new Map([
    ...serviceVariables(links),
    ...kubernetesVariables(api).map(({ name, value = '' }) => [name, value] as const),
  ])
  return [...values]
    .map(([name, value]) => ({ name, value }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/** What a container's translation needs to know of its pod. */
export interface ContainerPlace {
  /** The virtual pod's. */
  readonly namespace: string
  readonly vcluster: string
  /** What all containers of the pod are told about Services. */
  readonly links: readonly EnvVar[]
}

/** A container's environment on the host: Services first, then its own, with translated sources. */
export function hostEnv(env: readonly EnvVar[], place: ContainerPlace): EnvVar[] {
  const own = new Set(env.map((variable) => variable.name))
  return [
    ...place.links.filter((variable) => !own.has(variable.name)),
    ...env.map((variable) => hostVariable(variable, place.namespace, place.vcluster)),
  ]
}

function hostVariable(variable: EnvVar, namespace: string, vcluster: string): EnvVar {
  const { fieldRef, secretKeyRef, configMapKeyRef } = variable.valueFrom ?? {}
  if (fieldRef !== undefined) {
    const fieldPath = hostFieldPath(fieldRef.fieldPath, vcluster)
    return { ...variable, valueFrom: { fieldRef: { ...fieldRef, fieldPath } } }
  }
  const renamed = <T extends { name: string }>(from: T): T => ({
    ...from,
    name: hostName(from.name, namespace, vcluster),
  })
  if (secretKeyRef !== undefined)
    return { ...variable, valueFrom: { secretKeyRef: renamed(secretKeyRef) } }
  if (configMapKeyRef !== undefined)
    return { ...variable, valueFrom: { configMapKeyRef: renamed(configMapKeyRef) } }
  return variable
}

/** Whole Secrets and ConfigMaps as environment. */
export interface EnvFrom {
  readonly prefix?: string
  readonly secretRef?: { readonly name: string; readonly optional?: boolean }
  readonly configMapRef?: { readonly name: string; readonly optional?: boolean }
}

/** A container on the host: its image, command and resources stay as they are. */
export function hostContainer(
  container: Container & { envFrom?: readonly EnvFrom[] },
  place: ContainerPlace,
): Container {
  const env = hostEnv(container.env ?? [], place)
  if (container.envFrom === undefined) return { ...container, env }
  const rename = (name: string): string => hostName(name, place.namespace, place.vcluster)
  const envFrom = container.envFrom.map((from) => ({
    ...from,
    ...(from.secretRef && { secretRef: { ...from.secretRef, name: rename(from.secretRef.name) } }),
    ...(from.configMapRef && {
      configMapRef: { ...from.configMapRef, name: rename(from.configMapRef.name) },
    }),
  }))
  return { ...container, env, envFrom }
}
