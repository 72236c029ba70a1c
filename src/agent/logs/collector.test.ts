import { once, EventEmitter } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Pod } from '../../kube/objects.ts'
import { createAgentLog } from '../log.ts'
import type { LogLine } from '../sinks/index.ts'
import { createFilter } from '../store/filter.ts'
import { createTagger } from '../store/tags.ts'
import { indexPods } from '../store/workload.ts'
import { createLogsCollector, type LogsCollector, type LogsDeps } from './collector.ts'

let root: string
let folder: string
const ended: (() => Promise<void>)[] = []

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'sublet-logs-'))
  folder = join(root, 'var/log/pods/shop_web-0_uid-1/app')
  fs.mkdirSync(folder, { recursive: true })
})

afterEach(async () => {
  for (const end of ended.splice(0)) await end()
  fs.rmSync(root, { recursive: true })
})

const pod = (
  name: string,
  uid: string,
  more: { annotations?: Record<string, string> } = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid, ...more },
  spec: { containers: [{ name: 'app', image: 'registry.local/team/nginx:1.2' }] },
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'app',
        image: 'registry.local/team/nginx:1.2',
        imageID: 'sha256:1',
        containerID: `docker://${uid}-id`,
        ready: true,
        restartCount: 0,
        lastState: {},
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      },
    ],
  },
})

let count = 0
/** Each line has a time of its own, as a runtime writes it. */
const cri = (text: string, stream = 'stdout', tag = 'F'): string => {
  count += 1
  return `2026-01-01T00:00:00.${String(count).padStart(9, '0')}Z ${stream} ${tag} ${text}\n`
}
const write = (name: string, ...texts: string[]): void =>
  fs.appendFileSync(join(folder, name), texts.map((text) => cri(text)).join(''))

interface Running {
  readonly collector: LogsCollector
  readonly lines: LogLine[]
  /** Waits until this many lines have come. */
  readonly has: (lines: number) => Promise<string[]>
  readonly stop: () => Promise<void>
}

function start(change: Partial<LogsDeps> & { pods_?: Pod[]; openFiles?: number } = {}): Running {
  const { pods_ = [pod('web-0', 'uid-1')], openFiles = 500 } = change
  const lines: LogLine[] = []
  const came = new EventEmitter()
  const { pods } = indexPods(pods_, 0)
  const collector = createLogsCollector({
    config: {
      enabled: true,
      collectAll: true,
      openFiles,
      filters: { include: [], exclude: [], excludePauseContainers: true },
      podLogsDir: '/var/log/pods',
      dockerLogsDir: '/var/lib/docker/containers',
      runPath: '/run/agent',
    },
    hostname: 'node-1',
    real: (path) => join(root, path),
    pods: () => Promise.resolve(pods),
    rules: {
      filter: createFilter({ include: [], exclude: ['name:^skip'], excludePauseContainers: true }),
      tagger: createTagger(),
    },
    log: createAgentLog('off'),
    now: Date.now,
    pollMs: 5,
    stopDeliveryMs: 200,
    ...change,
    deliver: async (batch, signal) => {
      await change.deliver?.(batch, signal)
      lines.push(...batch.logs)
      came.emit('lines')
    },
  })
  const end = new AbortController()
  const ran = collector.run(end.signal)
  const stop = async (): Promise<void> => {
    end.abort()
    await ran
  }
  ended.push(stop)
  return {
    collector,
    lines,
    stop,
    async has(wanted) {
      const signal = AbortSignal.timeout(5_000)
      while (lines.length < wanted) await once(came, 'lines', { signal })
      return lines.map(({ message }) => message)
    },
  }
}

/** Until the collector has looked often enough to have found more, were there more. */
const someLooks = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60))

