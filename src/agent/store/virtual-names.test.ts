import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { KubeList, Pod } from '../../kube/objects.ts'
import { readVclusters } from '../config/vclusters.ts'
import { createTagger } from './tags.ts'
import { createVirtualNames } from './virtual-names.ts'
import { indexPods } from './workload.ts'

const FIXTURE = new URL('../../../test/fixtures/vcluster/host-pods.json', import.meta.url)
const hostPods = (JSON.parse(readFileSync(FIXTURE, 'utf8')) as KubeList<Pod>).items

const tagsOf = (pods: readonly Pod[], known = [{ name: 'k8s1', hostNamespace: 'vcluster-k8s1' }]) =>
  indexPods(pods, 0, createVirtualNames(known)).pods.map((pod) => ({
    pod,
    tags: createTagger().pod(pod, 'high'),
  }))

describe('an agent on the host that knows a vcluster', () => {
  test('tags each of its pods with its virtual names and the vcluster, and finds it by its host names', () => {
    for (const { pod, tags } of tagsOf(hostPods)) {
      const annotations = pod.pod.metadata.annotations ?? {}
      expect(tags).toContain(`pod_name:${annotations['vcluster.loft.sh/object-name'] ?? ''}`)
      expect(tags).toContain(
        `kube_namespace:${annotations['vcluster.loft.sh/object-namespace'] ?? ''}`,
      )
      expect(tags).toContain('vcluster:k8s1')
      expect(tags.join()).not.toContain('-x-')
      expect(pod.name).toMatch(/-x-k8s1$|-[0-9a-f]{10}$/)
    }
  })

  test('calls a pod that fails a check of the ownership code what the host calls it, and nobody’s', () => {
    const forged = structuredClone(hostPods[0]!)
    forged.metadata.labels!['vcluster.loft.sh/managed-by'] = 'k8s2'
    const [only] = tagsOf([forged])
    expect(only?.tags).toContain(`pod_name:${forged.metadata.name!}`)
    expect(only?.tags.join()).not.toContain('vcluster:')
  })

  test('stores a pod that has not changed once', () => {
    const names = createVirtualNames([{ name: 'k8s1', hostNamespace: 'vcluster-k8s1' }])
    const [first] = indexPods(hostPods, 0, names).pods
    expect(indexPods(hostPods, 1, names).pods[0]).toBe(first)
  })
})

test.each([
  ['', [], 0],
  ['a=b c=d,e=f', ['a', 'c', 'e'], 0],
  ['a', [], 1],
  ['a=b=c', [], 1],
  ['A=b', [], 1],
  ['a=b a=c', ['a'], 1],
  ['a=b c=b', ['a'], 1],
] as const)('SUBLET_VCLUSTERS=%j names %j, with %i faults', (text, names, faults) => {
  const read = readVclusters({ SUBLET_VCLUSTERS: text })
  expect(read.vclusters.map(({ name }) => name)).toEqual(names)
  expect(read.faults).toHaveLength(faults)
})
