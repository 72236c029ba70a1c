import type { Container, Pod, Volume } from '../../kube/index.ts'
import type { EnvFrom } from './translate-env.ts'

/** A Secret or ConfigMap of the virtual cluster. */
export interface ConfigRef {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly namespace: string
  readonly name: string
}

/** One text per Secret or ConfigMap, for sets and maps. */
export function configKey(ref: ConfigRef): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`
}

type Mention = readonly [kind: ConfigRef['kind'], name: string | undefined]

/** The Secrets and ConfigMaps that a pod needs on the host: its volumes', its environment's and its pull secrets. */
export function podReferences(pod: Pod): ConfigRef[] {
  const namespace = pod.metadata.namespace ?? ''
  const { imagePullSecrets = [] } = pod.spec as { imagePullSecrets?: { name: string }[] }
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
  const found = new Map<string, ConfigRef>()
  for (const [kind, name] of [
    ...(pod.spec.volumes ?? []).flatMap(mentionsOfVolume),
    ...containers.flatMap(mentionsOfContainer),
    ...imagePullSecrets.map((each): Mention => ['Secret', each.name]),
  ]) {
    if (name === undefined || name === '') continue
    const ref = { kind, namespace, name }
    found.set(configKey(ref), ref)
  }
  return [...found.values()]
}

function mentionsOfVolume({ secret, configMap, projected }: Volume): Mention[] {
  return [
    ['Secret', secret?.secretName],
    ['ConfigMap', configMap?.name],
    ...(projected?.sources ?? []).flatMap((source): Mention[] => [
      ['Secret', source.secret?.name],
      ['ConfigMap', source.configMap?.name],
    ]),
  ]
}

function mentionsOfContainer(container: Container & { envFrom?: readonly EnvFrom[] }): Mention[] {
  return [
    ...(container.env ?? []).flatMap(({ valueFrom }): Mention[] => [
      ['Secret', valueFrom?.secretKeyRef?.name],
      ['ConfigMap', valueFrom?.configMapKeyRef?.name],
    ]),
    ...(container.envFrom ?? []).flatMap((from): Mention[] => [
      ['Secret', from.secretRef?.name],
      ['ConfigMap', from.configMapRef?.name],
    ]),
  ]
}
