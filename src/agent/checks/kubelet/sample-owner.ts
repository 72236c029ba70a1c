import type { Sample } from '../../exposition.ts'
import type { StoredContainer, Workload } from '../../store/workload.ts'

/** The container of a sample with a pod's labels: by `pod_uid` if it says one, else by namespace and name. */
export function containerOfSample(
  workload: Workload,
  { labels }: Sample,
): StoredContainer | undefined {
  const uid = labels['pod_uid'] ?? ''
  const name = labels['pod'] ?? labels['pod_name'] ?? ''
  const stored =
    (uid === '' ? undefined : workload.pod(uid)) ??
    workload.podNamed(labels['namespace'] ?? '', name)
  const container = labels['container'] ?? labels['container_name'] ?? ''
  return stored?.containers.find((one) => one.name === container)
}