test('lines of the own pods are labelled like their metrics, others are left alone', async () => {
  const foreign = join(root, 'var/log/pods/shop_web-0_uid-9/app')
  fs.mkdirSync(foreign, { recursive: true })
  fs.writeFileSync(join(foreign, '0.log'), cri('secret of another tenant'))
  fs.writeFileSync(
    join(folder, '0.log'),
    cri('hello') + cri('oh', 'stderr') + cri('a', 'stdout', 'P') + cri('b'),
  )
  fs.writeFileSync(join(folder, '0.log.20260101-000000.gz'), 'compressed')
  const { has, lines, collector, stop } = start()
  expect(await has(3)).toEqual(['hello', 'oh', 'ab'])
  await someLooks()
  expect(lines).toHaveLength(3)
  expect(lines[1]).toMatchObject({
    status: 'error',
    source: 'nginx',
    service: 'nginx',
    host: 'node-1',
    tags: expect.arrayContaining([
      'pod_name:web-0',
      'kube_namespace:shop',
      'kube_container_name:app',
      'container_id:uid-1-id',
      'filename:0.log',
      'dirname:/var/log/pods/shop_web-0_uid-1/app',
    ]) as unknown,
  })
  expect(lines[0]?.timestampMs).toBe(Date.parse('2026-01-01T00:00:00.000Z'))
  expect(collector.status()).toMatchObject({
    running: true,
    lines: 3,
    foreignFolders: 1,
    notes: [],
  })
  await stop()
})

test("a vcluster whose uids are not the host's reads nothing and says why", async () => {
  write('0.log', 'of somebody')
  const { collector, lines } = start({ pods_: [pod('web-0', 'virtual-uid')] })
  await expect.poll(() => collector.status().notes).toEqual([expect.stringContaining('vcluster')])
  await someLooks()
  expect(lines).toEqual([])
  expect(collector.status().foreignFolders).toBe(1)
})

test('annotations name source, service and tags, and exclude', async () => {
  const other = join(root, 'var/log/pods/shop_web-1_uid-2/app')
  fs.mkdirSync(other, { recursive: true })
  fs.writeFileSync(join(other, '0.log'), cri('not this'))
  write('0.log', 'this')
  const logs = JSON.stringify([{ source: 'java', service: 'cart', tags: ['team:a'] }])
  const { has, lines } = start({
    pods_: [
      pod('web-0', 'uid-1', { annotations: { 'ad.datadoghq.com/app.logs': logs } }),
      pod('web-1', 'uid-2', { annotations: { 'ad.datadoghq.com/logs_exclude': 'true' } }),
    ],
  })
  await has(1)
  await someLooks()
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({ source: 'java', service: 'cart' })
  expect(lines[0]?.tags).toContain('team:a')
})

