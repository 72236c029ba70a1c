import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { createAgentLog } from '../src/agent/log.ts'
import { openDatadogSink } from '../src/agent/sinks/datadog/sink.ts'
import { secret, waitFor } from '../src/core/index.ts'
import { buildProgram, inSource } from './helpers/build-program.ts'
import { API_KEY, FAILURES, startIntake } from './helpers/intake.ts'

/** Puts one batch after the other into the queue and says so; its intake is down. */
const CHILD = `
  import { openDatadogSink } from ${inSource('agent/sinks/datadog/sink.ts')}
  import { createAgentLog } from ${inSource('agent/log.ts')}
  import { secret } from ${inSource('core/index.ts')}
  const [config, key] = [JSON.parse(process.argv[2]), secret(process.argv[3])]
  const deps = { log: createAgentLog('off'), now: Date.now, version: '0.1.0' }
  const sink = await openDatadogSink({ ...config, keyOrigin: { kind: 'env', key } }, deps)
  for (let index = 0; index < 100_000; index += 1) {
    const points = [[Math.floor(Date.now() / 1000), index]]
    const series = [{ metric: 'batch.' + index, points, tags: [], host: 'n', type: 'gauge' }]
    await sink.take({ source: 'kubelet', series, serviceChecks: [], logs: [] }, new AbortController().signal)
    console.log(index)
  }
`

test('what was taken before kill -9 arrives when an agent runs again, and the lock is gone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sublet-killed-'))
  await using intake = await startIntake()
  intake.behave = FAILURES.status(503)
  const config = {
    metricsUrl: intake.url,
    logsUrl: intake.url,
    encoding: 'deflate' as const,
    caFile: undefined,
    verify: true,
    storageFolder: join(folder, 'queue'),
    storageMaxBytes: 50_000_000,
    hostTags: [],
  }
  const args = [await buildProgram(CHILD), JSON.stringify(config), API_KEY]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    let taken = -1
    for await (const line of createInterface({ input: child.stdout })) {
      taken = Number(line)
      if (taken === 60) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    expect(taken).toBeGreaterThanOrEqual(60)

    intake.behave = undefined
    const deps = { log: createAgentLog('off'), now: Date.now, version: '0.1.0' }
    const keyOrigin = { kind: 'env', key: secret(API_KEY) } as const
    await using sink = await openDatadogSink({ ...config, keyOrigin }, deps)
    await waitFor('an empty queue', () => sink.status().queuedItems === 0 || undefined, {
      timeoutMs: 10_000,
      intervalMs: 5,
    })
    const arrived = new Set(intake.metrics())
    const missing = Array.from({ length: taken + 1 }, (_, index) => `batch.${index}`).filter(
      (metric) => !arrived.has(metric),
    )
    expect(missing).toEqual([])
    expect(sink.status()).toMatchObject({ failed: 0, dropped: 0, lastError: '' })
  } finally {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
})
