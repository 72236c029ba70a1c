import {
  serviceVariables,
  type Container,
  type EnvFromSource,
  type EnvVar,
  type Pod,
} from '../../kube/index.ts'
import { expand } from './expand.ts'
import { fieldValue, type PodAddresses } from './field-ref.ts'
import { readNodeResources } from './node-resources.ts'
import { needsNode, resourceValue, type ResourceRef } from './resource-ref.ts'
import type { ObjectSource } from './volumes/object-source.ts'

/** A container that cannot be created from its spec now: the kubelet shows it as CreateContainerConfigError and tries again. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError'
}

export interface EnvContext {
  readonly pod: Pod
  readonly addresses: PodAddresses
  readonly objects: ObjectSource
  /** The service `kubernetes` as this pod reaches it. */
  readonly apiServer: { readonly host: string; readonly port: number }
  /** The kubelet's own directory, on the disk of the node's pods. */
  readonly rootDir: string
}

/**
 * The container's env as the kubelet makes it: `envFrom`, then `env`, which wins; what is left of the services'
 * variables comes last. Throws ContainerConfigError while something is missing.
 */
export async function containerEnv(
  container: Container,
  context: EnvContext,
): Promise<Map<string, string>> {
  const services = await serviceEnv(context)
  const values = new Map<string, string>()
  const known = { get: (name: string) => values.get(name) ?? services.get(name) }
  for (const source of container.envFrom ?? []) {
    for (const [name, value] of await allOf(source, context)) values.set(name, value)
  }
  for (const variable of container.env ?? []) {
    const value = await valueOf(variable, container, context, known)
    if (value !== undefined) values.set(variable.name, value)
  }
  for (const [name, value] of services) if (!values.has(name)) values.set(name, value)
  return values
}

/** Command and arguments with `$(NAME)` replaced. */
export function expandAll(
  words: readonly string[] | undefined,
  env: ReadonlyMap<string, string>,
): string[] {
  return (words ?? []).map((word) => expand(word, env))
}

/** Where the API server is; with service links (the default) also the services of the pod's own namespace. */
async function serviceEnv({ apiServer, pod, objects }: EnvContext): Promise<Map<string, string>> {
  const { host, port } = apiServer
  const kubernetes = { clusterIP: host, ports: [{ name: 'https', port }] }
  const own = pod.spec.enableServiceLinks === false ? [] : await objects.services()
  // The API server has its address from the lab: nothing listens at that of its service.
  const others = own.filter(({ metadata }) => metadata.name !== 'kubernetes')
  return serviceVariables([{ metadata: { name: 'kubernetes' }, spec: kubernetes }, ...others])
}

/** All keys of a ConfigMap or Secret. Since 1.34 no name is left out: any printable text may be one. */
async function allOf(
  { prefix = '', configMapRef, secretRef }: EnvFromSource,
  { objects }: EnvContext,
): Promise<[string, string][]> {
  const ref = configMapRef ?? secretRef
  if (!ref) return []
  const values = await (configMapRef ? objects.configMap(ref.name) : objects.secret(ref.name))
  if (!values && ref.optional !== true) {
    throw new ContainerConfigError(
      `${configMapRef ? 'configmap' : 'secret'} "${ref.name}" not found`,
    )
  }
  return [...(values ?? [])].map(([key, value]) => [prefix + key, value.toString()])
}

async function valueOf(
  variable: EnvVar,
  container: Container,
  context: EnvContext,
  known: Pick<ReadonlyMap<string, string>, 'get'>,
): Promise<string | undefined> {
  const from = variable.valueFrom
  if (!from) return expand(variable.value ?? '', known)
  if (from.fieldRef) {
    const value = fieldValue(context.pod, from.fieldRef.fieldPath, context.addresses)
    if (value === undefined)
      throw new ContainerConfigError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`)
    return value
  }
  if (from.resourceFieldRef) return await resourceOf(from.resourceFieldRef, container, context)
  if (from.secretKeyRef) return await keyOf('secret', from.secretKeyRef, context)
  if (from.configMapKeyRef) return await keyOf('configmap', from.configMapKeyRef, context)
  return ''
}

async function resourceOf(
  ref: ResourceRef,
  container: Container,
  { pod, rootDir }: EnvContext,
): Promise<string> {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const about = ref.containerName ? all.find(({ name }) => name === ref.containerName) : container
  if (!about) throw new ContainerConfigError(`container ${ref.containerName ?? ''} not found`)
  const node = needsNode(about, ref) ? await readNodeResources(rootDir) : {}
  const value = resourceValue(about, ref, node)
  if (value === undefined)
    throw new ContainerConfigError(`unsupported container resource : ${ref.resource}`)
  return value
}

async function keyOf(
  kind: 'secret' | 'configmap',
  ref: { name: string; key: string; optional?: boolean },
  { objects, pod }: EnvContext,
): Promise<string | undefined> {
  const values = await (kind === 'secret' ? objects.secret(ref.name) : objects.configMap(ref.name))
  const value = values?.get(ref.key)
  if (value !== undefined) return value.toString()
  if (ref.optional === true) return undefined
  if (!values) throw new ContainerConfigError(`${kind} "${ref.name}" not found`)
  const title = kind === 'secret' ? 'Secret' : 'ConfigMap'
  throw new ContainerConfigError(
    `couldn't find key ${ref.key} in ${title} ${pod.metadata.namespace ?? ''}/${ref.name}`,
  )
}
