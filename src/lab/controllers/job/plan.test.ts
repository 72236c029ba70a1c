import { describe, expect, test } from 'vitest'
import type { Job, Pod } from '../../../kube/index.ts'
import { formatIndexes, parseIndexes } from './indexes.ts'
import { planJob, type JobPlan } from './plan.ts'
import { TRACKING, pausedUntil } from './pods.ts'

const START = Date.parse('2026-01-01T00:00:00Z')

/** A Job and its pods; what was planned is so at once. */
function world(spec: Partial<Job['spec']> = {}): {
  job: Job
  pods: Pod[]
  now: number
  events: string[]
  look(): JobPlan
  settle(): void
  end(phase: 'Succeeded' | 'Failed', count?: number): void
  condition(type: string): string | undefined
} {
  let made = 0
  const it = {
    job: {
      metadata: {
        name: 'sum',
        namespace: 'shop',
        uid: 'j1',
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } },
        ...spec,
      },
    } as Job,
    pods: [] as Pod[],
    now: START,
    events: [] as string[],
    look(): JobPlan {
      const plan = planJob(it.job, it.pods, it.now)
      it.job = { ...it.job, status: plan.status }
      it.events.push(...plan.events.map(({ reason }) => reason))
      const released = new Set(plan.release)
      const gone = new Set(plan.remove)
      it.pods = it.pods
        .filter((pod) => !gone.has(pod))
        .map((pod) =>
          released.has(pod) ? { ...pod, metadata: { ...pod.metadata, finalizers: [] } } : pod,
        )
      for (const pod of plan.create) {
        made += 1
        const metadata = { ...pod.metadata, name: `sum-${made}`, uid: `p${made}` }
        it.pods.push({ ...pod, metadata, status: { phase: 'Running' } })
      }
      return plan
    },
    settle(): void {
      for (let round = 0; round < 8; round++) it.look()
    },
    end(phase: 'Succeeded' | 'Failed', count = Infinity): void {
      let left = count
      it.pods = it.pods.map((pod) => {
        if (pod.status?.phase !== 'Running' || left-- <= 0) return pod
        const finishedAt = new Date(it.now).toISOString()
        const state = { terminated: { exitCode: 0, finishedAt } }
        const one = {
          name: 'c',
          state,
          lastState: {},
          ready: false,
          restartCount: 0,
          image: '',
          imageID: '',
        }
        return { ...pod, status: { phase, containerStatuses: [one] } }
      })
    },
    condition: (type: string): string | undefined => {
      const found = it.job.status?.conditions?.find((one) => one.type === type)
      return found && `${found.status} ${found.reason ?? ''}`
    },
  }
  return it
}