test('renaming and a new file lose nothing and repeat nothing', async () => {
  write('0.log', 'a')
  const { has, lines } = start()
  await has(1)
  write('0.log', 'b')
  fs.renameSync(join(folder, '0.log'), join(folder, '0.log.20260101-000001'))
  write('0.log.20260101-000001', 'c')
  write('0.log', 'd')
  await has(4)
  // Compressed: what was read of it is not looked at again.
  fs.rmSync(join(folder, '0.log.20260101-000001'))
  fs.writeFileSync(join(folder, '0.log.20260101-000001.gz'), 'x')
  write('0.log', 'e')
  write('1.log', 'f')
  expect(await has(6)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  await someLooks()
  expect(lines).toHaveLength(6)
})

test('a file that is copied and cut goes on, with what only the copy has', async () => {
  write('0.log', 'a')
  const { has, lines } = start()
  await has(1)
  write('0.log', 'b')
  fs.copyFileSync(join(folder, '0.log'), join(folder, '0.log.1'))
  fs.truncateSync(join(folder, '0.log'))
  write('0.log', 'c')
  expect((await has(3)).toSorted()).toEqual(['a', 'b', 'c'])
  await someLooks()
  expect(lines).toHaveLength(3)
})

test('a restart of the agent goes on where the sinks are, also over a rotation', async () => {
  write('0.log', 'a', 'b')
  const first = start()
  await first.has(2)
  await first.stop()
  write('0.log', 'c')
  fs.renameSync(join(folder, '0.log'), join(folder, '0.log.20260101-000001'))
  write('0.log', 'd')
  const second = start()
  expect(await second.has(2)).toEqual(['c', 'd'])
  await someLooks()
  expect(second.lines).toHaveLength(2)
  expect(fs.statSync(join(root, 'run/agent/logs-registry.json')).mode & 0o777).toBe(0o600)
})

test('what the sinks have not taken is read again', async () => {
  write('0.log', 'a')
  let offered = 0
  const stuck = start({
    deliver: (_, signal) =>
      new Promise((_resolve, reject) => {
        offered += 1
        signal.addEventListener('abort', () => reject(new Error('stopped')))
      }),
  })
  await expect.poll(() => offered).toBe(1)
  await stuck.stop()
  expect(await start().has(1)).toEqual(['a'])
})

test('a slow sink slows reading and loses nothing', async () => {
  let open: (() => void) | undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  const texts = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${'x'.repeat(100)}`)
  write('0.log', ...texts)
  let offered = 0
  const { has, collector } = start({
    deliver: async () => {
      offered += 1
      await gate
    },
  })
  await expect.poll(() => offered).toBe(1)
  await someLooks()
  expect(offered).toBe(1)
  expect(collector.status().unreadBytes).toBeGreaterThan(1_000_000)
  open?.()
  expect(await has(20_000)).toEqual(texts)
})

test("Docker's link is followed into its folder, and no other link anywhere", async () => {
  const docker = join(root, 'var/lib/docker/containers/abc')
  fs.mkdirSync(docker, { recursive: true })
  const entry = (log: string): string =>
    `${JSON.stringify({ log, stream: 'stdout', time: '2026-01-01T00:00:00Z' })}\n`
  fs.writeFileSync(join(docker, 'abc-json.log'), entry('from docker\n'))
  fs.symlinkSync('/var/lib/docker/containers/abc/abc-json.log', join(folder, '0.log'))
  fs.writeFileSync(join(root, 'shadow'), 'root:secret\n')
  fs.symlinkSync('/shadow', join(folder, '1.log'))
  fs.symlinkSync(join(root, 'shadow'), join(folder, '2.log'))
  fs.symlinkSync('../../../../../../shadow', join(folder, '3.log'))
  fs.mkdirSync(join(folder, '4.log'))
  const { has, lines } = start()
  expect(await has(1)).toEqual(['from docker'])
  fs.renameSync(join(docker, 'abc-json.log'), join(docker, 'abc-json.log.1'))
  fs.writeFileSync(join(docker, 'abc-json.log'), entry('after rotation\n'))
  await has(2)
  await someLooks()
  expect(lines.map(({ message }) => message)).toEqual(['from docker', 'after rotation'])
  expect(lines[0]?.tags).toContain('dirname:/var/lib/docker/containers/abc')
})

test('a new file with an old inode number, a broken registry and one open file at a time', async () => {
  fs.mkdirSync(join(root, 'run/agent'), { recursive: true })
  fs.writeFileSync(join(root, 'run/agent/logs-registry.json'), '{"version":1,"containers":')
  write('0.log', 'a')
  const { has, collector, lines } = start({ openFiles: 1 })
  await has(1)
  // The same inode, longer than before: only its beginning tells that it is another file.
  fs.writeFileSync(join(folder, '0.log'), cri('b') + cri('c'))
  write('1.log', 'd')
  expect((await has(4)).toSorted()).toEqual(['a', 'b', 'c', 'd'])
  await someLooks()
  expect(lines).toHaveLength(4)
  expect(collector.status().openFiles).toBe(1)
  expect(collector.status().notes).toEqual([expect.stringContaining('cannot be read')])
})

test('written, rotated and restarted all the time, every line comes once and in order', async () => {
  const written: string[] = []
  const got: string[] = []
  let part = 0
  for (let restart = 0; restart < 6; restart += 1) {
    const running = start()
    for (let step = 0; step < 15; step += 1) {
      const texts = Array.from({ length: 20 }, (_, index) => `${written.length + index}`)
      write('0.log', ...texts)
      written.push(...texts)
      // What was rotated before the very first look is left out.
      if (written.length === 20) await running.has(1)
      if (step % 5 === 4) {
        part += 1
        const name = `0.log.20260101-${String(part).padStart(6, '0')}`
        fs.renameSync(join(folder, '0.log'), join(folder, name))
      }
      if (step % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 4))
    }
    if (restart % 2 === 0) await running.has(1)
    await running.stop()
    got.push(...running.lines.map(({ message }) => message))
  }
  const last = start()
  await last.has(written.length - got.length)
  await someLooks()
  got.push(...last.lines.map(({ message }) => message))
  expect(got).toEqual(written)
})
