import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { requests } from './check-requests.ts'
import { slices } from './check-slices.ts'

/** `npm run fuzz -- [--seed N] [--seconds S]`: looks for one foreign byte or one wrong yes; exit 1 with a minimal case. */
const { values } = parseArgs({
  options: { seed: { type: 'string' }, seconds: { type: 'string', default: '20' } },
})
const seed = Number(values.seed ?? Date.now() % 0x7fffffff)
const seconds = Number(values.seconds)
if (!Number.isInteger(seed) || !(seconds > 0 && seconds <= 3600)) {
  console.error('usage: npm run fuzz -- [--seed INTEGER] [--seconds 1..3600]')
  process.exit(2)
}

/** Cases in one go: a find is made small by fast-check, and its path can be replayed with the seed. */
const BATCH = 500

interface Tally {
  readonly cases: number
  readonly find?: string
}

/** Batches until the time is over; each with a seed that follows from the first. */
function run<T>(property: fc.IProperty<T>, milliseconds: number): Tally {
  const end = performance.now() + milliseconds
  let cases = 0
  for (let batch = 0; performance.now() < end; batch++) {
    const details = fc.check(property, {
      seed: seed + batch,
      numRuns: BATCH,
      interruptAfterTimeLimit: Math.max(1, end - performance.now()),
      markInterruptAsFailure: false,
    })
    cases += details.numRuns
    if (details.failed) return { cases, find: fc.defaultReportMessage(details) ?? 'a find' }
  }
  return { cases }
}

const started = performance.now()
let found = false
const share = (seconds * 1000) / 4
for (const [name, tally] of [
  ['slices (payload × tenants)', run(slices, share * 3)],
  ['requests (heads × targets)', run(requests, share)],
] as const) {
  console.log(
    `${name}: ${tally.cases} cases, ${tally.find === undefined ? 'nothing found' : 'FOUND'}`,
  )
  if (tally.find !== undefined) console.log(tally.find)
  found ||= tally.find !== undefined
}
console.log(`seed ${seed}, ${((performance.now() - started) / 1000).toFixed(1)} s`)
process.exitCode = found ? 1 : 0
