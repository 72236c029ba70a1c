import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSystemCollector, type SystemCollector } from './collector.ts'

const ID = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)
let dir: string
let clock: number

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sublet-cgroups-'))
  clock = 0
})
afterEach(() => rmSync(dir, { recursive: true }))

function write(files: Readonly<Record<string, string | number>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), `${content}\n`)
  }
}

/** A process of its own network, with three open files. */
function process(pid: number, namespace: string, name = 'app'): void {
  write({
    [`proc/${pid}/comm`]: name,
    [`proc/${pid}/net/dev`]: 'x |\n lo: 1 1 0 0 0 0 0 0 1 1\neth0: 10 2 0 0 0 0 0 0 30 4 0',
    [`proc/${pid}/fd/0`]: '',
    [`proc/${pid}/fd/1`]: '',
    [`proc/${pid}/fd/2`]: '',
  })
  mkdirSync(join(dir, `proc/${pid}/ns`), { recursive: true })
  symlinkSync(`net:[${namespace}]`, join(dir, `proc/${pid}/ns/net`))
}

function open(hostCpus = 8): SystemCollector {
  const collector = createSystemCollector({
    cgroupRoot: join(dir, 'cgroup'),
    procRoot: join(dir, 'proc'),
    now: () => clock,
    hostCpus,
  })
  if (!collector) throw new Error('no control groups')
  return collector
}

describe('version 2', () => {
  const scope = `cgroup/kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope`
  const files = (): void => {
    write({
      'cgroup/cgroup.controllers': 'cpu io memory pids',
      [`${scope}/cpu.stat`]:
        'usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 9\nnr_throttled 2\nthrottled_usec 40',
      [`${scope}/cpu.max`]: '150000 100000',
      [`${scope}/cpu.pressure`]: 'some avg10=0.00 avg60=0.00 avg300=0.00 total=7',
      [`${scope}/memory.current`]: 4096,
      [`${scope}/memory.max`]: 'max',
      [`${scope}/memory.low`]: 100,
      [`${scope}/memory.peak`]: 5000,
      [`${scope}/memory.swap.current`]: 0,
      [`${scope}/memory.stat`]:
        'anon 1000\nfile 2000\nkernel_stack 10\nslab 20\ninactive_file 96\npgfault 5\npgmajfault 1',
      [`${scope}/memory.events`]: 'low 0\noom 3\noom_kill 1',
      [`${scope}/memory.pressure`]: 'some avg10=0.00 total=8',
      [`${scope}/io.stat`]: '259:0 rbytes=11 wbytes=12 rios=13 wios=14 dbytes=0 dios=0',
      [`${scope}/io.pressure`]: 'some avg10=0.00 total=9',
      [`${scope}/pids.current`]: 6,
      [`${scope}/pids.max`]: 'max',
      [`${scope}/cgroup.procs`]: '41\n42',
      'proc/diskstats': ' 259 0 nvme0n1 1 2 3',
    })
    process(1, '1')
    process(41, '2')
  }

  test('every number of a container, in nanoseconds, nanocores and bytes', () => {
    files()
    expect(open().read(ID)).toEqual({
      cpu: {
        total: 1_500_000,
        user: 1_000_000,
        system: 500_000,
        throttledNanoseconds: 40_000,
        throttledPeriods: 2,
        partialStall: 7_000,
        limitNanocores: 1.5e9,
      },
      memory: {
        usage: 4096,
        kernel: 30,
        limit: undefined,
        softLimit: 100,
        rss: 1000,
        cache: 2000,
        swap: 0,
        workingSet: 4000,
        peak: 5000,
        oomEvents: 3,
        pageFaults: 5,
        majorPageFaults: 1,
        partialStall: 8_000,
      },
      io: [
        {
          device: 'nvme0n1',
          readBytes: 11,
          readOperations: 13,
          writeBytes: 12,
          writeOperations: 14,
        },
      ],
      ioPartialStall: 9_000,
      pids: { threads: 6, limit: undefined, openFiles: 3 },
      network: {
        group: 'net:[2]',
        interfaces: [
          { name: 'eth0', receivedBytes: 10, receivedPackets: 2, sentBytes: 30, sentPackets: 4 },
        ],
      },
    })
  })

  test("the limit is the pod's when the container has none, and else the machine", () => {
    files()
    write({ [`${scope}/cpu.max`]: 'max 100000' })
    expect(open(4).read(ID).cpu?.limitNanocores).toBe(4e9)
    write({ [`${dirname(scope)}/cpu.max`]: '20000 100000' })
    expect(open(4).read(ID).cpu?.limitNanocores).toBe(2e8)
    write({ [`${scope}/cpuset.cpus.effective`]: '0-1' })
    expect(open(4).read(ID).cpu?.limitNanocores).toBe(2e9)
  })

  test("the node's own network is no container's", () => {
    files()
    rmSync(join(dir, 'proc/41/ns/net'))
    symlinkSync('net:[1]', join(dir, 'proc/41/ns/net'))
    expect(open().read(ID).network).toBeUndefined()
  })

  test('containers come and go: one that is new is found, one that went is an error', () => {
    files()
    const collector = open()
    expect(collector.knows(ID)).toBe(true)
    expect(() => collector.read(OTHER)).toThrow('containerID not found')
    write({ [`cgroup/kubepods.slice/${OTHER}/memory.current`]: 1 })
    // The tree was looked through just now.
    expect(() => collector.read(OTHER)).toThrow('containerID not found')
    clock += 2_000
    expect(collector.read(OTHER).memory?.usage).toBe(1)
    rmSync(join(dir, scope), { recursive: true })
    clock += 2_000
    expect(() => collector.read(ID)).toThrow('containerID not found')
  })

  test('a group of which nothing can be read is an error, not a row of zeros', () => {
    write({ 'cgroup/cgroup.controllers': '', [`${scope}/other`]: '' })
    expect(() => open().read(ID)).toThrow('cgroup parsing failed')
  })

  test('all containers are listed with the runtime that their groups name, sandboxes are not', () => {
    files()
    const pause = 'c'.repeat(64)
    write({
      [`cgroup/kubepods.slice/${OTHER}/cgroup.procs`]: 41,
      [`cgroup/kubepods.slice/${OTHER}/${'d'.repeat(64)}/cgroup.procs`]: 41,
      [`cgroup/kubepods.slice/crio-conmon-${'e'.repeat(64)}.scope/cgroup.procs`]: 41,
      [`cgroup/kubepods.slice/${pause}/cgroup.procs`]: 50,
    })
    process(50, '2', 'pause')
    expect(open().list()).toEqual(
      expect.arrayContaining([
        { id: ID, runtime: 'containerd' },
        { id: OTHER, runtime: '' },
      ]),
    )
    expect(open().list()).toHaveLength(2)
  })
})

