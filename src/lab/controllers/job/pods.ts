import { JOBS, type Container, type Job, type Pod } from '../../../kube/index.ts'
import { podFromTemplate } from '../common/pod-control.ts'
import { createdAt, hasFailed, hasSucceeded } from '../common/pod-facts.ts'
import { INDEX_KEY } from './indexes.ts'

/** Keeps an ended pod until it has been counted. */
export const TRACKING = 'batch.kubernetes.io/job-tracking'

export const isTracked = ({ metadata }: Pod): boolean =>
  (metadata.finalizers ?? []).includes(TRACKING)

/** A pod of a job; with an index, and what there is to say of it, when the job hands them out. */
export function jobPod(
  job: Job,
  index: number | undefined,
  annotations: Readonly<Record<string, string>> = {},
): Pod {
  const pod = podFromTemplate({ of: JOBS, object: job }, job.spec.template)
  const metadata = { ...pod.metadata, finalizers: [...(pod.metadata.finalizers ?? []), TRACKING] }
  if (index === undefined) return { ...pod, metadata }
  const number = { [INDEX_KEY]: String(index) }
  const name = `${job.metadata.name ?? ''}-${index}`
  const withIndex = (container: Container): Container => ({
    ...container,
    env: [
      ...(container.env ?? []),
      {
        name: 'JOB_COMPLETION_INDEX',
        valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX_KEY}']` } },
      },
    ],
  })
  const { initContainers, containers } = pod.spec
  return {
    metadata: {
      ...metadata,
      generateName: `${name}-`,
      labels: { ...metadata.labels, ...number },
      annotations: { ...metadata.annotations, ...number, ...annotations },
    },
    spec: {
      ...pod.spec,
      hostname: pod.spec.hostname ?? name,
      containers: containers.map(withIndex),
      ...(initContainers ? { initContainers: initContainers.map(withIndex) } : {}),
    },
  }
}

/** When a pod's last container ended, in milliseconds since 1970. */
export function endedAt(pod: Pod): number {
  const times = (pod.status?.containerStatuses ?? []).map(
    ({ state }) => Date.parse(state.terminated?.finishedAt ?? '') || 0,
  )
  return Math.max(0, ...times) || Date.parse(pod.metadata.deletionTimestamp ?? '') || createdAt(pod)
}

const FIRST_PAUSE_MS = 10_000
const LONGEST_PAUSE_MS = 600_000

/** Until when no pod may be made after failures that nothing interrupted: 10 s, 20 s, 40 s, … up to 10 min. */
export function pausedUntil(pods: readonly Pod[]): number {
  const lastGood = Math.max(0, ...pods.filter(hasSucceeded).map(endedAt))
  const failures = pods
    .filter(hasFailed)
    .map(endedAt)
    .filter((at) => at > lastGood)
  if (failures.length === 0) return 0
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures.length - 1))
  return Math.max(...failures) + pause
}
