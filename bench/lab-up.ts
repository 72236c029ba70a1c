import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../src/core/index.ts'

/**
 * `npm run bench`: the lab as its users start it, with 2, 5 and 10 vclusters: how long `lab up` takes until every pod is
 * ready, when the kubelet check of the last agent has run for the first time, how long `lab down`, and what all of its processes need. Beside it, how long the program takes to say its version.
 */
const SIZES = (process.env['BENCH_VCLUSTERS'] ?? '2,5,10').split(',').map(Number)

interface Timed {
  readonly seconds: number
  readonly stdout: string
}

/** Runs the program; throws what it complained about when it fails. */
function sublet(...argv: readonly string[]): Timed {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/sublet.js', ...argv], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (status !== 0) throw new Error(`sublet ${argv.join(' ')}: ${status ?? 'killed'}\n${stderr}`)
  return { seconds: (performance.now() - started) / 1000, stdout }
}

interface Status {
  readonly processes: number
  readonly memoryBytes: number | null
}

/** The agents' containers log to the node's disk as anywhere, each line with its time. Their first check is a failed one. */
async function firstChecks(stateDir: string, agents: number): Promise<number> {
  const folder = join(stateDir, 'node/var/log/containers')
  const times = (): number[] => {
    const files = readdirSync(folder).filter((file) =>
      /^datadog-agent-.*_agent-\w+\.log$/.test(file),
    )
    const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
    return texts.flatMap((text) => {
      const first = text.split('\n').find((line) => line.includes('check:kubelet'))
      return first === undefined ? [] : [Date.parse(first.split(' ')[0] ?? '')]
    })
  }
  const all = await waitFor(
    'the first checks',
    () => (times().length >= agents ? times() : undefined),
    { timeoutMs: 20_000 },
  )
  return Math.max(...all)
}

async function measure(vclusters: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sublet-bench-'))
  const where = ['--state-dir', join(folder, 'lab')]
  const names = Array.from({ length: vclusters }, (_, i) => `k8s${i + 1}`)
  try {
    const startedAt = Date.now()
    const up = sublet('lab', 'up', ...where, '--vclusters', names.join(','))
    const checked = (await firstChecks(join(folder, 'lab'), vclusters)) - startedAt
    const status = JSON.parse(sublet('lab', 'status', ...where, '--json').stdout) as Status
    const down = sublet('lab', 'down', ...where)
    const memory = ((status.memoryBytes ?? 0) / 2 ** 20).toFixed(0)
    return `${vclusters} | ${up.seconds.toFixed(1)} | ${(checked / 1000).toFixed(1)} | ${down.seconds.toFixed(1)} | ${status.processes} | ${memory}`
  } finally {
    spawnSync(process.execPath, ['bin/sublet.js', 'lab', 'down', ...where])
    rmSync(folder, { recursive: true, force: true })
  }
}

const version = sublet('--version').seconds
console.log(`\nThe lab; \`sublet --version\` takes ${version.toFixed(2)} s\n`)
console.log('| vclusters | `lab up` s | first checks s | `lab down` s | processes | memory MiB |')
console.log('| ---: | ---: | ---: | ---: | ---: | ---: |')
for (const vclusters of SIZES) console.log(`| ${await measure(vclusters)} |`)