describe('version 1', () => {
  const at = `kubepods/burstable/pod1/${ID}`
  const files = (): void =>
    write({
      [`cgroup/cpu,cpuacct/${at}/cpuacct.usage`]: 123_456,
      [`cgroup/cpu,cpuacct/${at}/cpuacct.stat`]: 'user 3\nsystem 4',
      [`cgroup/cpu,cpuacct/${at}/cpu.stat`]: 'nr_periods 5\nnr_throttled 2\nthrottled_time 99',
      [`cgroup/cpu,cpuacct/${at}/cpu.cfs_quota_us`]: -1,
      [`cgroup/cpu,cpuacct/${at}/cpu.cfs_period_us`]: 100_000,
      [`cgroup/cpu,cpuacct/${dirname(at)}/cpu.cfs_quota_us`]: 25_000,
      [`cgroup/cpu,cpuacct/${dirname(at)}/cpu.cfs_period_us`]: 100_000,
      [`cgroup/memory/${at}/memory.usage_in_bytes`]: 1000,
      [`cgroup/memory/${at}/memory.max_usage_in_bytes`]: 2000,
      [`cgroup/memory/${at}/memory.kmem.usage_in_bytes`]: 7,
      [`cgroup/memory/${at}/memory.limit_in_bytes`]: '9223372036854771712',
      [`cgroup/memory/${at}/memory.failcnt`]: 1,
      [`cgroup/memory/${at}/memory.stat`]:
        'rss 1\nhierarchical_memory_limit 4096\ntotal_rss 10\ntotal_cache 20\ntotal_swap 0\ntotal_inactive_file 300\ntotal_pgfault 8\ntotal_pgmajfault 9',
      // Another place in this tree: the runtime itself is in a group there.
      [`cgroup/pids/elsewhere/${at}/pids.current`]: 2,
      [`cgroup/pids/elsewhere/${at}/pids.max`]: 100,
      [`cgroup/blkio/${at}/blkio.throttle.io_service_bytes`]: '8:0 Read 5\n8:0 Write 6\nTotal 11',
      [`cgroup/blkio/${at}/blkio.throttle.io_serviced`]: '8:0 Read 1\n8:0 Write 2',
    })

  test('every number of a container, from the trees of the controllers', () => {
    files()
    expect(open().read(ID)).toEqual({
      cpu: {
        total: 123_456,
        user: 30_000_000,
        system: 40_000_000,
        throttledNanoseconds: 99,
        throttledPeriods: 2,
        limitNanocores: 2.5e8,
      },
      memory: {
        usage: 1000,
        kernel: 7,
        limit: 4096,
        softLimit: undefined,
        rss: 10,
        cache: 20,
        swap: 0,
        workingSet: 700,
        peak: 2000,
        oomEvents: 1,
        pageFaults: 8,
        majorPageFaults: 9,
      },
      io: [{ device: '8:0', readBytes: 5, readOperations: 1, writeBytes: 6, writeOperations: 2 }],
      pids: { threads: 2, limit: 100, openFiles: undefined },
    })
  })

  test('a controller that is not there leaves its numbers out', () => {
    files()
    rmSync(join(dir, 'cgroup/cpu,cpuacct'), { recursive: true })
    rmSync(join(dir, 'cgroup/blkio'), { recursive: true })
    const reading = open().read(ID)
    expect(reading.cpu).toMatchObject({ total: undefined, user: undefined, limitNanocores: 8e9 })
    expect(reading.io).toEqual([])
    expect(reading.memory?.usage).toBe(1000)
  })
})

test('without control groups there is no collector', () => {
  expect(
    createSystemCollector({ cgroupRoot: join(dir, 'none'), procRoot: undefined, now: () => 0 }),
  ).toBeUndefined()
})
