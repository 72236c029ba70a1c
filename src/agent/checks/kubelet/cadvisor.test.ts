import { expect, test } from 'vitest'
import type { CallType } from '../../aggregator/metric.ts'
import {
  codes,
  expectedOf,
  numberIn,
  sentRow,
  sentRows,
} from '../../../../test/helpers/agent-expected.ts'
import {
  countByName,
  fakeTagger,
  fixture,
  rowsOf,
  runProvider,
  type Setting,
} from '../../../../test/helpers/agent-provider.ts'
import { parseExposition } from '../../exposition.ts'
import { indexPods, parsePodList } from '../../store/workload.ts'
import { cadvisor } from './cadvisor.ts'
import { CADVISOR_TABLE } from './cadvisor-table.ts'
import { createKubeletMemory } from './provider.ts'

const FILE = 'cadvisor_metrics_post_1_16.txt'
const TEXT = fixture(`datadog/${FILE}`)
const EXPECTED = expectedOf(FILE)
const LINES = TEXT.split('\n')
const PARSED = parseExposition(TEXT)

const CONTAINER_COLUMNS = EXPECTED.header('namespace/pod/container').slice(1)
/** `namespace/pod/container` → column → value */
const CONTAINERS: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map(
  EXPECTED.table('namespace/pod/container').map(([key = '', ...values]) => [
    key,
    new Map(CONTAINER_COLUMNS.map((column, at) => [column, numberIn(values[at])])),
  ]),
)
const NETWORK_COLUMNS = EXPECTED.header('pod', 'network.rx_bytes').slice(1)
const NETWORK = EXPECTED.table('pod', 'network.rx_bytes')
/** "On a real node only the first three rows would be sent, the others are host-network pods." */
const OWN_NETWORK = NETWORK.slice(0, 3)

/** `rate` and `gauge` → the names of a full run, without the prefix. */
const NAMES: ReadonlyMap<CallType, readonly string[]> = new Map(
  EXPECTED.table('calls', 'names (prefix `kubernetes.`)').map(([call = '', names = '']) => [
    call as CallType,
    names.split(', '),
  ]),
)
function callOf(name: string): CallType {
  const found = [...NAMES].find(([, names]) => names.includes(name))?.[0]
  if (!found) throw new Error(`${name} is not among the names`)
  return found
}

/** A store that knows all nine pods; on a real node some of them have the node's network. */
function setting(text = TEXT, real = true): Setting {
  const tags: Record<string, string[]> = {}
  const items = [...CONTAINERS.keys()].map((key) => {
    const [namespace = '', name = '', container = ''] = key.split('/')
    tags[key] = [`c:${key}`]
    tags[name] = [`p:${namespace}/${name}`]
    const hostNetwork = real && !OWN_NETWORK.some(([pod]) => pod === `${namespace}/${name}`)
    const status = {
      name: container,
      image: 'i:1',
      imageID: '',
      restartCount: 0,
      containerID: `containerd://${key}`,
    }
    return {
      metadata: { namespace, name, uid: name },
      spec: { containers: [{ name: container }], hostNetwork },
      status: { phase: 'Running', containerStatuses: [status] },
    }
  })
  return {
    workload: indexPods(parsePodList(JSON.stringify({ items })), 0),
    tagger: fakeTagger(tags),
    answers: { '/metrics/cadvisor': text },
    memory: createKubeletMemory(),
  }
}

const told = (name: string, value: number, ...tags: string[]): string =>
  sentRow(callOf(name), `kubernetes.${name}`, value, tags)

