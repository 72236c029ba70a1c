import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostName, labelKey, multiNamespaceName, nsLabelKey, safeConcat } from './names.ts'

describe('host names', () => {
  test.each([
    ['datadog-agent-7xk2p', 'datadog', 'k8s1', 'datadog-agent-7xk2p-x-datadog-x-k8s1'],
    [
      'nginx-deployment-7c79c4bf97-abcde',
      'production-workloads',
      'my-vcluster',
      'nginx-deployment-7c79c4bf97-abcde-x-production-workl-65e7a468e8',
    ],
    [
      'coredns-5d78c9869d-4xkzq',
      'kube-system',
      'team-alpha-development-vcluster',
      'coredns-5d78c9869d-4xkzq-x-kube-system-x-team-alpha--b3bd4659c1',
    ],
    ['a'.repeat(51) + '.b', 'namespace', 'vc1', 'a'.repeat(51) + '-755c8f1269'],
    ['a-x-b', 'c', 'vc', 'a-x-b-x-c-x-vc'],
  ])('of %s in %s of %s', (name, namespace, vcluster, expected) => {
    expect(hostName(name, namespace, vcluster)).toBe(expected)
  })

  test('are ambiguous, so nothing may parse one', () => {
    expect(hostName('a-x-b', 'c', 'vc')).toBe(hostName('a', 'b-x-c', 'vc'))
  })

  test('of namespaces follow a form of their own', () => {
    expect(multiNamespaceName('production', 'vcluster-k8s1', 'k8s1')).toBe(
      'vcluster-ab8e18ef-52ed27db',
    )
  })

  test('label keys hold a hash of the key, with the vcluster name before it', () => {
    expect(labelKey('release', 'suffix')).toBe('vcluster.loft.sh/label-suffix-x-a4d451ec23')
    expect(labelKey('vcluster.loft.sh/managed-by', 'suffix')).toBe(
      'vcluster.loft.sh/label-suffix-x-e5f1b28ab2',
    )
    expect(nsLabelKey('kubernetes.io/metadata.name', 'k8s1')).toBe(
      'vcluster.loft.sh/ns-label-k8s1-x-cf1227b7b2',
    )
  })

  test('the dot before a dash goes only where the name was cut', () => {
    expect(safeConcat('a.', 'b')).toBe('a.-b')
    expect(safeConcat('a'.repeat(63))).toBe('a'.repeat(63))
    expect(safeConcat('a'.repeat(64))).toHaveLength(63)
  })
})

const label = (max: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[a-z0-9]([a-z0-9-]{0,${max - 2}}[a-z0-9])?$`))
const podName = fc.array(label(63), { minLength: 1, maxLength: 4 }).map((labels) =>
  labels
    .join('.')
    .slice(0, 253)
    .replace(/[.-]+$/, ''),
)

describe('for all virtual names', () => {
  test('a host name is at most 63 characters and a DNS name', () => {
    fc.assert(
      fc.property(podName, label(63), label(63), (name, namespace, vcluster) => {
        const translated = hostName(name, namespace, vcluster)
        expect(translated.length).toBeLessThanOrEqual(63)
        expect(translated).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
        expect(hostName(name, namespace, vcluster)).toBe(translated)
      }),
    )
  })

  test('other forms keep their limits too', () => {
    fc.assert(
      fc.property(podName, label(63), label(63), (name, namespace, vcluster) => {
        expect(multiNamespaceName(name, namespace, vcluster)).toMatch(
          /^vcluster-[0-9a-f]{8}-[0-9a-f]{8}$/,
        )
        const [prefix, key = ''] = labelKey(name, vcluster).split('/')
        expect(prefix).toBe('vcluster.loft.sh')
        expect(key.length).toBeLessThanOrEqual(63)
      }),
    )
  })

  test('two pods of one namespace never share a host name unless both were cut to the same hash', () => {
    fc.assert(
      fc.property(podName, podName, label(63), label(20), (one, other, namespace, vcluster) => {
        const same = hostName(one, namespace, vcluster) === hostName(other, namespace, vcluster)
        expect(same).toBe(one === other)
      }),
    )
  })
})
