import type { FilterConfig } from '../config.ts'
import type { StoredContainer, StoredPod } from './workload.ts'

/** Pause containers hold a pod's network and do nothing else. Source: pkg/util/containers/filter.go */
const PAUSE_IMAGES: readonly string[] = [
  'kubernetes/pause',
  'amazon/amazon-ecs-pause',
  'openshift/origin-pod',
  '.*rhel7/pod-infrastructure',
  'google(_|-)containers/pause.*',
  '.*gcr\\.io(.*)/pause.*',
  '.*azureedge\\.net(.*)/pause.*',
  '(amazonaws\\.com/)?eks/pause.*',
  'rancher/pause.*',
  'rancher/mirrored-pause.*',
  'mcr\\.microsoft\\.com(.*)/pause.*',
  'aksrepos\\.azurecr\\.io(.*)/pause.*',
  'kubeletwin/pause.*',
  'ecr(.*)amazonaws\\.com/pause.*',
  'upstream/pause.*',
  'cdk/pause.*',
  'giantswarm/pause.*',
  'registry\\.k8s\\.io/pause.*',
]

type Part = 'image' | 'name' | 'kube_namespace'
type Rules = Readonly<Record<Part, readonly RegExp[]>>

export interface ContainerFilter {
  /** Excluded by the lists, or by an annotation of its pod. */
  excludes(container: {
    readonly name: string
    readonly image: string
    readonly namespace: string
    readonly annotations?: Readonly<Record<string, string>> | undefined
  }): boolean
  excludesStored(container: StoredContainer): boolean
  excludesPod(pod: StoredPod): boolean
}

/** Annotations first, then includes, then excludes; unmatched is included. `warn` gets entries that say nothing. */
export function createFilter(
  config: FilterConfig,
  warn: (text: string) => void = () => undefined,
): ContainerFilter {
  const include = compile(config.include, warn)
  const pause = config.excludePauseContainers ? PAUSE_IMAGES.map((image) => `image:${image}`) : []
  const exclude = compile([...config.exclude, ...pause], warn)
  // Pods and containers are new objects in each pod list: what holds for one holds as long as it is there.
  const stored = new WeakMap<StoredContainer | StoredPod, boolean>()
  const remember = (one: StoredContainer | StoredPod, decide: () => boolean): boolean => {
    const known = stored.get(one)
    if (known !== undefined) return known
    const decided = decide()
    stored.set(one, decided)
    return decided
  }
  const filter: ContainerFilter = {
    excludes({ name, image, namespace, annotations }) {
      if (annotated(annotations, '') || annotated(annotations, `${name}.`)) return true
      const parts = { image: withTag(image), name, kube_namespace: namespace }
      return !matches(include, parts) && matches(exclude, parts)
    },
    excludesStored: (container) =>
      remember(container, () =>
        filter.excludes({
          name: container.name,
          image: container.image,
          namespace: container.pod.namespace,
          annotations: container.pod.pod.metadata.annotations,
        }),
      ),
    excludesPod: (pod) =>
      remember(pod, () => {
        const parts = { image: '', name: '', kube_namespace: pod.namespace }
        if (annotated(pod.pod.metadata.annotations, '')) return true
        return !matches(include, parts) && matches(exclude, parts)
      }),
  }
  return filter
}

function compile(entries: readonly string[], warn: (text: string) => void): Rules {
  const rules: Record<Part, RegExp[]> = { image: [], name: [], kube_namespace: [] }
  for (const entry of entries) {
    const colon = entry.indexOf(':')
    const part = entry.slice(0, colon)
    const pattern = entry.slice(colon + 1)
    if (part !== 'image' && part !== 'name' && part !== 'kube_namespace') {
      warn(`Container filter ${entry} is not recognized, ignoring it`)
      continue
    }
    try {
      rules[part].push(new RegExp(part === 'image' ? imagePattern(pattern) : pattern))
    } catch {
      warn(`invalid regex '${pattern}' in a container filter, ignoring it`)
    }
  }
  return rules
}

/** `^app$` means the image whatever its tag. */
const imagePattern = (pattern: string): string =>
  pattern.endsWith('$') && !pattern.includes(':') ? `${pattern.slice(0, -1)}(@sha256)?:.*` : pattern

const withTag = (image: string): string =>
  image === '' || image.includes(':') ? image : `${image}:`

const matches = (rules: Rules, parts: Readonly<Record<Part, string>>): boolean =>
  (Object.keys(rules) as Part[]).some(
    (part) => parts[part] !== '' && rules[part].some((rule) => rule.test(parts[part])),
  )

function annotated(
  annotations: Readonly<Record<string, string>> | undefined,
  prefix: string,
): boolean {
  if (!annotations) return false
  const says = (key: string): boolean =>
    ['1', 't', 'true'].includes(
      annotations[`ad.datadoghq.com/${prefix}${key}`]?.toLowerCase() ?? '',
    )
  return says('exclude') || says('metrics_exclude')
}
