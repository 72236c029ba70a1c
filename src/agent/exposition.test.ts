import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExposition } from './exposition.ts'

const only = (text: string): { labels: object; value: number } => {
  const [family] = parseExposition(text).values()
  const [sample] = family?.samples ?? []
  if (!sample) throw new Error('no sample')
  return { labels: { ...sample.labels }, value: sample.value }
}

describe('values', () => {
  test.each([
    ['m 1', 1],
    ['m{} 1.5e+06 1768210205000', 1_500_000],
    ['m\t{a="b"}\t+Inf', Infinity],
    ['m -Inf', -Infinity],
    ['m NaN', NaN],
    ['m .5', 0.5],
    ['m 9223372036854775808', 2 ** 63],
  ])('%s', (text, value) => {
    expect(only(text + '\n').value).toBe(value)
  })

  test('escapes in labels are undone, and nothing else', () => {
    expect(only(String.raw`m{a="x\"y\\z\n",b="}, {",} 1` + '\n').labels).toEqual({
      a: 'x"y\\z\n',
      b: '}, {',
    })
  })

  test('a last line without its end is read when it is whole', () => {
    expect(only('m 7').value).toBe(7)
  })
})

describe('families', () => {
  const text = `# HELP h seconds
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 2
h_sum 3
h_count 2
# TYPE h_count_of_things counter
h_count_of_things 9
loose 1
`
  test('the parts of a histogram belong to it, and a name that only begins alike does not', () => {
    const families = parseExposition(text)
    expect(
      [...families.values()].map(({ name, type, samples }) => [name, type, samples.length]),
    ).toEqual([
      ['h', 'histogram', 4],
      ['h_count_of_things', 'counter', 1],
      ['loose', 'untyped', 1],
    ])
  })

  test('unwanted families are checked and not kept', () => {
    const families = parseExposition(text, { wanted: (name) => name === 'h' })
    expect(families.get('h')?.samples).toHaveLength(4)
    expect(families.get('loose')?.samples).toEqual([])
    expect(() => parseExposition('loose x\n', { wanted: () => false })).toThrow('expected float')
  })
})

test.each([
  ['Unauthorized', 'unexpected end of input stream'],
  ['404 page not found\n', 'invalid metric name'],
  ['Forbidden (user=u, verb=get, resource=nodes)\n', 'expected float as value, got "(user=u,"'],
  ['m{a="b\n', 'label value "b" contains unescaped new-line'],
  ['m{a=b} 1\n', `expected '"' at start of label value, found 'b'`],
  ['m{1="b"} 1\n', 'invalid label name for metric "m"'],
  ['m{a="b",a="c"} 1\n', 'duplicate label names for metric "m"'],
  [String.raw`m{a="\t"} 1` + '\n', String.raw`invalid escape sequence '\t'`],
  ['m 1 x\n', 'expected integer as timestamp, got "x"'],
  ['m\n', 'expected float as value, got ""'],
  ['# TYPE m strange\n', 'unknown metric type "strange"'],
])('%o is refused: %s', (text, message) => {
  expect(() => parseExposition('ok 1\n' + text)).toThrow(
    `text format parsing error in line 2: ${message}`,
  )
})

test('whatever comes is parsed or refused, in the one form of words', () => {
  const piece = fc.constantFrom(
    'm',
    '{',
    '}',
    '"',
    '\\',
    '\n',
    ' ',
    '=',
    ',',
    'a',
    '1',
    '#',
    'TYPE',
    'NaN',
    'é',
    '\t',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        parseExposition(pieces.join(''))
      } catch (error) {
        expect((error as Error).message).toMatch(/^text format parsing error in line \d+: /)
      }
    }),
    { numRuns: 500 },
  )
})

test('what is written comes back: any label value, any finite number', () => {
  const escape = (value: string): string =>
    value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.double({ noNaN: true }), (label, value) => {
      const shown = Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
      const found = only(`m{__proto__="${escape(label)}"} ${shown}\n`)
      // `===`: a negative zero is written as 0.
      expect(found.value === value).toBe(true)
      const [family] = parseExposition(`m{__proto__="${escape(label)}"} 1\n`).values()
      expect(family?.samples[0]?.labels['__proto__']).toBe(label)
    }),
  )
})
