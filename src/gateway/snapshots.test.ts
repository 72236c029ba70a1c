import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { captures } from '../../test/helpers/captures.ts'
import { manualClock } from '../core/index.ts'
import { parsePodList, type NodeView } from '../kubelet/index.ts'
import { createSnapshots, type SnapshotTenant } from './snapshots.ts'
import type { Upstream } from './upstream.ts'

const capture = captures[0]!
const tenants = ['k8s1', 'k8s2', 'idle'].map((name): SnapshotTenant => ({
  name,
  vcluster: name,
  hostNamespaces: [`vcluster-${name}`],
  nodeView: 'own-sum' satisfies NodeView,
}))
const [zipped, plain] = tenants as [SnapshotTenant, SnapshotTenant]

/** A kubelet whose counters move; every third time its pods have changed too, and every other time their owners. */
function createRig() {
  const clock = manualClock(0)
  let round = 0
  const cadvisor = (): Buffer =>
    Buffer.from(capture.cadvisor.toString().replaceAll(/ (\d+)(?= \d+$)/gm, ` ${1000 + round}`))
  let pods = capture.pods
  const upstream: Upstream = {
    read: () => Promise.resolve(Buffer.from(capture.summary)),
    stream(_, take) {
      const payload = cadvisor()
      for (let at = 0; at < payload.length; at += 16_384) {
        take(Buffer.from(payload.subarray(at, at + 16_384)))
      }
      return Promise.resolve(payload.length)
    },
    pods: () => Promise.resolve(pods),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const nothing = (): void => undefined
  const snapshots = createSnapshots({
    upstream,
    tenants: () => tenants,
    ttlMs: 5_000,
    maxStaleMs: 0,
    clock,
    signal: new AbortController().signal,
    observe: {
      read: nothing,
      failed: nothing,
      dropped: nothing,
      looked: nothing,
      unowned: nothing,
    },
  })
  return {
    /** A round of scrapes, 15 s after the last one. */
    async scrape() {
      round++
      clock.advance(15_000)
      if (round % 3 === 0) pods = parsePodList(capture.podsBytes)
      if (round % 6 === 0) pods = pods.filter((_, i) => i % 2 === (round % 12 === 0 ? 0 : 1))
      return {
        compressed: await (await snapshots.metrics('cadvisor', zipped)).gzipped(),
        bytes: await (await snapshots.metrics('cadvisor', plain)).bytes(),
        summary: await (await snapshots.summary(plain, false)).bytes(),
        pods: await (await snapshots.pods(plain)).bytes(),
      }
    },
    counter: () => ` ${1000 + round}`,
  }
}

test('who reads slowly gets the slice that was given, whole, while snapshots go by', async () => {
  const rig = createRig()
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
  const held: { bytes: Buffer; digest: string; counter: string }[] = []
  for (let i = 0; i < 12; i++) {
    const { compressed, bytes, summary, pods } = await rig.scrape()
    for (const each of [compressed, bytes, summary, pods]) {
      held.push({ bytes: each, digest: digest(each), counter: rig.counter() })
    }
    if (bytes.length > 0) expect(bytes.toString()).toContain(`${rig.counter()} `)
    if (bytes.length > 0) expect(gunzipSync(compressed).toString()).toContain(`${rig.counter()} `)
  }
  for (const each of held) expect(digest(each.bytes)).toBe(each.digest)
})

describe('memory', () => {
  let collect: () => void = () => undefined
  beforeAll(() => {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  })
  afterAll(() => setFlagsFromString('--no-expose-gc'))

  /** What is still reachable, in bytes. Memory outside the heap is given back by another thread, a little later. */
  const retained = async (): Promise<number> => {
    const readings: number[] = []
    for (let i = 0; i < 4; i++) {
      collect()
      await setImmediate()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      readings.push(heapUsed + arrayBuffers)
    }
    return Math.min(...readings)
  }

  test('does not grow over an hour of scrapes, whatever the pods do', async () => {
    const rig = createRig()
    for (let i = 0; i < 48; i++) await rig.scrape()
    const before = await retained()
    for (let i = 0; i < 240; i++) await rig.scrape()
    // One cadvisor slice kept of each round would be 20 MB and more.
    expect((await retained()) - before).toBeLessThan(4 * 1024 * 1024)
  })
})
