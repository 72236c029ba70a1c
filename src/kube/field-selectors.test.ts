import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesFields, parseFieldSelector, type FieldRequirement } from './field-selectors.ts'
import { DAEMONSETS, EVENTS, NODES, PODS, SECRETS, type Resource } from './resources.ts'

const pod = {
  metadata: { name: 'web', namespace: 'a' },
  spec: { nodeName: 'n1' },
  status: { phase: 'Running' },
}
const event = {
  metadata: { name: 'e' },
  involvedObject: { kind: 'Pod', name: 'web' },
  source: { component: 'kubelet' },
  type: 'Warning',
}

test.each<[Resource, object, string, boolean]>([
  [PODS, pod, '', true],
  [PODS, pod, 'metadata.name=web', true],
  [PODS, pod, 'metadata.name==web,metadata.namespace=a', true],
  [PODS, pod, 'spec.nodeName=n1,status.phase!=Failed', true],
  [PODS, pod, 'spec.nodeName!=n1', false],
  [PODS, pod, 'status.podIP=', true],
  [PODS, pod, 'spec.hostNetwork=false', true],
  [EVENTS, event, 'involvedObject.name=web,involvedObject.kind=Pod,type=Warning', true],
  [EVENTS, event, 'source=kubelet', true],
  [SECRETS, { metadata: {}, type: 'Opaque' }, 'type=Opaque', true],
  [NODES, { metadata: {}, spec: { unschedulable: true } }, 'spec.unschedulable=true', true],
  [DAEMONSETS, { metadata: { name: 'x' } }, 'metadata.name=y', false],
])('%# on a real object', (of, object, selector, expected) => {
  const parsed = parseFieldSelector(selector, of)
  if (!parsed.ok) throw new Error(parsed.message)
  expect(matchesFields(parsed.requirements, object as typeof pod)).toBe(expected)
})

test('what a resource cannot be selected by is named as the API server names it', () => {
  expect(parseFieldSelector('spec.foo=1', PODS)).toEqual({
    ok: false,
    message: 'field label not supported: spec.foo',
  })
  expect(parseFieldSelector('spec.foo=1', DAEMONSETS)).toMatchObject({
    message: '"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
  })
  expect(parseFieldSelector('spec.foo=1')).toMatchObject({ ok: true })
})

test.each(['metadata.name', '=x', 'a=b\\c', 'a=b=c', 'metadata.name in (a)'])(
  '"%s" is refused',
  (selector) => {
    expect(parseFieldSelector(selector).ok).toBe(false)
  },
)

test('values with escaped separators are parsed to what they were', () => {
  const requirement: fc.Arbitrary<FieldRequirement> = fc.record({
    field: fc.constantFrom('metadata.name', 'spec.nodeName', 'a.b.c'),
    operator: fc.constantFrom('=' as const, '!=' as const),
    value: fc.oneof(fc.string(), fc.constantFrom('a,b', 'a=b', '\\', '=', ',')),
  })
  fc.assert(
    fc.property(fc.array(requirement), (requirements) => {
      const terms = requirements.map(
        ({ field, operator, value }) => field + operator + value.replace(/[\\,=]/g, '\\$&'),
      )
      expect(parseFieldSelector(terms.join(','))).toEqual({ ok: true, requirements })
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => typeof parseFieldSelector(text).ok === 'boolean'))
})
