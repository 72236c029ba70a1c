import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Deployment, ReplicaSet } from '../../../kube/index.ts'
import { REVISION } from './annotations.ts'
import { planDeployment } from './plan.ts'
import { maxSurge, maxUnavailable, sizeOf, totalAvailable, totalSize } from './replica-sets.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

function deployment(spec: Partial<Deployment['spec']> = {}): Deployment {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'd1', generation: 1 },
    spec: {
      replicas: 3,
      progressDeadlineSeconds: 600,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'c', image: 'web:1' }] },
      },
      ...spec,
    },
  }
}

/** A world without an API server: what was planned is so at once; pods become available when told. */
function world(given: Deployment): {
  current: Deployment
  sets: ReplicaSet[]
  events: string[]
  now: number
  look(): boolean
  makeAvailable(set: ReplicaSet, count?: number): void
} {
  let created = 0
  const it = {
    current: given,
    sets: [] as ReplicaSet[],
    events: [] as string[],
    now: NOW,
    look(): boolean {
      const pods = (newSet: ReplicaSet | undefined): number =>
        it.sets.filter((set) => set !== newSet).reduce((n, s) => n + (s.status?.replicas ?? 0), 0)
      const plan = planDeployment(it.current, it.sets, pods, it.now)
      const before = JSON.stringify([it.current, it.sets])
      it.events.push(...plan.events.map(({ message }) => message))
      const changed = new Map(plan.update.map((set) => [set.metadata.name, set]))
      it.sets = it.sets
        .filter((set) => !plan.remove.includes(set))
        .map((set) => settle(changed.get(set.metadata.name) ?? set))
      if (plan.create) {
        created += 1
        const creationTimestamp = new Date(NOW + created * 1000).toISOString()
        const metadata = { ...plan.create.metadata, uid: `rs${created}`, creationTimestamp }
        it.sets.push(settle({ ...plan.create, metadata }))
      }
      const annotations = { ...it.current.metadata.annotations }
      if (plan.revision) annotations[REVISION] = plan.revision
      const metadata = { ...it.current.metadata, annotations }
      it.current = { ...it.current, metadata, status: plan.status }
      return JSON.stringify([it.current, it.sets]) !== before
    },
    makeAvailable(set: ReplicaSet, count = sizeOf(set)): void {
      const available = Math.min(count, sizeOf(set))
      it.sets = it.sets.map((one) =>
        one.metadata.name !== set.metadata.name
          ? one
          : {
              ...one,
              status: {
                replicas: sizeOf(one),
                readyReplicas: available,
                availableReplicas: available,
              },
            },
      )
    },
  }
  return it
}

/** The ReplicaSet controller at work: as many pods as wished; what was available stays so as far as it fits. */
function settle(set: ReplicaSet): ReplicaSet {
  const replicas = sizeOf(set)
  const available = Math.min(replicas, set.status?.availableReplicas ?? 0)
  return {
    ...set,
    status: { replicas, readyReplicas: available, availableReplicas: available },
  }
}

function runUntilDone(it: ReturnType<typeof world>): void {
  for (let round = 0; round < 100; round++) {
    const moved = it.look()
    for (const set of it.sets) it.makeAvailable(set)
    if (!moved && !it.look()) return
  }
  throw new Error('it never ends')
}

const withImage = (from: Deployment, image: string): Deployment => ({
  ...from,
  metadata: { ...from.metadata, generation: (from.metadata.generation ?? 1) + 1 },
  spec: {
    ...from.spec,
    template: { ...from.spec.template, spec: { containers: [{ name: 'c', image }] } },
  },
})

const progress = (of: Deployment): string | undefined =>
  of.status?.conditions?.find(({ type }) => type === 'Progressing')?.reason

