import { openConnection, requestOf } from './apiserver-client.ts'
import { WATCHERS, fanOut, load, often, type FanOut, type Measured } from './apiserver-load.ts'
import { podOf } from './apiserver-pod.ts'
import { startApiServerRig } from './apiserver-rig.ts'
import { pinCores } from './gateway-rig.ts'

/**
 * `npm run bench`, third part: the lab's API server as a process, over kept-alive TLS, and beside every number what Node's
 * own server in the same process needs for the same bytes when it has them at hand.
 */
const PODS = 1_000
const COLLECTION = '/api/v1/namespaces/default/pods'
const MERGE = { 'Content-Type': 'application/merge-patch+json' }
const TABLE = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
const METADATA_LIST = { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' }

const table = (head: readonly string[], rows: readonly (readonly string[])[]): void => {
  const lines = [head, head.map(() => '---:'), ...rows].map((row) => `| ${row.join(' | ')} |`)
  console.log(`\n${lines.join('\n')}`)
}

const isPinned = pinCores()
console.log(
  `\nThe lab's API server${isPinned ? ', with one core to itself' : '; all share all cores'}:`,
)
await using rig = await startApiServerRig()

const createOf = (name: string): string =>
  requestOf('POST', COLLECTION, JSON.stringify(podOf(name)))
const create = (prefix: string, count: number): Promise<Measured> =>
  load(
    rig,
    rig.api,
    8,
    (i) => createOf(`${prefix}-${i}`),
    (sent) => sent >= count,
  )

const admin = await openConnection(rig.api)
const account = { metadata: { name: 'default' } }
await admin.ask(
  requestOf('POST', '/api/v1/namespaces/default/serviceaccounts', JSON.stringify(account)),
)
// Compiled code first; and what a collection leaves behind is not the pods'.
await create('warm', PODS / 2)
await admin.ask(requestOf('DELETE', `${COLLECTION}?gracePeriodSeconds=0`))
const before = await rig.memory()
const created = await create('shop', PODS)
const stored = await rig.memory()
const patched = await load(
  rig,
  rig.api,
  8,
  (i) => {
    const status = { phase: 'Running', podIP: '10.0.0.1', startTime: '2026-11-22T12:00:00Z' }
    return requestOf('PATCH', `${COLLECTION}/shop-${i}/status`, JSON.stringify({ status }), MERGE)
  },
  (sent) => sent >= PODS,
)
const running = await rig.memory()

const onePath = `${COLLECTION}/shop-1`
const [one, list] = await Promise.all([
  openConnection(rig.api).then(async ({ ask, close }) => {
    const { body } = await ask(requestOf('GET', onePath))
    close()
    return body()
  }),
  admin.ask(requestOf('GET', COLLECTION)).then(({ body }) => body()),
])
const bare = await openConnection(rig.bare)
const keep = (body: string): Promise<unknown> => bare.ask(requestOf('PUT', '/kept', body))

/** What Node needs for these bytes. */
const bareOf = async (body: string, connections?: number): Promise<Measured> => {
  await keep(body)
  return often(rig, rig.bare, requestOf('GET', '/kept'), connections)
}
const ask = (path: string, headers = {}, connections?: number): Promise<Measured> =>
  often(rig, rig.api, requestOf('GET', path, undefined, headers), connections)

const listed = await ask(COLLECTION, {}, 2)
const rows: [string, Measured, Measured][] = []
const small = await bareOf(one)
const large = await bareOf(list, 2)
rows.push(['get', await ask(onePath), small])
rows.push(['create', created, small])
rows.push(['patch of a status', patched, small])
rows.push([`list of ${PODS} pods`, listed, large])
rows.push([`the same as a table`, await ask(COLLECTION, TABLE, 2), large])
rows.push([`the same as metadata`, await ask(COLLECTION, METADATA_LIST, 2), large])
rows.push([`10 of ${PODS} by a label`, await ask(`${COLLECTION}?labelSelector=none`), small])

table(
  ['request', 'requests/s', 'CPU ms each', 'KB each', 'MB/s', 'Node alone, CPU ms', 'ratio'],
  rows.map(([what, { perSecond, cpuMs, bytes }, alone]) => [
    what,
    perSecond.toFixed(0),
    cpuMs.toFixed(3),
    (bytes / 1e3).toFixed(1),
    ((perSecond * bytes) / 1e6).toFixed(1),
    alone.cpuMs.toFixed(3),
    `${(cpuMs / alone.cpuMs).toFixed(1)}×`,
  ]),
)

const parsed: unknown = JSON.parse(list)
const times = Array.from({ length: 5 }, () => {
  const start = performance.now()
  JSON.stringify(parsed)
  return performance.now() - start
})
console.log(
  `\nJSON.stringify of that list (${(list.length / 1e6).toFixed(1)} MB): ${Math.min(...times).toFixed(1)} ms`,
)

const versionOf = async (): Promise<string> => {
  const { body } = await admin.ask(requestOf('GET', `${COLLECTION}?limit=1`))
  return (JSON.parse(body()) as { metadata: { resourceVersion: string } }).metadata.resourceVersion
}
const watchOf = async (headers = {}): Promise<string> => {
  const path = `${COLLECTION}?watch=1&resourceVersion=${await versionOf()}`
  return requestOf('GET', path, undefined, headers)
}
const change = (i: number): string =>
  requestOf('PATCH', onePath, JSON.stringify({ metadata: { labels: { i: String(i) } } }), MERGE)
const event = `{"type":"MODIFIED","object":${one}}\n`
const fans: [string, FanOut][] = [
  ['objects', await fanOut(rig, rig.api, await watchOf(), change)],
  ['tables', await fanOut(rig, rig.api, await watchOf(TABLE), change)],
  [
    'Node alone: the same bytes',
    await fanOut(rig, rig.bare, requestOf('GET', '/watch'), () =>
      requestOf('PUT', '/event', event),
    ),
  ],
]
console.log(`\nA change of one pod until all of ${WATCHERS} watchers have it:`)
table(
  ['watch of', 'events/s', 'CPU ms for a change', 'p50 ms', 'p99 ms'],
  fans.map(([what, { eventsPerSecond, cpuMs, p50, p99 }]) => [
    what,
    eventsPerSecond.toFixed(0),
    ...[cpuMs, p50, p99].map((ms) => ms.toFixed(2)),
  ]),
)

const most = await rig.memory()
table(
  [`${PODS} pods`, 'heap MiB', 'resident MiB'],
  (
    [
      ['created', stored],
      ['and their status written', running],
      ['and listed', most],
    ] as const
  ).map(([what, { heap, resident }]) => [
    what,
    (heap - before.heap).toFixed(1),
    (resident - before.resident).toFixed(1),
  ]),
)
admin.close()
bare.close()
