import { cpus } from 'node:os'
import { gzipSync } from 'node:zlib'
import { ownerLookup } from '../src/gateway/owners.ts'
import {
  CADVISOR_RULES,
  createMetricsDivider,
  partitionMetrics,
  type NodeView,
  type OwnerLookup,
} from '../src/kubelet/index.ts'
import { generateNode, readSamples } from './generate-node.ts'

/** `npm run bench`: how fast cadvisor's text is divided among all tenants, beside simpler things done to the same bytes. */
const SIZES = [
  [30, 2],
  [110, 10],
  [250, 20],
  [500, 50],
] as const

/** Time for each measurement, in milliseconds; the best of its rounds counts. */
const BUDGET_MS = Number(process.env['BENCH_MS'] ?? 1500)

/** The best speed of several rounds, in MB (10^6 bytes) per second. */
function speed(bytes: number, work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  const end = performance.now() + BUDGET_MS
  for (let round = 0; round < 5 || performance.now() < end; round++) {
    const start = performance.now()
    work()
    best = Math.min(best, performance.now() - start)
  }
  return bytes / best / 1000
}

function scanLines(input: Buffer): number {
  let lines = 0
  for (let at = input.indexOf(10); at >= 0; at = input.indexOf(10, at + 1)) lines++
  return lines
}

function scanBytes(input: Buffer): number {
  let lines = 0
  for (let at = 0; at < input.length; at++) if (input[at] === 10) lines++
  return lines
}

function measure(podCount: number, tenantCount: number): string[] {
  const { cadvisor, pods, tenants } = generateNode(podCount, tenantCount)
  const owners = ownerLookup(
    pods,
    tenants.map((name) => ({ name, vcluster: name, hostNamespaces: [`vcluster-${name}`] })),
  )
  const views = tenants.map((): NodeView => 'own-sum')
  const first = (): ReturnType<typeof partitionMetrics> =>
    partitionMetrics(cadvisor, owners, { views, rules: CADVISOR_RULES })
  const size = cadvisor.length
  const { kept, slices } = first()
  if (kept === 0 || slices.some((slice) => slice.length === 0)) throw new Error('a slice is empty')

  const json = JSON.stringify(readSamples(cadvisor.toString()))
  const slicing = speed(size, again(cadvisor, owners, views))
  const others = [
    speed(size, first),
    speed(json.length, () => JSON.parse(json) as unknown),
    speed(size, () => scanLines(cadvisor)),
    speed(size, () => scanBytes(cadvisor)),
    speed(size, () => Buffer.from(cadvisor)),
    speed(size, () => gzipSync(cadvisor, { level: 1 })),
  ]
  // The same rows for one tenant alone, and what each further one adds to that.
  const alone = speed(size, again(cadvisor, toOne(owners), ['own-sum']))
  const further = (alone / slicing - 1) / (tenantCount - 1)
  const cell = (value: number): string => `${value.toFixed(0)} (${(value / slicing).toFixed(1)}×)`
  return [
    `${podCount} / ${tenantCount}`,
    (size / 1e6).toFixed(1),
    slicing.toFixed(0),
    `${(further * 100).toFixed(1)} %`,
    ...others.map(cell),
  ]
}

/** What a TLS connection hands on at a time. */
const PIECE = 16 * 1024

/** As the gateway does it: in pieces as they come, remembering the labels (not the values) and using memory again. */
function again(payload: Buffer, owners: OwnerLookup, views: readonly NodeView[]): () => unknown {
  const divider = createMetricsDivider(CADVISOR_RULES)
  return () => {
    const division = divider.begin({ owners, views })
    for (let at = 0; at < payload.length; at += PIECE) {
      division.write(payload.subarray(at, at + PIECE))
    }
    const divided = division.end()
    views.forEach((_, slice) => divided.recycle(slice))
    return divided
  }
}

const toOne =
  (owners: OwnerLookup): OwnerLookup =>
  (namespace, name) => {
    const owner = owners(namespace, name)
    return owner && { ...owner, slice: 0 }
  }

const HEAD = [
  'pods / tenants',
  'MB',
  'slicing',
  'a further tenant',
  'the first time',
  'JSON.parse',
  'line scan (indexOf)',
  'byte scan',
  'copy',
  'gzip -1',
]
console.log(
  `Node ${process.version}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, one core; MB/s\n`,
)
console.log(`| ${HEAD.join(' | ')} |\n|${HEAD.map(() => ' ---: |').join('')}`)
for (const [podCount, tenantCount] of SIZES) {
  console.log(`| ${measure(podCount, tenantCount).join(' | ')} |`)
}
