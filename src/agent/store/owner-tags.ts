import type { Pod } from '../../kube/objects.ts'

const KUBERNETES_SUFFIX = /^[bcdfghjklmnpqrstvwxz2456789]{3,}$/
const DIGITS = /^\d{3,}$/

/** Tag keys by the owner's kind. */
const KIND_TAGS: Readonly<Record<string, string>> = {
  Deployment: 'kube_deployment',
  ReplicaSet: 'kube_replica_set',
  DaemonSet: 'kube_daemon_set',
  StatefulSet: 'kube_stateful_set',
  ReplicationController: 'kube_replication_controller',
}

/** What a pod's owners say about it. Source: workloadmeta_extract.go, pkg/util/kubernetes/helpers.go */
export function ownerTags(pod: Pod): { low: string[]; orchestrator: string[] } {
  const low: string[] = []
  const orchestrator: string[] = []
  for (const owner of pod.metadata.ownerReferences ?? []) {
    low.push(`kube_ownerref_kind:${owner.kind.toLowerCase()}`)
    orchestrator.push(`kube_ownerref_name:${owner.name}`)
    if (owner.kind === 'Job') {
      const cronJob = withoutSuffix(owner.name, (suffix) => DIGITS.test(suffix))
      if (cronJob === undefined) low.push(`kube_job:${owner.name}`)
      else {
        low.push(`kube_cronjob:${cronJob}`)
        orchestrator.push(`kube_job:${owner.name}`)
      }
      continue
    }
    const key = KIND_TAGS[owner.kind]
    if (key !== undefined) low.push(`${key}:${owner.name}`)
    const deployment =
      owner.kind === 'ReplicaSet' ? withoutSuffix(owner.name, isGeneratedSuffix) : undefined
    if (deployment !== undefined) low.push(`kube_deployment:${deployment}`)
  }
  return { low, orchestrator }
}

const isGeneratedSuffix = (suffix: string): boolean =>
  DIGITS.test(suffix) || KUBERNETES_SUFFIX.test(suffix)

/** `web` of `web-5d4f8c7b6`, if what follows the last hyphen looks generated. */
function withoutSuffix(name: string, generated: (suffix: string) => boolean): string | undefined {
  const at = name.lastIndexOf('-')
  return at > 0 && generated(name.slice(at + 1)) ? name.slice(0, at) : undefined
}
