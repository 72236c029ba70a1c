import type { Container, DaemonSet, EnvVar, Volume, VolumeMount } from '../kube/index.ts'

/** Small edits of a DaemonSet's pod template that the remedies are made of. Each leaves its argument as it is. */
export interface TemplateEdit {
  readonly annotations?: Readonly<Record<string, string>>
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly nodeSelector?: Readonly<Record<string, string>>
  /** For one container of the template. */
  readonly container: string
  readonly volumeMounts?: readonly VolumeMount[]
  readonly env?: readonly EnvVar[]
  /** Volumes that go, with every mount of them. */
  readonly withoutVolumes?: readonly string[]
}

/** Applies an edit. A mount, volume or variable of the same name or place is replaced. */
export function editTemplate(daemonSet: DaemonSet, edit: TemplateEdit): DaemonSet {
  const copy = structuredClone(daemonSet)
  const { template } = copy.spec
  const { spec } = template
  if (edit.annotations !== undefined) {
    const old = template.metadata ?? {}
    template.metadata = { ...old, annotations: { ...old.annotations, ...edit.annotations } }
  }
  if (edit.nodeSelector !== undefined) {
    spec.nodeSelector = { ...spec.nodeSelector, ...edit.nodeSelector }
  }
  const gone = new Set(edit.withoutVolumes ?? [])
  spec.volumes = replaceBy(
    (spec.volumes ?? []).filter((volume) => !gone.has(volume.name)),
    edit.volumes ?? [],
    (volume) => volume.name,
  )
  if (edit.initContainers !== undefined && edit.initContainers.length > 0) {
    spec.initContainers = [...(spec.initContainers ?? []), ...edit.initContainers]
  }
  spec.containers = spec.containers.map((container) => {
    const kept = (container.volumeMounts ?? []).filter((mount) => !gone.has(mount.name))
    if (container.name !== edit.container) return { ...container, volumeMounts: kept }
    const env = replaceBy(container.env ?? [], edit.env ?? [], (variable) => variable.name)
    return {
      ...container,
      volumeMounts: replaceBy(kept, edit.volumeMounts ?? [], (mount) => mount.mountPath),
      ...(env.length === 0 ? {} : { env }),
    }
  })
  return copy
}

function replaceBy<T>(old: readonly T[], fresh: readonly T[], keyOf: (item: T) => string): T[] {
  const replaced = new Set(fresh.map(keyOf))
  return [...old.filter((item) => !replaced.has(keyOf(item))), ...fresh]
}
