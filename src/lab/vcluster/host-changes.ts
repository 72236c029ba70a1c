import type { Container, Pod, Service } from '../../kube/index.ts'
import { keys } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { hostContainer, linkVariables } from './translate-env.ts'
import { hostLabelKey, hostPodMetadata } from './translate-metadata.ts'

type Texts = Record<string, string>
export type Change = Record<string, string | null>

/**
 * What must change in a host pod's labels and annotations, as a merge patch; undefined: nothing. Labels that somebody
 * else put on the host pod stay, and so do tokens.
 */
export function hostMetadataChanges(
  virtual: Pod,
  host: Pod,
  namespaceLabels: Readonly<Texts>,
  context: SyncContext,
): { metadata: { labels?: Change; annotations?: Change } } | undefined {
  const wanted = hostPodMetadata(virtual, namespaceLabels, context)
  const { labels: hadLabels = {}, annotations: had = {} } = host.metadata
  const formerLabels = labelKeysOf(had[keys.LEGACY_LABELS]).map((key) =>
    hostLabelKey(key, context.vcluster),
  )
  const formerAnnotations = (had[keys.MANAGED_ANNOTATIONS] ?? '').split('\n')
  const labels = changes(hadLabels, wanted.labels ?? {}, formerLabels)
  const annotations = changes(had, wanted.annotations ?? {}, [
    ...formerAnnotations,
    keys.MANAGED_ANNOTATIONS,
  ])
  if (labels === undefined && annotations === undefined) return undefined
  return { metadata: { ...(labels && { labels }), ...(annotations && { annotations }) } }
}

/** A change as a JSON patch has it. */
interface Replacement {
  readonly op: 'replace' | 'add'
  readonly path: string
  readonly value: unknown
}

/** What of a pod's spec may change later: images, and the deadline; undefined: nothing. */
export function hostSpecChanges(virtual: Pod, host: Pod): Replacement[] | undefined {
  const patch: Replacement[] = []
  for (const list of ['containers', 'initContainers'] as const) {
    host.spec[list]?.forEach(({ name, image }, index) => {
      const value = virtual.spec[list]?.find((each) => each.name === name)?.image
      if (value !== undefined && value !== image)
        patch.push({ op: 'replace', path: `/spec/${list}/${index}/image`, value })
    })
  }
  const key = 'activeDeadlineSeconds'
  const [wanted, had] = [virtual.spec, host.spec].map(
    (spec) => (spec as unknown as Record<string, unknown>)[key],
  )
  if (wanted !== undefined && wanted !== had)
    patch.push({ op: 'add', path: `/spec/${key}`, value: wanted })
  return patch.length === 0 ? undefined : patch
}

/**
 * The ephemeral containers of a host pod, when its virtual pod has some that it lacks; undefined: nothing to add. Those
 * that it has stay as they are, as nobody may change or remove one. Source: vcluster 0.34,
 * `pkg/controllers/resources/pods/ephemeral_containers.go`.
 */
export function hostEphemeralContainers(
  virtual: Pod,
  host: Pod,
  context: SyncContext,
  services: readonly Service[] = [],
): Container[] | undefined {
  const had = host.spec.ephemeralContainers ?? []
  const names = new Set(had.map(({ name }) => name))
  const more = (virtual.spec.ephemeralContainers ?? []).filter(({ name }) => !names.has(name))
  if (more.length === 0) return undefined
  const { namespace = '' } = virtual.metadata
  const links = linkVariables(virtual, services, context.api)
  const place = { namespace, vcluster: context.vcluster, links }
  return [...had, ...more.map((container) => hostContainer(container, place))]
}

/** What must change in labels or annotations, as a merge patch; `former`: keys that were wanted before. */
export function changes(
  had: Readonly<Texts>,
  wanted: Readonly<Texts>,
  former: readonly string[],
): Change | undefined {
  const changed: Change = {}
  for (const [key, value] of Object.entries(wanted)) if (had[key] !== value) changed[key] = value
  for (const key of former) if (key in had && !(key in wanted)) changed[key] = null
  return Object.keys(changed).length === 0 ? undefined : changed
}

/** The keys of `key="value"` lines: the labels that the virtual pod had when they were last synced. */
function labelKeysOf(lines = ''): string[] {
  return lines.split('\n').flatMap((line) => /^([^=]+)=/.exec(line)?.[1] ?? [])
}
