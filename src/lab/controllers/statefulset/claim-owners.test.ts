import { expect, test } from 'vitest'
import type { StatefulSet } from '../../../kube/index.ts'
import { claimOwners } from './claim-owners.ts'

const owners = (
  policy: NonNullable<StatefulSet['spec']['persistentVolumeClaimRetentionPolicy']>,
  ordinal: number,
  before: readonly string[] = [],
): string[] | undefined => {
  const set: StatefulSet = {
    metadata: { name: 'db', uid: 'set' },
    spec: {
      replicas: 1,
      ordinals: { start: 3 },
      selector: {},
      template: { spec: { containers: [] } },
      persistentVolumeClaimRetentionPolicy: policy,
    },
  }
  const pod = { metadata: { name: `db-${ordinal}`, uid: 'pod' }, spec: { containers: [] } }
  const ownerReferences = before.map((uid) => ({ apiVersion: 'v1', kind: 'X', name: 'x', uid }))
  const claim = { metadata: { name: 'c', ownerReferences }, spec: {} }
  return claimOwners(set, pod, claim)?.map(({ uid }) => uid)
}
const KEPT = 3
const GIVEN_UP = 4

test('retained claims have no owner', () => {
  expect(owners({}, KEPT)).toBeUndefined()
  expect(owners({ whenDeleted: 'Retain', whenScaled: 'Retain' }, GIVEN_UP, ['set'])).toEqual([])
})
test('whenDeleted: with the set', () => {
  expect(owners({ whenDeleted: 'Delete' }, KEPT)).toEqual(['set'])
  expect(owners({ whenDeleted: 'Delete' }, GIVEN_UP, ['set'])).toBeUndefined()
})
test('whenScaled: with the pod that is given up, and no longer when it is wanted again', () => {
  expect(owners({ whenScaled: 'Delete' }, KEPT)).toBeUndefined()
  expect(owners({ whenScaled: 'Delete' }, GIVEN_UP)).toEqual(['pod'])
  expect(owners({ whenScaled: 'Delete' }, KEPT, ['pod'])).toEqual([])
})
test('both: with the one or the other', () => {
  const both = { whenScaled: 'Delete', whenDeleted: 'Delete' } as const
  expect(owners(both, GIVEN_UP, ['set', 'somebody'])).toEqual(['somebody', 'pod'])
  expect(owners(both, KEPT)).toEqual(['set'])
})