describe('a Job', () => {
  test('runs as many pods as it may at a time, and is complete when all have succeeded', () => {
    const it = world({ completions: 3, parallelism: 2 })
    it.settle()
    expect(it.pods).toHaveLength(2)
    expect(it.pods[0]?.metadata.finalizers).toEqual([TRACKING])
    expect(it.job.status).toMatchObject({ active: 2, startTime: '2026-01-01T00:00:00Z' })
    it.end('Succeeded')
    it.settle()
    expect(it.pods).toHaveLength(3)
    it.end('Succeeded')
    it.settle()
    expect(it.job.status).toMatchObject({
      succeeded: 3,
      completionTime: '2026-01-01T00:00:00Z',
      uncountedTerminatedPods: {},
    })
    expect(it.condition('SuccessCriteriaMet')).toBe('True CompletionsReached')
    expect(it.condition('Complete')).toBe('True CompletionsReached')
    expect(it.events).toEqual(['Completed'])
    expect(it.pods.every(({ metadata }) => metadata.finalizers?.length === 0)).toBe(true)
  })

  test('counts an end once, whatever becomes of the pod meanwhile', () => {
    const it = world({ completions: 2, parallelism: 1 })
    it.look()
    it.end('Succeeded')
    const noted = it.look()
    expect(noted.status.uncountedTerminatedPods).toEqual({ succeeded: ['p1'] })
    expect(noted.status.succeeded).toBeUndefined()
    it.pods = it.pods.filter(({ metadata }) => metadata.uid !== 'p1')
    expect(it.look().status).toMatchObject({ succeeded: 1, uncountedTerminatedPods: {} })
    expect(it.look().status.succeeded).toBe(1)
  })

  test('waits longer after each failure, and fails beyond its limit', () => {
    const it = world({ backoffLimit: 1 })
    it.settle()
    it.end('Failed')
    it.settle()
    expect(it.pods).toHaveLength(1)
    expect(it.look().nextAt).toBe(START + 10_000)
    it.now += 10_000
    it.settle()
    expect(it.pods).toHaveLength(2)
    it.end('Failed')
    expect(pausedUntil(it.pods)).toBe(it.now + 20_000)
    it.settle()
    expect(it.condition('Failed')).toBe('True BackoffLimitExceeded')
    expect(it.job.status?.failed).toBe(2)
    expect(it.events).toEqual(['BackoffLimitExceeded'])
  })

  test('ends at its deadline, and goes after its time to live', () => {
    const it = world({ activeDeadlineSeconds: 30, ttlSecondsAfterFinished: 60 })
    it.settle()
    it.now += 30_000
    it.settle()
    expect(it.pods).toEqual([])
    expect(it.condition('Failed')).toBe('True DeadlineExceeded')
    expect(it.look()).toMatchObject({ expire: false, nextAt: it.now + 60_000 })
    it.now += 60_000
    expect(it.look().expire).toBe(true)
  })

  test('hands out indexes, the lowest that are free first', () => {
    const it = world({ completions: 3, parallelism: 2, completionMode: 'Indexed' })
    it.settle()
    const index = 'batch.kubernetes.io/job-completion-index'
    expect(it.pods.map(({ metadata }) => metadata.labels?.[index])).toEqual(['0', '1'])
    expect(it.pods[0]?.spec).toMatchObject({ hostname: 'sum-0' })
    expect(it.pods[0]?.metadata.generateName).toBe('sum-0-')
    it.end('Succeeded', 1)
    it.settle()
    expect(it.job.status).toMatchObject({ completedIndexes: '0', succeeded: 1, active: 2 })
    it.end('Succeeded')
    it.settle()
    expect(it.job.status).toMatchObject({ completedIndexes: '0-2', succeeded: 3 })
    expect(it.condition('Complete')).toBeDefined()
  })

  test('that is suspended gives up its pods, and starts anew', () => {
    const it = world()
    it.settle()
    it.job = { ...it.job, spec: { ...it.job.spec, suspend: true } }
    it.settle()
    expect(it.pods).toEqual([])
    expect(it.condition('Suspended')).toBe('True JobSuspended')
    expect(it.job.status?.startTime).toBeUndefined()
    it.job = { ...it.job, spec: { ...it.job.spec, suspend: false } }
    it.settle()
    expect(it.condition('Suspended')).toBe('False JobResumed')
    expect(it.pods).toHaveLength(1)
    expect(it.events).toEqual(['Suspended', 'Resumed'])
  })
})

test('indexes are written as ranges', () => {
  expect(formatIndexes(new Set([4, 0, 1, 2, 6, 7]))).toBe('0-2,4,6,7')
  expect([...parseIndexes('0-2,4,6,7')]).toEqual([0, 1, 2, 4, 6, 7])
})

