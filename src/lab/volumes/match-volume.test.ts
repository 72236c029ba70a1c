import { expect, test } from 'vitest'
import type { PersistentVolumeClaim } from '../../kube/index.ts'
import { matchVolume } from './match-volume.ts'
import type { PersistentVolume } from './objects.ts'

const claim = (spec: object = {}): PersistentVolumeClaim => ({
  metadata: { name: 'data', namespace: 'shop', uid: 'u1' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
})
const volume = (name: string, storage: string, spec: object = {}): PersistentVolume => ({
  metadata: { name, labels: { tier: name } },
  spec: { capacity: { storage }, accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], ...spec },
})
const matched = (of: PersistentVolumeClaim, volumes: PersistentVolume[], name = ''): unknown =>
  matchVolume(of, name, volumes)?.metadata.name

test('the smallest volume that is large enough', () => {
  expect(matched(claim(), [volume('a', '3Gi'), volume('b', '1Gi'), volume('c', '1Mi')])).toBe('b')
})

test.each<[string, PersistentVolumeClaim, PersistentVolume]>([
  ['too small', claim(), volume('a', '1G')],
  ['of another class', claim(), volume('a', '1Gi', { storageClassName: 'fast' })],
  ['with other access modes', claim({ accessModes: ['ReadWriteMany'] }), volume('a', '1Gi')],
  ['of another mode', claim({ volumeMode: 'Block' }), volume('a', '1Gi')],
  ['not selected', claim({ selector: { matchLabels: { tier: 'b' } } }), volume('a', '1Gi')],
  ['another’s', claim(), volume('a', '1Gi', { claimRef: { namespace: 'shop', name: 'other' } })],
  [
    'kept for a claim of that name that is gone',
    claim(),
    volume('a', '1Gi', { claimRef: { namespace: 'shop', name: 'data', uid: 'u0' } }),
  ],
  ['not the one that is named', claim({ volumeName: 'b' }), volume('a', '1Gi')],
])('never one that is %s', (_, of, one) => {
  expect(matched(of, [one])).toBeUndefined()
})

test('one that is kept for the claim goes first, whatever it is like', () => {
  const kept = volume('kept', '1Mi', { claimRef: { namespace: 'shop', name: 'data' } })
  expect(matched(claim(), [volume('a', '1Gi'), kept])).toBe('kept')
})