describe('a Deployment', () => {
  test('makes its first ReplicaSet, and is done when its pods are available', () => {
    const it = world(deployment())
    it.look()
    const [set] = it.sets
    expect(set?.metadata.name).toMatch(/^web-[bcdf456789]{5,10}$/)
    expect(set?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
      'deployment.kubernetes.io/revision': '1',
    })
    expect(it.events).toEqual([`Scaled up replica set ${set?.metadata.name} from 0 to 3`])
    expect(progress(it.current)).toBe('NewReplicaSetCreated')
    expect(it.current.metadata.annotations?.[REVISION]).toBe('1')
    runUntilDone(it)
    expect(progress(it.current)).toBe('NewReplicaSetAvailable')
    expect(it.current.status).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      availableReplicas: 3,
    })
  })

  test('rolls from one ReplicaSet to the next, and back, with revisions', () => {
    const it = world(deployment())
    runUntilDone(it)
    it.current = withImage(it.current, 'web:2')
    runUntilDone(it)
    expect(it.sets.map(sizeOf)).toEqual([0, 3])
    expect(it.events.slice(1).map((text) => text.replace(/web-\w+/, 'RS'))).toEqual([
      'Scaled up replica set RS from 0 to 1',
      'Scaled down replica set RS from 3 to 2',
      'Scaled up replica set RS from 1 to 2',
      'Scaled down replica set RS from 2 to 1',
      'Scaled up replica set RS from 2 to 3',
      'Scaled down replica set RS from 1 to 0',
    ])
    it.current = withImage(it.current, 'web:1')
    runUntilDone(it)
    expect(it.sets.map(sizeOf)).toEqual([3, 0])
    const [first] = it.sets
    expect(first?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
    expect(it.current.metadata.annotations?.[REVISION]).toBe('3')
  })

  test('with Recreate ends all old pods first', () => {
    const it = world(deployment({ strategy: { type: 'Recreate' } }))
    runUntilDone(it)
    it.current = withImage(it.current, 'web:2')
    it.look()
    expect(it.sets.map(sizeOf)).toEqual([0])
    runUntilDone(it)
    expect(it.sets.map(sizeOf)).toEqual([0, 3])
  })

  test('that is paused only scales', () => {
    const it = world(deployment())
    runUntilDone(it)
    it.current = withImage(it.current, 'web:2')
    it.current = { ...it.current, spec: { ...it.current.spec, paused: true, replicas: 5 } }
    runUntilDone(it)
    expect(it.sets.map(sizeOf)).toEqual([5])
    expect(progress(it.current)).toBe('DeploymentPaused')
    it.current = { ...it.current, spec: { ...it.current.spec, paused: false } }
    runUntilDone(it)
    expect(it.sets.map(sizeOf)).toEqual([0, 5])
  })

  test('that gets no further says so after its deadline', () => {
    const it = world(deployment())
    it.look()
    it.look()
    it.now += 601_000
    it.look()
    expect(it.current.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: `ReplicaSet "${it.sets[0]?.metadata.name}" has timed out progressing.`,
      }),
    )
  })

  test('keeps as many old ReplicaSets as its history shall hold', () => {
    const it = world(deployment({ revisionHistoryLimit: 2 }))
    for (const version of [1, 2, 3, 4, 5]) {
      it.current = withImage(it.current, `web:${version}`)
      for (const set of it.sets) set.metadata.generation = 0
      runUntilDone(it)
    }
    expect(it.sets).toHaveLength(3)
    expect(it.sets.map(({ metadata }) => metadata.annotations?.[REVISION])).toEqual(['3', '4', '5'])
  })

  test('never has more pods than allowed nor fewer available ones than promised', () => {
    const amount = fc.oneof(
      fc.nat(5),
      fc.nat(100).map((n) => `${n}%`),
    )
    const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(6)), { maxLength: 40 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        amount,
        amount,
        steps,
        (replicas, more, fewer, list) => {
          const rollingUpdate = { maxSurge: more, maxUnavailable: fewer }
          const it = world(
            deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }),
          )
          runUntilDone(it)
          it.current = withImage(it.current, 'web:2')
          for (const [which, count] of list) {
            it.look()
            const set = it.sets[which % it.sets.length]
            const before = set?.status?.availableReplicas ?? 0
            if (set !== undefined) it.makeAvailable(set, before + count)
            expect(totalSize(it.sets)).toBeLessThanOrEqual(replicas + maxSurge(it.current))
            expect(totalAvailable(it.sets)).toBeGreaterThanOrEqual(
              replicas - maxUnavailable(it.current),
            )
          }
          runUntilDone(it)
          expect(it.sets.map(sizeOf)).toEqual([0, replicas])
        },
      ),
      { numRuns: 40 },
    )
  })
})
