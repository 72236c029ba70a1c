import { expect, test } from 'vitest'
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
import { createKubeletMemory } from './provider.ts'

const TEXT = fixture('datadog/cadvisor_metrics_post_1_16.txt')

/** cpu ns, user s, system s, usage, working set, rss, cache, swap, limit */
const CONTAINERS: Readonly<Record<string, readonly number[]>> = {
  'default/agent-nsvs4/datadog-agent': [
    242854752689, 104.68, 114.45, 74059776, 53272576, 47063040, 21520384, 0, 268435456,
  ],
  'kube-system/coredns-5644d7b6d9-9msql/coredns': [
    71997998203, 6.79, 9.96, 7393280, 7393280, 6901760, 28672, 0, 178257920,
  ],
  'kube-system/coredns-5644d7b6d9-mcjfn/coredns': [
    69405385539, 48.7, 56.67, 7471104, 7471104, 6918144, 20480, 0, 178257920,
  ],
  'kube-system/etcd-kind-control-plane/etcd': [
    346450163183, 111.23, 115.91, 61247488, 43569152, 42774528, 17702912, 0, 0,
  ],
  'kube-system/kindnet-2dv6p/kindnet-cni': [
    6508916083, 2.29, 3.65, 5349376, 5349376, 4911104, 4096, 0, 52428800,
  ],
  'kube-system/kube-apiserver-kind-control-plane/kube-apiserver': [
    808319134027, 274.99, 276.03, 275783680, 275783680, 274604032, 16384, 0, 0,
  ],
  'kube-system/kube-controller-manager-kind-control-plane/kube-controller-manager': [
    333445483621, 71.8, 98.14, 34934784, 34934784, 34320384, 16384, 0, 0,
  ],
  'kube-system/kube-proxy-zr52v/kube-proxy': [
    37742879804, 14.02, 19.12, 9383936, 9363456, 8273920, 200704, 0, 0,
  ],
  'kube-system/kube-scheduler-kind-control-plane/kube-scheduler': [
    32978205750.999996, 14.6, 9.98, 12075008, 12075008, 11546624, 0, 0, 0,
  ],
}
const COLUMNS = [
  'cpu.usage.total',
  'cpu.user.total',
  'cpu.system.total',
  'memory.usage',
  'memory.working_set',
  'memory.rss',
  'memory.cache',
  'memory.swap',
  'memory.limits',
]

const NETWORK: Readonly<Record<string, readonly [number, number]>> = {
  'default/agent-nsvs4': [3237956, 5535161],
  'kube-system/coredns-5644d7b6d9-9msql': [12260068, 3172254],
  'kube-system/coredns-5644d7b6d9-mcjfn': [12299531, 3153333],
}

/** A store that knows all nine pods; those of the node's network are marked as on a real node. */
function setting(text = TEXT): Setting {
  const tags: Record<string, string[]> = {}
  const items = Object.keys(CONTAINERS).map((key) => {
    const [namespace = '', name = '', container = ''] = key.split('/')
    tags[key] = [`c:${key}`]
    tags[name] = [`p:${namespace}/${name}`]
    const hostNetwork = !(`${namespace}/${name}` in NETWORK)
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

test('every value of every container comes out under its name, CPU in nanoseconds', async () => {
  const { calls } = await runProvider(cadvisor, setting())
  const rows = new Set(rowsOf(calls))
  for (const [container, values] of Object.entries(CONTAINERS)) {
    for (const [column, metric] of COLUMNS.entries()) {
      expect(rows).toContain(`${metric} ${values[column] ?? 0} c:${container}`)
    }
  }
  for (const [pod, [received, sent]] of Object.entries(NETWORK)) {
    expect(rows).toContain(`network.rx_bytes ${received} interface:eth0 p:${pod}`)
    expect(rows).toContain(`network.tx_bytes ${sent} interface:eth0 p:${pod}`)
  }
})

test('names and numbers of calls are those that the file holds, no more', async () => {
  const { calls } = await runProvider(cadvisor, setting())
  expect(countByName(calls)).toEqual({
    'cpu.usage.total': 9,
    'cpu.user.total': 9,
    'cpu.system.total': 9,
    'cpu.load.10s.avg': 9,
    'cpu.cfs.periods': 2,
    'cpu.cfs.throttled.periods': 2,
    'cpu.cfs.throttled.seconds': 2,
    'io.read_bytes': 4,
    'io.write_bytes': 4,
    'memory.usage': 9,
    'memory.limits': 9,
    'memory.usage_pct': 4,
    'memory.working_set': 9,
    'memory.cache': 9,
    'memory.rss': 9,
    'memory.swap': 9,
    'memory.sw_limit': 9,
    'network.rx_bytes': 3,
    'network.tx_bytes': 3,
    'network.rx_errors': 3,
    'network.tx_errors': 3,
    'network.rx_dropped': 3,
    'network.tx_dropped': 3,
  })
  const rates = new Set(calls.filter(({ call }) => call === 'rate').map(({ name }) => name))
  expect([...rates].every((name) => /\.(cpu\.(?!load)|io|network)/.test(name))).toBe(true)
  expect(
    calls.filter(({ call }) => call === 'gauge').every(({ name }) => /memory|load/.test(name)),
  ).toBe(true)
})

test('disk values carry their device, an empty one as well; limits give a fraction of the usage', async () => {
  const { calls } = await runProvider(cadvisor, setting())
  const rows = rowsOf(calls)
  expect(rows).toContain(
    'io.write_bytes 597868544 c:kube-system/etcd-kind-control-plane/etcd device:/dev/sda',
  )
  expect(rows).toContain('io.read_bytes 190464 c:kube-system/kube-proxy-zr52v/kube-proxy device:')
  expect(rows).toContain(
    `memory.usage_pct ${74059776 / 268435456} c:default/agent-nsvs4/datadog-agent`,
  )
})

test('rows of the node are dropped before they are parsed', () => {
  const left = TEXT.split('\n').filter(
    (line) => !line.includes('pod=""') && !line.includes('pod_name=""'),
  )
  const samples = (text: string): number | undefined =>
    parseExposition(text).get('container_cpu_usage_seconds_total')?.samples.length
  expect(samples(TEXT)).toBe(31)
  expect(samples(left.join('\n'))).toBe(27)
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
