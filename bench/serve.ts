import { setTimeout as sleep } from 'node:timers/promises'
import { pinCores, startBenchRig, type BenchRig } from './gateway-rig.ts'
import { WARM_UP } from './load-client.ts'

/** `npm run bench`, second part: the gateway as a process, over TLS, with gzip as an agent asks for it. */
const PATHS = [
  '/metrics/cadvisor',
  '/stats/summary',
  '/pods',
  '/metrics/resource',
  '/metrics/probes',
  '/metrics',
]
const RATE = 500
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 5)
const INTERVAL_MS = 15_000
/** The default time of a snapshot: what is kept in memory depends on it. */
const TTL_MS = 5_000
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)

const table = (head: readonly string[], rows: readonly (readonly string[])[]): void => {
  const lines = [head, head.map(() => '---:'), ...rows].map((row) => `| ${row.join(' | ')} |`)
  console.log(`\n${lines.join('\n')}`)
}

/** A cached request, sent by a process of its own at a fixed rate. */
async function latencies(ttl: string): Promise<string[]> {
  await using rig = await startBenchRig(110, 10, ttl)
  const path = '/metrics/cadvisor'
  await rig.load({ path, perSecond: RATE, seconds: 1 })
  const [start, cpu] = [performance.now(), rig.cpu()]
  const { requests, errors, p50, p99, most } = await rig.load({
    path,
    perSecond: RATE,
    seconds: SECONDS,
  })
  const used = rig.cpu() - cpu
  const share = used / (performance.now() - start)
  return [
    ttl,
    String(requests),
    String(errors),
    ...[p50, p99, most].map((ms) => ms.toFixed(1)),
    // Those that warm the client up are requests, too.
    (used / (requests + WARM_UP)).toFixed(2),
    `${(share * 100).toFixed(0)} %`,
  ]
}

/** A round: every tenant's agent reads every endpoint once, in so many groups, a snapshot's life apart. */
async function round(rig: BenchRig, groups: number): Promise<{ reads: number; bytes: number }> {
  let [reads, bytes] = [0, 0]
  for (let group = 0; group < groups; group++) {
    const start = performance.now()
    for (let tenant = group; tenant < rig.tenants; tenant += groups) {
      for (const path of PATHS) {
        const got = await rig.ask(tenant, path)
        if (got.status !== 200) throw new Error(`${path} was answered with ${got.status}`)
        reads++
        bytes += got.bytes
      }
    }
    // The next one shall find the snapshot too old.
    await sleep(Math.max(0, TTL_MS + 100 - (performance.now() - start)))
  }
  return { reads, bytes }
}

/** Until V8 has compiled most of what it will: after five, an eighth of the time still goes into that. */
const WARM_UP_ROUNDS = 12

async function shares(podCount: number, tenantCount: number): Promise<string[][]> {
  await using rig = await startBenchRig(podCount, tenantCount, `${TTL_MS}ms`)
  // The kubelet's rows are all new the first time, too: a gateway runs for weeks.
  for (let i = 0; i < WARM_UP_ROUNDS; i++) await round(rig, 1)
  const rows: string[][] = []
  for (const [how, groups] of [
    ['at once', 1],
    ['spread', 3],
  ] as const) {
    const times: number[] = []
    let last = { reads: 0, bytes: 0 }
    for (let i = 0; i < ROUNDS; i++) {
      const cpu = rig.cpu()
      last = await round(rig, groups)
      times.push(rig.cpu() - cpu)
    }
    const ms = times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0
    const { now, most } = rig.memory()
    rows.push([
      `${podCount} / ${tenantCount}`,
      how,
      String(last.reads),
      (last.bytes / 1e6).toFixed(1),
      ms.toFixed(0),
      `${((ms / INTERVAL_MS) * 100).toFixed(2)} %`,
      now.toFixed(0),
      most.toFixed(0),
    ])
  }
  return rows
}

const isPinned = pinCores()
console.log(isPinned ? '\nThe gateway has one core to itself.' : '\nAll share all cores.')
console.log(
  `\nA cached cadvisor request, 110 pods and 10 tenants, ${RATE} requests/s for ${SECONDS} s:`,
)
const quick = [await latencies('1m'), await latencies('5s')]
table(['snapshot', 'requests', 'errors', 'p50 ms', 'p99 ms', 'max ms', 'CPU ms each', 'CPU'], quick)

console.log(
  `\nA whole round of scrapes (${PATHS.join(', ')}), one round per 15 s, the median of ${ROUNDS}:`,
)
const rounds = [...(await shares(250, 20)), ...(await shares(500, 50))]
table(
  ['pods / tenants', 'scrapes', 'requests', 'MB sent', 'CPU ms', 'of a core', 'RSS MiB', 'most'],
  rounds,
)
