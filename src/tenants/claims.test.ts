import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Pod, Volume } from '../kube/index.ts'
import { virtualClaims } from './claims.ts'
import { ownershipOf } from './ownership.ts'
import type { OwnedPod } from './tenant.ts'

const fixture = (name: string): Pod =>
  JSON.parse(
    readFileSync(new URL(`../../test/fixtures/vcluster/${name}`, import.meta.url), 'utf8'),
  ) as Pod
const tenant = { name: 'k8s1', hostNamespaces: ['vcluster-k8s1'], vcluster: 'k8s1' }

function pair(
  hostVolumes: Volume[],
  virtualVolumes: Volume[],
): { owned: OwnedPod; host: Pod; virtual: Pod } {
  const host = fixture('vcluster-synced-pod.json')
  const virtual = fixture('virtual-pod.json')
  host.spec.volumes = hostVolumes
  virtual.spec.volumes = virtualVolumes
  const ownership = ownershipOf(host, [tenant])
  if (!ownership.owned) throw new Error(ownership.reason)
  return { owned: ownership.pod, host, virtual }
}
const claim = (name: string, claimName: string): Volume => ({
  name,
  persistentVolumeClaim: { claimName },
})

describe('virtual claim names', () => {
  test('come from the virtual pod’s volume of the same name', () => {
    const { owned, host, virtual } = pair(
      [claim('data', 'pg-x-test-app-x-k8s1')],
      [claim('data', 'pg')],
    )
    expect([...virtualClaims(owned, host, virtual)]).toEqual([['pg-x-test-app-x-k8s1', 'pg']])
  })

  test('of a generic ephemeral volume are the pod’s and the volume’s name', () => {
    const { owned, host, virtual } = pair(
      [claim('scratch', 'simple-app-k8s1-scratch-x-test-app-x-k8s1')],
      [{ name: 'scratch', ephemeral: {} }],
    )
    expect([...virtualClaims(owned, host, virtual).values()]).toEqual(['simple-app-k8s1-scratch'])
  })

  test('are left out when the claim does not translate to the host’s', () => {
    const { owned, host, virtual } = pair(
      [claim('data', 'victim-x-test-app-x-k8s1'), claim('extra', 'x'), { name: 'e', emptyDir: {} }],
      [claim('data', 'mine'), { name: 'e', emptyDir: {} }],
    )
    expect(virtualClaims(owned, host, virtual).size).toBe(0)
  })

  test('are left out when either pod is another one of the same name', () => {
    const { owned, host, virtual } = pair(
      [claim('data', 'pg-x-test-app-x-k8s1')],
      [claim('data', 'pg')],
    )
    const later = structuredClone(virtual)
    later.metadata.uid = 'later'
    expect(virtualClaims(owned, host, later).size).toBe(0)
    expect(virtualClaims({ ...owned, host: { ...owned.host, uid: 'x' } }, host, virtual).size).toBe(
      0,
    )
  })
})