/** What the tables say of containers: their values, their devices, their limits. */
function containerRows(): string[] {
  const rows = [...CONTAINERS].flatMap(([key, values]) => {
    const limit = values.get('memory.limits') ?? 0
    return [
      ...[...values].map(([name, value]) => told(name, value, `c:${key}`)),
      ...(limit > 0
        ? [told('memory.usage_pct', values.get('memory.usage')! / limit, `c:${key}`)]
        : []),
    ]
  })
  const withDevice = EXPECTED.header('container', 'device').slice(2)
  for (const [key = '', device = '', ...values] of EXPECTED.table('container', 'device')) {
    const tag = device.startsWith('empty')
      ? (codes(device)[0] ?? '')
      : `device:${codes(device)[0] ?? ''}`
    for (const [at, name] of withDevice.entries())
      rows.push(told(name, numberIn(values[at]), `c:${key}`, tag))
  }
  const shares = EXPECTED.header('container', 'cpu.cfs.periods').slice(1)
  for (const [key = '', ...values] of EXPECTED.table('container', 'cpu.cfs.periods')) {
    for (const [at, name] of shares.entries())
      rows.push(told(name, numberIn(values[at]), `c:${key}`))
  }
  return rows
}

/** Sums over all interfaces; errors and drops "are 0 everywhere". */
function networkRows(pods: readonly (readonly string[])[]): string[] {
  const zero = [...NAMES.values()]
    .flat()
    .filter((name) => name.startsWith('network.') && !NETWORK_COLUMNS.includes(name))
  return pods.flatMap(([pod = '', ...values]) => [
    ...NETWORK_COLUMNS.map((name, at) =>
      told(name, numberIn(values[at]), `p:${pod}`, 'interface:eth0'),
    ),
    ...zero.map((name) => told(name, 0, `p:${pod}`, 'interface:eth0')),
  ])
}

test.each([
  ['all pods having their own network', false, NETWORK],
  ['some of them on the network of the node', true, OWN_NETWORK],
] as const)('%s: each value of the tables is sent, and nothing else', async (_, real, pods) => {
  const { calls } = await runProvider(cadvisor, setting(TEXT, real))
  // Of the load the page says how many there are.
  const [load, others] = [true, false].map((is) =>
    calls.filter(({ name }) => name.endsWith('.load.10s.avg') === is),
  )
  expect(load).toHaveLength(CONTAINERS.size)
  expect(sentRows(others ?? [])).toEqual([...containerRows(), ...networkRows(pods)].sort())
})

test.each(
  EXPECTED.table('family', 'type', 'samples').map(
    ([family = '', type = '', samples, left, containers, pods = '']) => ({
      family,
      type,
      samples: numberIn(samples),
      left: numberIn(left),
      containers: numberIn(containers),
      pods: numberIn(pods.split(' ')[0]),
      ofPods: Number(/\((\d+) pods\)/.exec(pods)?.[1] ?? 0),
    }),
  ),
)(
  '$family: $left of $samples samples are read, $containers containers are told of',
  async (family) => {
    const parsed = PARSED.get(family.family)
    expect([parsed?.type, parsed?.samples.length]).toEqual([family.type, family.samples])
    const kept = parsed?.samples.filter(({ labels }) => labels['pod'] !== '') ?? []
    expect(kept).toHaveLength(family.left)
    expect(kept.filter(({ labels }) => labels['container'])).toHaveLength(family.containers)
    expect(kept.filter(({ labels }) => !labels['container'])).toHaveLength(family.pods)
    // Only this family, so that the metrics are its own.
    const text = [
      `# TYPE ${family.family} ${family.type}`,
      ...LINES.filter((line) => line.startsWith(`${family.family}{`)),
      '',
    ].join('\n')
    const { calls } = await runProvider(cadvisor, setting(text, false))
    const row = CADVISOR_TABLE[family.family]
    const times = row?.scope === 'pod' ? family.ofPods : family.containers
    const metric = row && 'metric' in row ? row.metric : undefined
    expect(countByName(calls)).toEqual(times > 0 && metric !== undefined ? { [metric]: times } : {})
  },
)

