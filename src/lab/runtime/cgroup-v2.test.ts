import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCgroupV2, readUsageV2 } from './cgroup-v2.ts'

/** The machine need not have version 2: these are directories that look like it. */
let root: string
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'sublet-cgroup2-'))))
afterEach(() => rmSync(root, { recursive: true }))

const NOTHING = { processes: 0, threads: 0, fileDescriptors: 0, sockets: 0 }

describe('readUsageV2', () => {
  it('reads what the kernel writes', () => {
    const files = {
      'cpu.stat':
        'usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 7\nnr_throttled 2\nthrottled_usec 9\n',
      'memory.stat':
        'anon 400\nfile 300\nfile_mapped 200\ninactive_file 100\npgfault 12\npgmajfault 1\n',
      'memory.current': '1000\n',
      'memory.peak': '2000\n',
      'memory.swap.current': '50\n',
      'io.stat':
        '253:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n7:0 rbytes=5 wbytes=5 rios=1 wios=1 dbytes=0 dios=0\n',
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
    expect(readUsageV2(root, NOTHING)).toMatchObject({
      cpuUsageNanoseconds: 5_000_000,
      cpuUserNanoseconds: 3_000_000,
      cpuSystemNanoseconds: 2_000_000,
      cfsPeriods: 7,
      cfsThrottledPeriods: 2,
      cfsThrottledNanoseconds: 9000,
      memoryUsageBytes: 1000,
      memoryWorkingSetBytes: 900,
      memoryRssBytes: 400,
      memoryCacheBytes: 300,
      memorySwapBytes: 50,
      memoryMappedFileBytes: 200,
      memoryMaxUsageBytes: 2000,
      pageFaults: 12,
      majorPageFaults: 1,
      ioReadBytes: 15,
      ioWriteBytes: 25,
      ioReads: 2,
      ioWrites: 3,
    })
  })

  it('reads zeros where nothing is', () => {
    expect(readUsageV2(join(root, 'gone'), NOTHING)).toMatchObject({
      memoryUsageBytes: 0,
      ioReads: 0,
    })
  })
})

describe('openCgroupV2', () => {
  const hierarchy = (ownDir: string) => ({
    version: 2 as const,
    controllers: [],
    mountPoint: root,
    ownDir,
  })

  it('goes up to the nearest cgroup that hands out cpu and memory, and sets limits there', () => {
    const own = join(root, 'app.slice', 'lab.scope')
    mkdirSync(own, { recursive: true })
    writeFileSync(join(root, 'app.slice', 'cgroup.procs'), '')
    writeFileSync(join(root, 'app.slice', 'cgroup.subtree_control'), 'cpu io memory pids\n')
    const accounting = openCgroupV2('t', [hierarchy(own)])
    const [dir] = accounting.open(
      '/kubepods/burstable/podx/c',
      { cpuMillicores: 200, memoryBytes: 1024 },
      {},
    )
    expect(dir).toBe(join(root, 'app.slice/sublet-t/kubepods/burstable/podx/c'))
    expect(readFileSync(join(dir!, 'cpu.max'), 'utf8')).toBe('20000 100000')
    expect(readFileSync(join(dir!, 'memory.max'), 'utf8')).toBe('1024')
  })

  it('refuses when nobody hands out the controllers', () => {
    expect(() => openCgroupV2('t', [hierarchy(root)])).toThrow(/hands out cpu and memory/)
    expect(() => openCgroupV2('t', [])).toThrow(/no version 2 hierarchy/)
  })
})
