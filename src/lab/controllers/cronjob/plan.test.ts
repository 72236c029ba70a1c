import { expect, test } from 'vitest'
import type { CronJob, Job } from '../../../kube/index.ts'
import { planCronJob } from './plan.ts'

const T = (time: string): number => Date.parse(`2026-01-01T${time}Z`)

const cron = (spec: Partial<CronJob['spec']> = {}, status?: CronJob['status']): CronJob => ({
  metadata: {
    name: 'tick',
    namespace: 'shop',
    uid: 'c1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: {
    schedule: '*/10 * * * *',
    jobTemplate: {
      metadata: { labels: { app: 'tick' } },
      spec: { template: { spec: { containers: [] } } },
    },
    ...spec,
  },
  ...(status ? { status } : {}),
})

function job(name: string, end?: 'Complete' | 'Failed'): Job {
  const conditions = end ? [{ type: end, status: 'True' as const }] : []
  return {
    metadata: { name, namespace: 'shop', uid: name },
    spec: { template: { spec: { containers: [] } } },
    status: {
      conditions,
      ...(end === 'Complete' ? { completionTime: '2026-01-01T00:09:00Z' } : {}),
    },
  }
}

test('makes a job when it is due, called by its minute, once', () => {
  expect(planCronJob(cron(), [], T('00:09:59'))).toMatchObject({
    create: undefined,
    nextAt: T('00:10:00'),
  })
  const plan = planCronJob(cron(), [], T('00:10:01'))
  const name = `tick-${T('00:10:00') / 60_000}`
  expect(plan.create?.metadata).toMatchObject({
    name,
    labels: { app: 'tick' },
    annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:10:00Z' },
  })
  expect(plan.status.lastScheduleTime).toBe('2026-01-01T00:10:00Z')
  expect(plan.events).toMatchObject([
    { reason: 'SuccessfulCreate', message: `Created job ${name}` },
  ])
  expect(planCronJob(cron({}, plan.status), [job(name)], T('00:10:02')).create).toBeUndefined()
})

test('of many missed times only the last counts, and none after the starting deadline', () => {
  const late = planCronJob(cron(), [], T('05:43:00'))
  expect(late.status.lastScheduleTime).toBe('2026-01-01T05:40:00Z')
  const strict = cron({ startingDeadlineSeconds: 60 })
  expect(planCronJob(strict, [], T('05:43:00')).create).toBeUndefined()
})

test('a job that still runs forbids or is replaced', () => {
  const running = job('tick-1')
  const at = T('00:10:00')
  const forbid = planCronJob(cron({ concurrencyPolicy: 'Forbid' }), [running], at)
  expect(forbid.create).toBeUndefined()
  expect(forbid.events).toMatchObject([{ reason: 'JobAlreadyActive' }])
  const replace = planCronJob(cron({ concurrencyPolicy: 'Replace' }), [running], at)
  expect(replace.remove).toEqual([running])
  expect(replace.create).toBeDefined()
  expect(planCronJob(cron(), [running], at).create).toBeDefined()
  expect(planCronJob(cron({ suspend: true }), [], at).create).toBeUndefined()
})

test('finished jobs are told of, and only some are kept', () => {
  const jobs = ['a', 'b', 'c', 'd'].map((name) => job(name, 'Complete'))
  const failed = ['x', 'y'].map((name) => job(name, 'Failed'))
  const active = [{ kind: 'Job', namespace: 'shop', name: 'a', uid: 'a', apiVersion: 'batch/v1' }]
  const plan = planCronJob(cron({}, { active }), [...jobs, ...failed], T('00:05:00'))
  expect(plan.remove.map(({ metadata }) => metadata.name)).toEqual(['a', 'x'])
  expect(plan.status).toEqual({ lastSuccessfulTime: '2026-01-01T00:09:00Z' })
  expect(plan.events[0]).toMatchObject({
    reason: 'SawCompletedJob',
    message: 'Saw completed job: a, condition: Complete',
  })
})
