import { spawnSync } from 'node:child_process'
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { createRunner } from '../src/agent/check-runner.ts'
import { createKubeletCheck } from '../src/agent/checks/kubelet/check.ts'
import type { KubeletClient } from '../src/agent/kubelet/client.ts'
import { createAgentLog } from '../src/agent/log.ts'
import { createFilter } from '../src/agent/store/filter.ts'
import { createPodStore } from '../src/agent/store/pod-store.ts'
import { createTagger } from '../src/agent/store/tags.ts'
import { staySmall } from '../src/core/index.ts'
import type { Pod } from '../src/kube/index.ts'
import { generateNode, readSamples } from './generate-node.ts'

/**
 * `npm run bench`: one run of the `kubelet` check over generated nodes, from the answers' bytes to finished series, beside
 * simpler things done to the same bytes. Each size is measured in a process of its own that reads the answers anew for
 * every run, as they come from a kubelet; two sets of numbers take turns.
 */
const SIZES = [250, 500] as const
/** Of the smaller node; the larger one is for its time only. */
const RUNS = Number(process.env['BENCH_RUNS'] ?? 100)
const RUNS_LARGE = Math.min(RUNS, 40)
const TEXTS = ['/metrics/cadvisor', '/metrics', '/metrics/probes', '/metrics/slis'] as const
const JSONS = ['/pods', '/stats/summary'] as const
const INTERVAL_MS = 20_000

const fixture = (path: string): Buffer =>
  readFileSync(new URL(`../test/fixtures/${path}`, import.meta.url))

const fileOf = (dir: string, path: string, turn: number): string =>
  join(dir, `${path.replaceAll('/', '_')}-${turn % 2}`)

type Stats = Record<string, unknown> & { podRef: object; containers?: { name: string }[] }

/** The answers of a node, twice: the second time with other digits. */
function writeNode(dir: string, podCount: number): void {
  const { pods, cadvisor } = generateNode(podCount, podCount / 10)
  // The generator leaves container ids as they were.
  const own = pods.map((pod, i) =>
    renew(JSON.stringify(pod), (id) => i.toString(16).padStart(8, '0') + id.slice(8)),
  )
  const summary = JSON.parse(gunzipSync(fixture('minikube-1.34/summary.gz')).toString()) as {
    node: unknown
    pods: Stats[]
  }
  const stats = pods.map((pod) => statsOf(pod, summary.pods))
  const bodies: Record<string, string> = {
    '/healthz?verbose': fixture('vcluster-node/healthz-verbose.txt').toString(),
    '/pods': `{"kind":"PodList","items":[${own.join(',')}]}`,
    '/stats/summary': JSON.stringify({ node: summary.node, pods: stats }, null, 1),
    '/metrics/cadvisor': cadvisor.toString(),
    '/metrics': fixture('vcluster-node/metrics.txt').toString(),
    '/metrics/probes': fixture('vcluster-node/metrics-probes.txt').toString(),
    '/metrics/slis': fixture('vcluster-node/metrics-slis.txt').toString(),
  }
  for (const [path, body] of Object.entries(bodies)) {
    writeFileSync(fileOf(dir, path, 0), body)
    writeFileSync(fileOf(dir, path, 1), OTHERWISE[path]?.(body) ?? body.replace(LAST_DIGIT, next))
  }
}

/** Of a sample's value and time. */
const LAST_DIGIT = /\d(?=( \d+)?$)/gm
const next = (digit: string): string => String((Number(digit) + 1) % 10)

