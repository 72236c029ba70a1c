import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatLabelSelector,
  fromLabelSelector,
  matchesLabelSelector,
  matchesLabels,
  parseLabelSelector,
  type LabelRequirement,
} from './label-selectors.ts'

function matches(selector: string, labels: Record<string, string> | undefined): boolean {
  const parsed = parseLabelSelector(selector)
  if (!parsed.ok) throw new Error(parsed.message)
  return matchesLabels(parsed.requirements, labels)
}

const LABELS = { app: 'web', tier: 'front', n: '7', 'k8s.io/part-of': 'shop', empty: '' }

test.each([
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web , tier=front', true],
  ['app=db', false],
  ['app!=db', true],
  ['app!=web', false],
  ['none!=x', true],
  ['app in (web,db)', true],
  ['app in ( db , cache )', false],
  ['app notin (db),tier in(front)', true],
  ['none notin (x)', true],
  ['none in (x)', false],
  ['app', true],
  ['!app', false],
  ['!none', true],
  ['! none', true],
  ['k8s.io/part-of=shop', true],
  ['n>6', true],
  ['n>7', false],
  ['n<8', true],
  ['app>1', false],
  ['empty=', true],
  ['empty', true],
  ['toString', false],
  ['!constructor', true],
])('%s → %s', (selector, expected) => {
  expect(matches(selector, LABELS)).toBe(expected)
})

test.each([
  'a=b=c',
  'a,',
  ',a',
  'a in',
  'a in b',
  'a in (b',
  'a b',
  '=b',
  '-a=b',
  'a=-b',
  'a/b/c=d',
  'A.B/c=d',
  'a>b',
  'a>',
  '!a=b',
  `a=${'x'.repeat(64)}`,
  '(a)',
  'a=b)c(',
])('"%s" is refused', (selector) => {
  const parsed = parseLabelSelector(selector)
  expect(parsed).toMatchObject({ ok: false })
  expect(parsed.ok ? '' : parsed.message).toMatch(/^unable to parse requirement/)
})

describe('the object form', () => {
  test('joins labels and expressions', () => {
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In' as const, values: ['front', 'back'] },
        { key: 'none', operator: 'DoesNotExist' as const },
        { key: 'n', operator: 'Exists' as const },
        { key: 'app', operator: 'NotIn' as const, values: ['db'] },
      ],
    }
    expect(matchesLabelSelector(selector, LABELS)).toBe(true)
    expect(matchesLabelSelector(selector, { app: 'web' })).toBe(false)
  })

  test('an empty one selects everything, a missing or a wrong one nothing', () => {
    expect(matchesLabelSelector({}, undefined)).toBe(true)
    expect(matchesLabelSelector(undefined, LABELS)).toBe(false)
    const wrong = { matchExpressions: [{ key: 'app', operator: 'Like' as 'In', values: ['w'] }] }
    expect(matchesLabelSelector(wrong, LABELS)).toBe(false)
    expect(fromLabelSelector({ matchExpressions: [{ key: 'a', operator: 'In' }] }).ok).toBe(false)
  })
})

const name = fc.stringMatching(/^[a-zA-Z0-9]([-a-zA-Z0-9_.]{0,10}[a-zA-Z0-9])?$/)
const requirement: fc.Arbitrary<LabelRequirement> = fc.oneof(
  fc.record({
    key: name,
    operator: fc.constantFrom('in' as const, 'notin' as const),
    values: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    key: name,
    operator: fc.constantFrom('exists' as const, '!' as const),
    values: fc.constant([]),
  }),
  fc.record({
    key: name,
    operator: fc.constantFrom('gt' as const, 'lt' as const),
    values: fc.nat().map((value) => [String(value)]),
  }),
)

test('what is formatted is parsed to the same', () => {
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 5 }), (requirements) => {
      expect(parseLabelSelector(formatLabelSelector(requirements))).toEqual({
        ok: true,
        requirements,
      })
    }),
  )
})

test('a requirement and its opposite never agree', () => {
  const opposite = { in: 'notin', notin: 'in', exists: '!', '!': 'exists' } as const
  const labels = fc.dictionary(name, name, { maxKeys: 4 })
  fc.assert(
    fc.property(requirement, labels, (one, set) => {
      fc.pre(one.operator !== 'gt' && one.operator !== 'lt')
      const other = { ...one, operator: opposite[one.operator as 'in'] }
      expect(matchesLabels([one], set)).not.toBe(matchesLabels([other], set))
    }),
  )
})

test('anything at all can be parsed without an exception', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parseLabelSelector(text).ok === 'boolean'))
})
