import type { LabelSelector, PodSpec } from '../../kube/index.ts'
import { keys, nsLabelKey } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { hostLabelKey } from './translate-metadata.ts'

/** A term of an affinity between pods. */
interface Term {
  readonly labelSelector?: LabelSelector
  readonly namespaces?: readonly string[]
  readonly namespaceSelector?: LabelSelector
  readonly topologyKey: string
}

interface PodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly Term[]
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number
    readonly podAffinityTerm: Term
  }[]
}

/**
 * Affinities between virtual pods as affinities between their host pods, which are all in one namespace: the virtual
 * namespaces become labels. Those to nodes stay. Source: vcluster 0.34, `pods/translate`, `translatePodAffinityTerm`.
 */
export function hostAffinity(
  spec: PodSpec,
  namespace: string,
  context: SyncContext,
): Pick<PodSpec, 'affinity'> {
  if (spec.affinity === undefined) return {}
  const affinity: Record<string, unknown> = { ...spec.affinity }
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const found = affinity[kind] as PodAffinity | undefined
    if (found) affinity[kind] = hostTerms(found, namespace, context)
  }
  return { affinity }
}

function hostTerms(affinity: PodAffinity, namespace: string, context: SyncContext): PodAffinity {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = affinity
  return {
    ...(required && {
      requiredDuringSchedulingIgnoredDuringExecution: required.map((term) =>
        hostTerm(term, namespace, context),
      ),
    }),
    ...(preferred && {
      preferredDuringSchedulingIgnoredDuringExecution: preferred.map((one) => ({
        ...one,
        podAffinityTerm: hostTerm(one.podAffinityTerm, namespace, context),
      })),
    }),
  }
}

/** Where namespaces are both listed and selected, the selection is left out, as in the real syncer. */
function hostTerm(term: Term, namespace: string, { vcluster }: SyncContext): Term {
  const { labelSelector, topologyKey, namespaceSelector, namespaces = [] } = term
  if (labelSelector === undefined) return { topologyKey }
  const own = hostSelector(labelSelector, (key) => hostLabelKey(key, vcluster))
  const isEmpty = namespaceSelector !== undefined && Object.keys(namespaceSelector).length === 0
  const spaces =
    namespaces.length > 0
      ? isEmpty
        ? {}
        : { matchExpressions: [{ key: keys.NAMESPACE, operator: 'In', values: [...namespaces] }] }
      : namespaceSelector === undefined
        ? { matchLabels: { [keys.NAMESPACE]: namespace } }
        : hostSelector(namespaceSelector, (key) => nsLabelKey(key, vcluster))
  const mine = { matchLabels: { [keys.MANAGED_BY]: vcluster } }
  return { labelSelector: merged(own, spaces as LabelSelector, mine), topologyKey }
}

/** Constraints of spread count the pods of the same virtual namespace. */
export function hostSpread(
  spec: PodSpec,
  namespace: string,
  { vcluster }: SyncContext,
): Record<string, unknown> {
  const { topologySpreadConstraints: constraints } = spec as {
    topologySpreadConstraints?: readonly { labelSelector?: LabelSelector }[]
  }
  if (constraints === undefined) return {}
  const mine = { matchLabels: { [keys.NAMESPACE]: namespace, [keys.MANAGED_BY]: vcluster } }
  return {
    topologySpreadConstraints: constraints.map((constraint) => {
      const { labelSelector } = constraint
      if (labelSelector === undefined) return constraint
      const own = hostSelector(labelSelector, (key) => hostLabelKey(key, vcluster))
      return { ...constraint, labelSelector: merged(own, mine) }
    }),
  }
}

function hostSelector(selector: LabelSelector, rename: (key: string) => string): LabelSelector {
  const { matchLabels, matchExpressions } = selector
  return {
    ...(matchLabels && {
      matchLabels: Object.fromEntries(
        Object.entries(matchLabels).map(([key, value]) => [rename(key), value]),
      ),
    }),
    ...(matchExpressions && {
      matchExpressions: matchExpressions.map((one) => ({ ...one, key: rename(one.key) })),
    }),
  }
}

/** What all of them select. */
function merged(...selectors: readonly LabelSelector[]): LabelSelector {
  const labels = selectors.flatMap(({ matchLabels = {} }) => Object.entries(matchLabels))
  const expressions = selectors.flatMap(({ matchExpressions = [] }) => matchExpressions)
  return {
    ...(labels.length > 0 && { matchLabels: Object.fromEntries(labels) }),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  }
}
