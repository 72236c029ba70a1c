import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseExposition, type Family } from '../exposition.ts'
import { readNumber } from './read-number.ts'
import { createSeriesReader, type SeriesReaderOptions } from './series-reader.ts'

const fixture = (path: string): Buffer =>
  readFileSync(new URL(`../../../test/fixtures/${path}`, import.meta.url))

const isNodeRow = (text: string): boolean => text.includes('pod=""')
const OPTIONS: SeriesReaderOptions = { wanted: () => true, skipLine: isNodeRow }

type Plain = [string, Family['type'], [string, Record<string, string>, number][]][]

/** By name, without families that have no samples: nothing comes of them, nor of their order. */
const plain = (families: ReadonlyMap<string, Family>): Plain =>
  [...families.values()]
    .filter(({ samples }) => samples.length > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, samples }) => [
      name,
      type,
      samples.map((one) => [one.name, { ...one.labels }, one.value]),
    ])

/** What comes of a text, or the words of its error. */
function outcome(read: () => ReadonlyMap<string, Family>): Plain | string {
  try {
    return plain(read())
  } catch (error) {
    return (error as Error).message
  }
}

test.each([
  ['cadvisor 1.34', gunzipSync(fixture('minikube-1.34/cadvisor.gz'))],
  ['cadvisor 1.16', fixture('datadog/cadvisor_metrics_post_1_16.txt')],
  ['kubelet 1.21', fixture('datadog/kubelet_metrics_1_21.txt')],
  ['probes', fixture('datadog/probes.txt')],
  ['cadvisor 1.36', fixture('vcluster-node/metrics-cadvisor.txt')],
])(
  '%s: every sample is the one that the slow parser reads, in the second run as well',
  (_, body) => {
    const reader = createSeriesReader(OPTIONS)
    const slow = plain(parseExposition(body.toString(), OPTIONS))
    expect(plain(reader.read(body))).toEqual(slow)
    expect(plain(reader.read(body))).toEqual(slow)
  },
)

test('label sets are the same objects in the next run, whatever their lines say meanwhile', () => {
  const reader = createSeriesReader({ wanted: () => true })
  const labels = (text: string): unknown[] =>
    [...reader.read(Buffer.from(text)).values()].flatMap(({ samples }) =>
      samples.map((one) => one.labels),
    )
  const [a, b] = labels('m{a="1"} 1\nm{a="2"} 2\n')
  const [c, d, e] = labels('m{a="2"} 3\nm{a="3"} 4\nn{a="1"} 5\n')
  expect([c === b, e === a, d === a]).toEqual([true, true, false])
})

const line = fc.oneof(
  fc.constantFrom(
    '# TYPE m gauge',
    '# TYPE h histogram',
    '# TYPE m counter',
    '# HELP m text pod=""',
    '# EOF',
    '#TYPE m gauge',
    '',
    ' m 1',
    'm{a="b",} 1',
    'm {a="b"} 1',
    'm{a="b"}  1',
    'm{a="b"} 1 ',
    'm{a="b"} 1 12',
    'm{pod="",b="c"} 1',
    'm{a="b"} x',
    'h_bucket{le="+Inf"} 3',
    'h_bucket{le="1"} 3',
    'h_sum 1.5e-7',
    'Unauthorized',
    'm{a="\\"\\\\\\n"} nan',
    'm{é="1"} 1',
    'm{a="é"} -Inf',
    'm{a="1",a="2"} 1',
  ),
  fc
    .tuple(
      fc.constantFrom('m', 'h_bucket', 'other', 'h'),
      fc.constantFrom('a', 'b', '__proto__'),
      fc.string({ maxLength: 6 }),
      fc.double(),
    )
    .map(([name, label, value, number]) => `${name}{${label}="${value}"} ${String(number)}`),
)

test('whatever comes: the fast reader and the slow parser say the same, run after run', () => {
  const text = fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
    .map(([lines, ended]) => lines.join('\n') + (ended ? '\n' : ''))
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), (texts) => {
      const reader = createSeriesReader(OPTIONS)
      for (const one of texts) {
        // The slow parser looks at whole lines, the fast one at labels.
        const slow = outcome(() => parseExposition(one, OPTIONS))
        expect(outcome(() => reader.read(Buffer.from(one)))).toEqual(slow)
      }
    }),
    { numRuns: 600 },
  )
})

test('a reader does not grow with label sets that are gone', () => {
  const reader = createSeriesReader({ wanted: () => true })
  const rows = (run: number): Buffer =>
    Buffer.from(Array.from({ length: 3000 }, (_, i) => `m{pod="p-${run}-${i}"} ${i}\n`).join(''))
  for (let run = 0; run < 6; run++) {
    const samples = reader.read(rows(run)).get('m')?.samples ?? []
    expect(samples).toHaveLength(3000)
    expect(samples[2999]?.labels['pod']).toBe(`p-${run}-2999`)
  }
})

test('numbers are to the last bit what the engine reads', () => {
  const spell = fc
    .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(3))
    .map(
      ([value, how]) =>
        [
          String(value),
          value.toExponential(),
          Math.abs(value) < 1e20 ? value.toFixed(9) : String(value),
          `${Math.trunc(value)}`,
        ][how] ?? '',
    )
  fc.assert(
    fc.property(spell, (text) => {
      expect(Object.is(readNumber(Buffer.from(`${text} 12\n`), 0), Number(text))).toBe(true)
    }),
    { numRuns: 2000 },
  )
  const of = (text: string): number => readNumber(Buffer.from(`${text}\n`), 0)
  expect(
    ['+Inf', '-Inf', 'NaN', '9007199254740993', '18446744073709551615', '.5', '1.'].map(of),
  ).toEqual([Infinity, -Infinity, NaN, 9007199254740992, 2 ** 64, 0.5, 1])
})
