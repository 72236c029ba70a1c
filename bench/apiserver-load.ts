import type { ConnectionOptions } from 'node:tls'
import { openConnection, openWatch, type Answer } from './apiserver-client.ts'
import type { ApiServerRig } from './apiserver-rig.ts'

export const WATCHERS = 100
const SECONDS = Number(process.env['BENCH_API_SECONDS'] ?? 0.8)

export interface Measured {
  readonly count: number
  readonly perSecond: number
  readonly cpuMs: number
  readonly bytes: number
}

/** Requests from so many connections, each with one under way, until `isDone`; `requestAt` gives the text of number i. */
export async function load(
  rig: ApiServerRig,
  to: ConnectionOptions,
  connections: number,
  requestAt: (i: number) => string,
  isDone: (sent: number, ms: number) => boolean,
): Promise<Measured> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(to)))
  let [sent, bytes] = [0, 0]
  const [start, cpu] = [performance.now(), rig.cpu()]
  const run = async (ask: (request: string) => Promise<Answer>): Promise<void> => {
    while (!isDone(sent, performance.now() - start)) {
      const answer = await ask(requestAt(sent++))
      if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.body()}`)
      bytes += answer.bytes
    }
  }
  await Promise.all(open.map(({ ask }) => run(ask)))
  const seconds = (performance.now() - start) / 1_000
  const cpuMs = (rig.cpu() - cpu) / sent
  for (const { close } of open) close()
  return { count: sent, perSecond: sent / seconds, cpuMs, bytes: bytes / sent }
}

/** The same request for a while, after a warm-up. */
export async function often(
  rig: ApiServerRig,
  to: ConnectionOptions,
  request: string,
  connections = 8,
): Promise<Measured> {
  const forSeconds = (seconds: number) => (_: number, ms: number) => ms >= seconds * 1_000
  await load(rig, to, connections, () => request, forSeconds(SECONDS / 3))
  return load(rig, to, connections, () => request, forSeconds(SECONDS))
}

export interface FanOut {
  readonly eventsPerSecond: number
  readonly cpuMs: number
  readonly p50: number
  readonly p99: number
}

/** Changes one after the other: how long each takes until all watchers have it. `changeAt` makes number i. */
export async function fanOut(
  rig: ApiServerRig,
  to: ConnectionOptions,
  watchRequest: string,
  changeAt: (i: number) => string,
): Promise<FanOut> {
  let missing = 0
  let everybodyHasIt = (): void => undefined
  const watches = await Promise.all(
    Array.from({ length: WATCHERS }, () =>
      openWatch(to, watchRequest, () => {
        if (--missing === 0) everybodyHasIt()
      }),
    ),
  )
  const writer = await openConnection(to)
  let i = 0
  const changeFor = async (ms: number): Promise<number[]> => {
    const times: number[] = []
    for (const start = performance.now(); performance.now() - start < ms;) {
      missing = WATCHERS
      const all = new Promise<void>((resolve) => (everybodyHasIt = resolve))
      const asked = performance.now()
      const answer = await writer.ask(changeAt(i++))
      if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.body()}`)
      await all
      times.push(performance.now() - asked)
    }
    return times.sort((a, b) => a - b)
  }
  await changeFor((SECONDS * 1_000) / 3)
  const [start, cpu] = [performance.now(), rig.cpu()]
  const times = await changeFor(SECONDS * 1_000)
  const seconds = (performance.now() - start) / 1_000
  const cpuMs = (rig.cpu() - cpu) / times.length
  for (const watch of watches) watch.destroy()
  writer.close()
  const at = (part: number): number => times[Math.floor(times.length * part)] ?? 0
  const eventsPerSecond = (times.length * WATCHERS) / seconds
  return { eventsPerSecond, cpuMs, p50: at(0.5), p99: at(0.99) }
}
