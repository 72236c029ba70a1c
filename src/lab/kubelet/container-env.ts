import type { Container, EnvVar, Pod } from '../../kube/index.ts'
import { expand } from './expand.ts'
import { fieldValue, type PodAddresses } from './field-ref.ts'
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
}

/** The container's env, in the order the kubelet makes it: the service's variables, then the spec's, which win. */
export async function containerEnv(
  container: Container,
  context: EnvContext,
): Promise<Map<string, string>> {
  const values = serviceEnv(context.apiServer)
  for (const variable of container.env ?? []) {
    const value = await valueOf(variable, context, values)
    if (value !== undefined) values.set(variable.name, value)
  }
  return values
}

/** Command and arguments with `$(NAME)` replaced. */
export function expandAll(
  words: readonly string[] | undefined,
  env: ReadonlyMap<string, string>,
): string[] {
  return (words ?? []).map((word) => expand(word, env))
}

function serviceEnv({ host, port }: { host: string; port: number }): Map<string, string> {
  const tcp = `tcp://${host}:${port}`
  const prefix = `KUBERNETES_PORT_${port}_TCP`
  return new Map([
    ['KUBERNETES_SERVICE_HOST', host],
    ['KUBERNETES_SERVICE_PORT', String(port)],
    ['KUBERNETES_SERVICE_PORT_HTTPS', String(port)],
    ['KUBERNETES_PORT', tcp],
    [prefix, tcp],
    [`${prefix}_PROTO`, 'tcp'],
    [`${prefix}_PORT`, String(port)],
    [`${prefix}_ADDR`, host],
  ])
}

async function valueOf(
  variable: EnvVar,
  context: EnvContext,
  known: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const from = variable.valueFrom
  if (!from) return expand(variable.value ?? '', known)
  if (from.fieldRef) {
    const value = fieldValue(context.pod, from.fieldRef.fieldPath, context.addresses)
    if (value === undefined)
      throw new ContainerConfigError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`)
    return value
  }
  if (from.secretKeyRef) return await keyOf('secret', from.secretKeyRef, context)
  if (from.configMapKeyRef) return await keyOf('configmap', from.configMapKeyRef, context)
  return ''
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
