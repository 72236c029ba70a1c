import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { duplicateFields } from './duplicate-fields.ts'
import { StrategicPatchError, strategicMerge } from './strategic-merge.ts'

const pod = (spec: Record<string, unknown>): Record<string, unknown> => ({ spec })
const merge = (
  spec: Record<string, unknown>,
  patch: Record<string, unknown>,
): Record<string, unknown> => strategicMerge(pod(spec), pod(patch), 'Pod')['spec'] as never

describe('strategic merge patch', () => {
  const containers = [
    { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: '1' },
  ]

  test('merges lists by their key and replaces the others', () => {
    const env = [
      { name: 'X', value: '1' },
      { name: 'Y', value: '2' },
    ]
    expect(
      merge({ containers }, { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] }),
    ).toEqual({
      containers: [
        { name: 'a', image: '1', env },
        { name: 'b', image: '1' },
      ],
    })
    expect(merge({ tolerations: [{ key: 'a' }] }, { tolerations: [{ key: 'b' }] })).toEqual({
      tolerations: [{ key: 'b' }],
    })
  })

  test('heeds the directives', () => {
    expect(merge({ containers }, { containers: [{ name: 'a', $patch: 'delete' }] })).toEqual({
      containers: [{ name: 'b', image: '1' }],
    })
    expect(
      merge({ containers }, { containers: [{ name: 'z', image: '3' }, { $patch: 'replace' }] }),
    ).toEqual({ containers: [{ name: 'z', image: '3' }] })
    expect(
      merge({ securityContext: { a: 1 } }, { securityContext: { $patch: 'replace', b: 2 } }),
    ).toEqual({ securityContext: { b: 2 } })
    const order = [{ name: 'b' }, { name: 'a' }]
    expect(
      (
        merge({ containers }, { '$setElementOrder/containers': order })['containers'] as never[]
      ).map(({ name }) => name),
    ).toEqual(['b', 'a'])
    // As Kubernetes 1.20 does: `a` stood before `b`, and the client knows nothing of `a`.
    const three = [{ name: 'c' }, { name: 'a' }, { name: 'b' }]
    expect(
      merge(
        { containers: three },
        { '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }] },
      ),
    ).toEqual({ containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] })
    const volumes = [{ name: 'v', emptyDir: {} }]
    expect(
      merge(
        { volumes },
        { volumes: [{ name: 'v', hostPath: { path: '/' }, $retainKeys: ['name', 'hostPath'] }] },
      ),
    ).toEqual({ volumes: [{ name: 'v', hostPath: { path: '/' } }] })
    const finalizers = { metadata: { finalizers: ['a', 'b'] } }
    const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }
    expect(strategicMerge(finalizers, patch, 'Pod')).toEqual({ metadata: { finalizers: ['b'] } })
    expect(strategicMerge(finalizers, { metadata: { finalizers: ['c'] } }, 'Pod')).toEqual({
      metadata: { finalizers: ['a', 'b', 'c'] },
    })
  })

  test('refuses what is no such patch', () => {
    for (const wrong of [
      { containers: [{ image: 'no name' }] },
      { containers: ['text'] },
      { $patch: 'unknown' },
      { '$setElementOrder/containers': 1, containers: [{ name: 'a' }], $patch: 'nothing' },
      { $retainKeys: [], hostname: 'x' },
    ]) {
      expect(() => merge({ containers }, wrong)).toThrow(StrategicPatchError)
    }
  })

  const name = fc.constantFrom('a', 'b', 'c')
  const spec = fc.record(
    {
      hostname: fc.constantFrom('x', 'y'),
      nodeSelector: fc.dictionary(name, fc.constantFrom('1', '2')),
      containers: fc.uniqueArray(
        fc.record({ name, image: fc.constantFrom('1', '2') }, { requiredKeys: ['name'] }),
        { selector: (one) => one.name },
      ),
    },
    { requiredKeys: [] },
  )

  test('twice is once, nothing changes nothing, and the arguments stay', () => {
    fc.assert(
      fc.property(spec, spec, (before, patch) => {
        const copy = structuredClone(before)
        const once = merge(before, patch)
        expect(merge(once, patch)).toEqual(once)
        expect(merge(before, {})).toEqual(before)
        expect(merge(before, before)).toEqual(before)
        expect(before).toEqual(copy)
      }),
    )
  })

  test('hostile patches are refused or applied, and pollute nothing', () => {
    const key = fc.constantFrom(
      '__proto__',
      '$patch',
      '$retainKeys',
      'spec',
      'containers',
      'metadata',
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(null, 1, 'x', 'delete', 'replace'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie('tree')), { maxLength: 3 }).map((parts) => {
          const text = parts.map(
            ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
          )
          return JSON.parse(`{${text.join(',')}}`) as unknown
        }),
      ),
    }))
    fc.assert(
      fc.property(tree, (patch) => {
        try {
          strategicMerge({ spec: { containers } }, { spec: patch }, 'Pod')
        } catch (error) {
          expect(error).toBeInstanceOf(StrategicPatchError)
        }
        expect('polluted' in {}).toBe(false)
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
    )
  })
})

test('fields that a text has twice are named with their place', () => {
  expect(duplicateFields('{"a":{"b":1,"b":2},"l":[{"x":1},{"x":1,"x":"a\\",b"}],"a":1}')).toEqual([
    'a.b',
    'l[1].x',
    'a',
  ])
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(duplicateFields(text)).toEqual([])
    }),
  )
})
