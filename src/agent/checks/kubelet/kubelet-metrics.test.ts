import { beforeAll, expect, test } from 'vitest'
import { codes, expectedOf, fakeTags, numberIn } from '../../../../test/helpers/agent-expected.ts'
import {
  fakeTagger,
  fixture,
  rowsOf,
  runProvider,
  type Call,
} from '../../../../test/helpers/agent-provider.ts'
import { kubeletMetrics } from './kubelet-metrics.ts'

const EXPECTED = expectedOf('kubelet_metrics_1_21.txt')
const TAGS = fakeTags()
const VALUES = EXPECTED.table('metric', 'call', 'value', 'tags')

let calls: Call[] = []
beforeAll(async () => {
  const done = await runProvider(kubeletMetrics, {
    pods: fixture('datadog/pods.json'),
    tagger: fakeTagger(TAGS),
    exclude: ['name:agent-excluded', 'image:^hkaj/demo-app$'],
    answers: { '/metrics': fixture('datadog/kubelet_metrics_1_21.txt') },
  })
  calls = done.calls
})

/** `14 + 1`; `35 minus excluded`: but for those that the other table says are not sent. */
function callsIn(cell: string, metric: string): number {
  const excluded = VALUES.filter(([name, call]) => name === metric && call === 'not sent').length
  const [all = '', minus] = cell.split(/ (minus) /)
  const sum = all.split('+').reduce((total, part) => total + numberIn(part.trim()), 0)
  return sum - (minus === undefined ? 0 : excluded)
}

test('names, calls, their number and the values beside them are those of the table, and no others', () => {
  const found: Record<string, number> = {}
  for (const { call, name } of calls) {
    const key = `${call} ${name}`
    found[key] = (found[key] ?? 0) + 1
  }
  const expected: Record<string, number> = {}
  for (const [metric = '', call = '', times = '', remark = ''] of EXPECTED.table(
    'metric',
    'sender call',
    'calls',
    'remark',
  )) {
    const name = codes(metric)[0] ?? ''
    expected[`${call} ${name}`] = callsIn(times, metric)
    if (!/^\d+( and \d+)*$/.test(remark)) continue
    const values = calls.filter((one) => one.name === name).map(({ value }) => value)
    expect([name, ...values]).toEqual([name, ...remark.split(' and ').map(Number)])
  }
  expect(found).toEqual(expected)
})

/** The tag sets that a cell means; `before` is the cell of an earlier row that it may refer to. */
function tagSets(cell: string, before: string): { readonly sets: string[][]; exact: boolean } {
  const words = codes(cell)
  if (cell.startsWith('the same')) {
    const same = codes(before).filter((tag) => words.includes(tag.split(':')[0] ?? ''))
    return { sets: [same], exact: true }
  }
  const [, each] = / each of (.*)$/.exec(cell) ?? []
  const open = words.findIndex((tag) => tag.endsWith(':'))
  if (each === undefined || open < 0) return { sets: [words], exact: !cell.includes('(plus') }
  const sets = each.split(' ').map((one) => words.map((tag, at) => (at === open ? tag + one : tag)))
  return { sets, exact: true }
}

test.each(
  VALUES.map(([metric = '', call = '', value = '', tags = ''], at) => ({
    metric: codes(metric)[0] ?? '',
    call,
    value,
    tags,
    before: VALUES[at - 1]?.[3] ?? '',
  })),
)('$call $metric $value $tags', ({ metric, call, value, tags, before }) => {
  const named = calls.filter(({ name }) => name === metric)
  expect(named.length).toBeGreaterThan(0)
  if (call === 'not sent') {
    expect(named.map((one) => one.value)).not.toContain(numberIn(value))
    return
  }
  const { sets, exact } = tagSets(tags, before)
  for (const set of sets) {
    const wanted = [...set, 'instance_tag:something'].sort()
    const sent = named.filter((one) =>
      exact
        ? one.tags.join(' ') === wanted.join(' ')
        : wanted.every((tag) => one.tags.includes(tag)),
    )
    expect(sent.map((one) => one.call)).toContain(call)
    if (value !== '(any)') expect(sent.map((one) => one.value)).toContain(numberIn(value))
    // The rest of a container's tags: those of one container of the fake tags.
    const rests = sent.map((one) => one.tags.filter((tag) => tag !== 'instance_tag:something'))
    const known = Object.values(TAGS).map((list) => [...list].sort().join(' '))
    if (!exact) for (const rest of rests) expect(known).toContain(rest.join(' '))
  }
})

test('the bucket without end is never sent, and counts carry a bound', () => {
  const bounds = calls
    .filter(({ name }) => /\.(latency|duration|interval|expiration)\.count$/.test(name))
    .map(({ tags }) => tags.filter((tag) => tag.startsWith('upper_bound:')))
  expect(bounds.every((one) => one.length === 1 && !/inf/i.test(one[0] ?? ''))).toBe(true)
})

test('a histogram may go without its buckets, and its NaN is skipped', async () => {
  const text = `# TYPE kubelet_pod_start_duration_seconds histogram
kubelet_pod_start_duration_seconds_bucket{le="1"} 2
kubelet_pod_start_duration_seconds_bucket{le="+Inf"} 3
kubelet_pod_start_duration_seconds_sum NaN
kubelet_pod_start_duration_seconds_count 3
`
  const instance = { sendHistogramsBuckets: false }
  const { calls } = await runProvider(kubeletMetrics, { instance, answers: { '/metrics': text } })
  expect(rowsOf(calls)).toEqual(['kubelet.pod.start.duration.count 3'])
})
