import type { ContainerFilter } from '../store/filter.ts'
import { splitImage } from '../store/image-name.ts'
import type { Tagger } from '../store/tags.ts'
import type { StoredContainer, StoredPod } from '../store/workload.ts'
import { excludesLogs, hasProcessingRules, readLogsAnnotation } from './annotation.ts'

/** A container whose logs are wanted, and how its lines are labelled. */
export interface LogTarget {
  /** `<uid>/<container>`: all instances of it, before and after restarts. */
  readonly key: string
  /** `<ns>/<pod>/<container>`, for people. */
  readonly name: string
  /** Its folder below `/var/log/pods`: `<ns>_<pod>_<uid>/<container>`. */
  readonly folder: string
  readonly source: string
  readonly service: string
  readonly tags: readonly string[]
}

export interface TargetRules {
  readonly collectAll: boolean
  readonly filter: ContainerFilter
  readonly tagger: Tagger
  /** A pod that is left alone: its agent's own, when that prints all it collects. */
  readonly ownPodName?: string | undefined
  readonly fault: (text: string) => void
}

/** What may stand in a path: names of Kubernetes hold neither `/` nor `_`, a uid of the node's own files is any word. */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/

/** The containers of these pods whose logs are wanted: asked for by annotation or all of them, and not excluded. */
export function findTargets(pods: readonly StoredPod[], rules: TargetRules): LogTarget[] {
  return pods
    .filter((pod) => pod.name !== rules.ownPodName)
    .filter((pod) => [pod.namespace, pod.name, pod.uid].every((part) => SAFE.test(part)))
    .flatMap((pod) => pod.containers.flatMap((container) => targetOf(pod, container, rules) ?? []))
}

/** The folder of a pod's logs below `/var/log/pods`; by uid alone: annotations are whatever a tenant writes. */
export const folderOf = ({ namespace, name, uid }: StoredPod): string =>
  `${namespace}_${name}_${uid}`

function targetOf(
  pod: StoredPod,
  container: StoredContainer,
  { collectAll, filter, tagger, fault }: TargetRules,
): LogTarget | undefined {
  const { name, image } = container
  const annotations = pod.pod.metadata.annotations
  if (!SAFE.test(name) || excludesLogs(annotations, name)) return undefined
  if (filter.excludes({ name, image, namespace: pod.namespace })) return undefined
  const where = `${pod.namespace}/${pod.name}`
  const asked = readLogsAnnotation(annotations, name, (text) => fault(`${where}: ${text}`))
  if (asked === undefined && (!collectAll || hasProcessingRules(annotations, name))) {
    return undefined
  }
  return {
    key: `${pod.uid}/${name}`,
    name: `${where}/${name}`,
    folder: `${folderOf(pod)}/${name}`,
    ...labelsOf(image, tagger.container(container, 'high'), asked),
  }
}

/** The annotation's words first, then the tag `service:`, then the image's name. */
function labelsOf(
  image: string,
  tags: readonly string[],
  asked: ReturnType<typeof readLogsAnnotation>,
): Pick<LogTarget, 'source' | 'service' | 'tags'> {
  const short = splitImage(image)?.short ?? 'kubernetes'
  const tagged = tags.find((tag) => tag.startsWith('service:'))?.slice('service:'.length)
  return {
    source: asked?.source ?? short,
    service: asked?.service ?? tagged ?? short,
    tags: asked === undefined || asked.tags.length === 0 ? tags : [...tags, ...asked.tags],
  }
}