test('the names of a full run are those of the upstream test, with their calls', async () => {
  // Beside what the file has: a file system, and a limit of swap.
  const more = [
    row('container_fs_usage_bytes', `${LABELS},device="/dev/sda"`, '50'),
    row('container_fs_limit_bytes', `${LABELS},device="/dev/sda"`, '200'),
    row('container_spec_memory_swap_limit_bytes', LABELS, '100'),
    row('container_memory_swap', LABELS, '10'),
  ]
  const own = LINES.filter(
    (line) =>
      !/^(# \w+ )?container_(fs_(usage|limit)|spec_memory_swap_limit|memory_swap)/.test(line),
  )
  const { calls } = await runProvider(cadvisor, setting(own.join('\n') + more.join('')))
  for (const [call, names] of NAMES) {
    const sent = new Set(calls.filter((one) => one.call === call).map(({ name }) => name))
    expect([...sent].sort()).toEqual(names.map((name) => `kubernetes.${name}`).sort())
  }
})

test('rows of the node are dropped before they are parsed', () => {
  const left = LINES.filter((line) => !line.includes('pod=""') && !line.includes('pod_name=""'))
  const samples = (text: string): number | undefined =>
    parseExposition(text).get('container_cpu_usage_seconds_total')?.samples.length
  const [all, kept] = EXPECTED.table('what', 'value').map(([, value]) => numberIn(value))
  expect([samples(TEXT), samples(left.join('\n'))]).toEqual([all, kept])
})

test('a store that knows none of the pods gets nothing', async () => {
  expect((await runProvider(cadvisor, { ...setting(), workload: indexPods([], 0) })).calls).toEqual(
    [],
  )
})

const row = (family: string, labels: string, value: string): string =>
  `# TYPE ${family} gauge\n${family}{${labels}} ${value}\n`
const LABELS =
  'container="datadog-agent",id="/x",image="i:1",name="k8s_x",namespace="default",pod="agent-nsvs4"'

test('a percentage is made of the usage that an earlier run remembered, with its tags', async () => {
  const first = setting(row('container_fs_usage_bytes', `${LABELS},device="/dev/sda"`, '50'))
  await runProvider(cadvisor, first)
  const limit = row('container_fs_limit_bytes', LABELS, '200')
  // The family is gone from this run: what was remembered of it is gone too.
  expect((await runProvider(cadvisor, { ...setting(limit), memory: first.memory! })).calls).toEqual(
    [],
  )
  const both = setting(row('container_fs_usage_bytes', `${LABELS},device="/dev/sda"`, '50') + limit)
  expect(rowsOf((await runProvider(cadvisor, both)).calls)).toEqual([
    'filesystem.usage 50 c:default/agent-nsvs4/datadog-agent device:/dev/sda',
    'filesystem.usage_pct 0.25 c:default/agent-nsvs4/datadog-agent device:/dev/sda',
  ])
})

test('several samples of one container: usage is summed, other values keep the last one', async () => {
  const twice = (family: string): string =>
    row(family, `${LABELS},device="a"`, '1') + `${family}{${LABELS},device="b"} 5\n`
  const text = twice('container_fs_usage_bytes') + twice('container_fs_reads_bytes_total')
  expect(rowsOf((await runProvider(cadvisor, setting(text))).calls).sort()).toEqual([
    'filesystem.usage 6 c:default/agent-nsvs4/datadog-agent device:a',
    'io.read_bytes 5 c:default/agent-nsvs4/datadog-agent device:b',
  ])
})

test('a memory.rss of 2^63 and more is the kernel counting below zero: dropped', async () => {
  const text = row('container_memory_rss', LABELS, '9223372036854775808')
  expect((await runProvider(cadvisor, setting(text))).calls).toEqual([])
})

test('a refusal is a parsing error in the words of the parser', async () => {
  const refuse = (body: string): Promise<unknown> => {
    const answers = { '/metrics/cadvisor': { status: 401, body } }
    return runProvider(cadvisor, { ...setting(), answers })
  }
  await expect(refuse('Unauthorized')).rejects.toThrow(
    'text format parsing error in line 1: unexpected end of input stream',
  )
  await expect(refuse('Forbidden (user=u, verb=get)\n')).rejects.toThrow(
    'text format parsing error in line 1: expected float as value, got "(user=u,"',
  )
})
