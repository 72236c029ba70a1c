import { describe, expect, it } from 'vitest'
import { readHierarchies } from './cgroup-mounts.ts'

describe('readHierarchies', () => {
  it('finds version 1 controllers, mounted together or apart', () => {
    const mountinfo = [
      '24 1 0:20 / /proc rw - proc proc rw',
      '31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct',
      '32 25 0:28 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory',
      '33 25 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
    ].join('\n')
    const cgroup = '5:cpu,cpuacct:/user\n4:memory:/user/a:b\n1:name=systemd:/x\n0::/user\n'
    expect(readHierarchies(mountinfo, cgroup)).toEqual([
      {
        version: 1,
        controllers: ['cpu', 'cpuacct'],
        mountPoint: '/sys/fs/cgroup/cpu,cpuacct',
        ownDir: '/sys/fs/cgroup/cpu,cpuacct/user',
      },
      {
        version: 1,
        controllers: ['memory'],
        mountPoint: '/sys/fs/cgroup/memory',
        ownDir: '/sys/fs/cgroup/memory/user/a:b',
      },
      {
        version: 2,
        controllers: [],
        mountPoint: '/sys/fs/cgroup/unified',
        ownDir: '/sys/fs/cgroup/unified/user',
      },
    ])
  })

  it('takes off what a container does not see of the hierarchy', () => {
    const mountinfo = String.raw`32 25 0:28 /docker/1 /sys/fs/my\040cgroup ro - cgroup2 cgroup rw`
    expect(readHierarchies(mountinfo, '0::/docker/1/init')[0]?.ownDir).toBe(
      '/sys/fs/my cgroup/init',
    )
    expect(readHierarchies(mountinfo, '0::/docker/1')[0]?.ownDir).toBe('/sys/fs/my cgroup/')
  })
})
