import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCircuit } from './circuit.ts'
import { encodeBatch } from './encode.ts'
import { packItems } from './pack.ts'
import { openPayloadStore } from './payload-store.ts'
import { openQueue, type PayloadQueue } from './queue.ts'
import { judgeStatus, retryAfterMs } from './verdict.ts'

test('an endpoint that fails is left alone for 2, 4, 8 … 64 s, less at random; a success takes two steps back', () => {
  let random = 1
  const circuit = createCircuit({ now: () => 0, random: () => random })
  const waits = Array.from({ length: 8 }, () => {
    circuit.failed()
    return circuit.blockedUntil / 1000
  })
  expect(waits).toEqual([4, 8, 16, 32, 64, 64, 64, 64])
  circuit.succeeded()
  expect([circuit.errors, circuit.blockedUntil]).toEqual([4, 32_000])
  random = 0
  circuit.succeeded()
  expect([circuit.errors, circuit.blockedUntil]).toEqual([2, 4_000])
  circuit.succeeded()
  expect([circuit.errors, circuit.blockedUntil]).toEqual([0, 0])
  circuit.failed(30_000)
  expect(circuit.blockedUntil).toBe(30_000)
  circuit.failed(9e9)
  expect(circuit.blockedUntil).toBe(300_000)
})

test('only bodies that the intake will never take are given up', () => {
  const refused = Array.from({ length: 500 }, (_, index) => index + 100).filter(
    (status) => judgeStatus(status) === 'refused',
  )
  expect(refused).toEqual([400, 403, 413])
  expect([200, 202, 302, 401, 404, 408, 429, 500].map(judgeStatus)).toEqual([
    'sent',
    'sent',
    'retry',
    'retry',
    'retry',
    'retry',
    'retry',
    'retry',
  ])
})

test.each([
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': 'Mon, 12 Jan 2026 09:30:10 GMT' }, 5_000],
  [{ 'retry-after': 'soon', 'x-ratelimit-reset': '3' }, 3_000],
  [{ 'retry-after': '-1' }, undefined],
  [{}, undefined],
])('%j asks for %s ms', (headers, expected) => {
  expect(retryAfterMs(headers, Date.parse('2026-01-12T09:30:05Z'))).toBe(expected)
})

test('items come out of the bodies as they went in, and no body is over a limit', async () => {
  const limits = { maxRawBytes: 200, maxBytes: 120, maxItems: 7 }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ maxLength: 260 }), { maxLength: 60 }), async (texts) => {
      const items = texts.map((text) => JSON.stringify(text))
      const options = { kind: 'logs', encoding: 'deflate', limits, head: '[', tail: ']' } as const
      const { payloads, tooLarge } = await packItems(items, options)
      const bodies = payloads.map(({ body }) => inflateSync(body))
      const out = bodies.flatMap((body) => JSON.parse(body.toString('utf8')) as string[])
      expect(out.length + tooLarge).toBe(texts.length)
      let at = 0
      for (const text of texts) if (out[at] === text) at += 1
      expect(at).toBe(out.length)
      for (const [index, { body, items: count }] of payloads.entries()) {
        expect(body.length).toBeLessThanOrEqual(limits.maxBytes)
        expect(bodies[index]?.length).toBeLessThanOrEqual(limits.maxRawBytes)
        expect(count).toBeLessThanOrEqual(limits.maxItems)
      }
    }),
    { numRuns: 40 },
  )
})

test('a log line over the limit is cut at a character, with the mark', async () => {
  const line = {
    message: '"ä'.repeat(400_000),
    timestampMs: 1,
    status: 'info',
    service: 's',
    source: 'x',
    tags: [],
    host: 'n',
  }
  const batch = { source: 'logs', series: [], serviceChecks: [], logs: [line] }
  const { payloads } = await encodeBatch(batch, { encoding: 'identity', hostTags: [] })
  expect(payloads[0]?.body.length).toBeLessThanOrEqual(1_000_002)
  const [sent] = JSON.parse(String(payloads[0]?.body)) as { message: string }[]
  expect(sent?.message).toMatch(/^("ä)+"?\.\.\.TRUNCATED\.\.\.$/)
})

const DAY = 24 * 3_600_000

async function open(folder: string, now: number): Promise<PayloadQueue & { notes: string[] }> {
  const notes: string[] = []
  const { store, repaired } = await openPayloadStore(folder)
  if (repaired !== '') notes.push(repaired)
  const queue = await openQueue({
    store,
    folder: undefined,
    maxBytes: 1e6,
    now: () => now,
    dropped: (items, why) => {
      if (items > 0) notes.push(`${items} ${why}`)
    },
    trouble: (text) => void notes.push(text),
  })
  return Object.assign(queue, { notes })
}

test('a damaged queue is repaired or put aside, and takes new bodies; old ones go after ten days', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sublet-store-'))
  const at = join(folder, 'q')
  const payload = { kind: 'series', encoding: 'deflate', items: 3, body: Buffer.from('x') } as const
  try {
    {
      await using queue = await open(at, 0)
      await queue.put(payload)
    }
    {
      await using queue = await open(at, 9 * DAY)
      expect([queue.size, queue.notes]).toEqual([1, []])
    }
    {
      await using queue = await open(at, 11 * DAY)
      expect([queue.size, queue.notes]).toEqual([0, ['3 bodies older than ten days are dropped']])
    }
    for (const name of await readdir(at)) {
      if (name.startsWith('MANIFEST')) await truncate(join(at, name), 3)
      if (name.startsWith('CURRENT')) await writeFile(join(at, name), 'nonsense')
    }
    await using queue = await open(at, 0)
    expect(queue.notes[0]).toMatch(/^the queue on disk was damaged and /)
    await queue.put(payload)
    expect(queue.take(() => true)?.items).toBe(3)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