describe('policies', () => {
  /** Lets a pod's container end with an exit code. */
  const fail = (pod: Pod, exitCode: number, index?: number): Pod => ({
    ...pod,
    metadata: {
      ...pod.metadata,
      namespace: 'shop',
      ...(index === undefined ? {} : { name: `sum-${index}` }),
    },
    status: {
      phase: 'Failed',
      containerStatuses: [
        {
          name: 'c',
          image: 'x',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode, finishedAt: '2026-01-01T00:00:00Z' } },
          lastState: {},
        },
      ],
    },
  })
  const failAll = (it: ReturnType<typeof world>, exitCode: number): void => {
    it.pods = it.pods.map((pod) => (pod.status?.phase === 'Running' ? fail(pod, exitCode) : pod))
  }
  const rule = (action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count') => ({
    rules: [{ action, onExitCodes: { operator: 'In' as const, values: [42] } }],
  })
  const reasonOf = ({ job }: ReturnType<typeof world>, type: string): string | undefined =>
    job.status?.conditions?.find((one) => one.type === type)?.reason

  test('FailJob ends the job at once, and says why', () => {
    const it = world({ podFailurePolicy: rule('FailJob') })
    it.look()
    failAll(it, 42)
    it.settle()
    expect(reasonOf(it, 'Failed')).toBe('PodFailurePolicy')
    expect(it.job.status?.conditions?.at(-1)?.message).toBe(
      'Container c for pod shop/sum-1 failed with exit code 42 matching FailJob rule at index 0',
    )
  })

  test('what is ignored does not count, what matches no rule does', () => {
    const it = world({ podFailurePolicy: rule('Ignore'), backoffLimit: 0 })
    it.look()
    failAll(it, 42)
    it.now += 3_600_000
    it.settle()
    expect(it.job.status?.failed).toBeUndefined()
    expect(it.pods).toHaveLength(2)
    failAll(it, 1)
    it.settle()
    expect(reasonOf(it, 'Failed')).toBe('BackoffLimitExceeded')
  })

  test('each index has its own limit, and the job ends when all have ended', () => {
    const it = world({
      completionMode: 'Indexed',
      completions: 2,
      parallelism: 2,
      backoffLimitPerIndex: 1,
    })
    it.look()
    const indexOfPod = (pod: Pod): string | undefined =>
      pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index']
    const endIndex = (index: string, how: (pod: Pod) => Pod): void => {
      it.pods = it.pods.map((pod) =>
        indexOfPod(pod) === index && pod.status?.phase === 'Running' ? how(pod) : pod,
      )
    }
    endIndex('0', (pod) => fail(pod, 1))
    it.settle()
    expect(it.pods).toHaveLength(2)
    it.now += 3_600_000
    it.settle()
    const second = it.pods.find((pod) => indexOfPod(pod) === '0' && pod.status?.phase === 'Running')
    expect(second?.metadata.annotations).toMatchObject({
      'batch.kubernetes.io/job-index-failure-count': '1',
    })
    endIndex('0', (pod) => fail(pod, 1))
    it.now += 3_600_000
    it.settle()
    expect(it.job.status).toMatchObject({ failedIndexes: '0', failed: 2, active: 1 })
    endIndex('1', (pod) => ({ ...pod, status: { phase: 'Succeeded' } }))
    it.settle()
    expect(reasonOf(it, 'Failed')).toBe('FailedIndexes')
    expect(it.job.status).toMatchObject({ completedIndexes: '1', failedIndexes: '0' })
  })

  test('a success policy ends the job before all indexes are done', () => {
    const it = world({
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 3,
      successPolicy: { rules: [{ succeededIndexes: '0,2', succeededCount: 1 }] },
    })
    it.look()
    const [first] = it.pods
    it.pods = it.pods.map((pod) =>
      pod === first ? { ...pod, status: { phase: 'Succeeded' as const } } : pod,
    )
    it.settle()
    expect(reasonOf(it, 'SuccessCriteriaMet')).toBe('SuccessPolicy')
    expect(reasonOf(it, 'Complete')).toBe('SuccessPolicy')
    expect(it.job.status?.conditions?.at(-1)?.message).toBe('Matched rules at index 0')
  })
})