/** What is different between two answers: all numbers, and one pod in 25. */
const OTHERWISE: Readonly<Record<string, (body: string) => string>> = {
  '/stats/summary': (body) => body.replace(/(?<=": [\d.]+)\d(?=,?$)/gm, next),
  '/pods': (body) => {
    let number = 0
    return body.replace(/(?<="restartCount":)\d+/g, (count) =>
      number++ % 25 === 0 ? `1${count}` : count,
    )
  },
}

const renew = (text: string, to: (id: string) => string): string =>
  text.replace(/(?<=:\/\/)[0-9a-f]{64}/g, to)

function statsOf({ metadata, spec }: Pod, templates: readonly Stats[]): Stats {
  const names = new Set(spec.containers.map(({ name }) => name))
  const found = templates.find(({ containers }) => containers?.some(({ name }) => names.has(name)))
  const { name, namespace, uid } = metadata
  return { ...(found ?? {}), podRef: { name, namespace, uid } }
}

/** A kubelet whose answers are read from files before each run, each into the memory of the one before. */
function serveFiles(dir: string): Parameters<typeof createKubeletCheck>[0]['connection'] & {
  prepare(turn: number): void
} {
  const base = 'https://127.0.0.1:10250'
  const memory = new Map<string, Buffer>()
  const bodies = new Map<string, Buffer>()
  const client: KubeletClient = {
    base,
    get(path) {
      const url = base + path
      const raw = bodies.get(path)
      if (!raw) return Promise.resolve({ url, status: 404, body: '' })
      return Promise.resolve({
        url,
        status: 200,
        raw,
        get body() {
          return raw.toString()
        },
      })
    },
  }
  return {
    client: () => Promise.resolve(client),
    prepare(turn) {
      for (const path of ['/healthz?verbose', ...TEXTS, ...JSONS]) {
        const handle = openSync(fileOf(dir, path, turn), 'r')
        const { size } = fstatSync(handle)
        const known = memory.get(path)
        const room = known && known.length >= size ? known : Buffer.allocUnsafeSlow(size)
        memory.set(path, room)
        readSync(handle, room, 0, size, 0)
        closeSync(handle)
        bodies.set(path, room.subarray(0, size))
      }
    },
    [Symbol.dispose]: () => undefined,
  }
}

const MiB = (bytes: number): number => Math.round(bytes / 2 ** 20)

/** In a process of its own: the runs. */
async function runCheck(dir: string, runs: number): Promise<void> {
  // As the agent does when it starts.
  staySmall()
  const connection = serveFiles(dir)
  const log = createAgentLog('off')
  let at = Date.parse('2026-01-12T09:30:05Z')
  const now = (): number => at
  const check = createKubeletCheck({
    connection,
    pods: createPodStore({ log, now }),
    tagger: createTagger(),
    filter: createFilter({ include: [], exclude: [], excludePauseContainers: true }),
    log,
    now,
  })
  const runner = createRunner(check, { hostname: 'node-1', log, now })
  const { signal } = new AbortController()
  const times: number[] = []
  const cpus: number[] = []
  const resident: number[] = []
  let [samples, series] = [0, 0]
  for (let run = 0; run < runs; run++) {
    connection.prepare(run)
    at += INTERVAL_MS
    const start = performance.now()
    const before = process.cpuUsage()
    const result = await runner.runOnce(signal)
    times.push(performance.now() - start)
    const { user, system } = process.cpuUsage(before)
    cpus.push((user + system) / 1000)
    samples = result.record.metricSamples
    series = result.series.length
    if (result.record.lastError !== '' || result.record.lastWarnings.length > 0)
      throw new Error(result.record.lastError + result.record.lastWarnings.join())
    if (run % 10 === 9) resident.push(MiB(process.memoryUsage().rss))
  }
  console.log(JSON.stringify({ times, cpus, samples, series, resident }))
}

interface Measured {
  readonly times: number[]
  readonly samples: number
  readonly series: number
  readonly resident: number[]
}

function best(work: () => unknown): number {
  let found = Number.POSITIVE_INFINITY
  for (let round = 0; round < 7; round++) {
    const start = performance.now()
    work()
    found = Math.min(found, performance.now() - start)
  }
  return found
}

function countLines(input: Buffer): number {
  let lines = 0
  for (let at = input.indexOf(10); at >= 0; at = input.indexOf(10, at + 1)) lines++
  return lines
}

function countBytewise(input: Buffer): number {
  let lines = 0
  for (let at = 0; at < input.length; at++) if (input[at] === 10) lines++
  return lines
}

function measure(podCount: number, runs: number): { row: string[]; ms: number } {
  const dir = mkdtempSync(join(tmpdir(), 'sublet-bench-'))
  try {
    writeNode(dir, podCount)
    const read = (paths: readonly string[]): Buffer[] =>
      paths.map((path) => readFileSync(fileOf(dir, path, 0)))
    const texts = read(TEXTS)
    const jsons = read(JSONS)
    const scan = best(() => texts.map(countLines))
    const bytewise = best(() => texts.map(countBytewise))
    const parse = best(() => jsons.map((json) => JSON.parse(json.toString()) as unknown))
    // What the samples of the texts would be as JSON. For the smaller node: making it takes seconds.
    const asJson =
      podCount === SIZES[0]
        ? texts.map((text) => JSON.stringify(readSamples(text.toString())))
        : undefined
    const parseAll = asJson && best(() => asJson.map((json) => JSON.parse(json) as unknown))
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), dir, String(runs)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const { times, samples, series, resident } = JSON.parse(child.stdout) as Measured
    // The best of all runs, like the best of the rounds that it is compared with.
    const ms = Math.min(...times)
    const bytes = [...texts, ...jsons].reduce((sum, { length }) => sum + length, 0)
    const ratio = (to: number): string => `${to.toFixed(0)} ms (${(ms / to).toFixed(2)}×)`
    const row = [
      String(podCount),
      (bytes / 1e6).toFixed(1),
      ms.toFixed(0),
      (times[0] ?? 0).toFixed(0),
      String(samples),
      String(series),
      `${(samples / ms / 1000).toFixed(2)} M/s`,
      (bytes / ms / 1000).toFixed(0),
      ratio(scan + parse),
      ratio(bytewise + parse),
      parseAll === undefined ? '' : ratio(scan + parse + parseAll),
      `${resident.at(0) ?? 0} … ${resident.at(-1) ?? 0}`,
    ]
    return { row, ms }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const HEAD = [
  'pods',
  'MB',
  'a run, ms',
  'the first, ms',
  'samples',
  'series',
  'samples/s',
  'MB/s',
  'line scan (indexOf) of the texts + JSON.parse of the JSON',
  'the same, scanned byte by byte',
  'the first + JSON.parse of the samples as JSON',
  `RSS MiB, run 10 … ${RUNS} (${RUNS_LARGE})`,
]

const [, , dir, runs] = process.argv
if (dir === undefined) {
  console.log(`\nOne run of the kubelet check, the best of ${RUNS}\n`)
  console.log(`| ${HEAD.join(' | ')} |\n|${HEAD.map(() => ' ---: |').join('')}`)
  const all = SIZES.map((pods) => {
    const measured = measure(pods, pods === SIZES[0] ? RUNS : RUNS_LARGE)
    console.log(`| ${measured.row.join(' | ')} |`)
    return measured.ms
  })
  const [small = 1, large = 0] = all
  console.log(`\n${SIZES[1]} pods take ${(large / small).toFixed(2)} × the time of ${SIZES[0]}`)
} else await runCheck(dir, Number(runs ?? RUNS))
