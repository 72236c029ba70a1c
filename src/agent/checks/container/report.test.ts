import { describe, expect, test } from 'vitest'
import { combining } from '../../aggregator/combine.ts'
import type { Sender } from '../../aggregator/sender.ts'
import type { Pod } from '../../../kube/objects.ts'
import { createTagger, type Cardinality } from '../../store/tags.ts'
import { indexPods } from '../../store/workload.ts'
import { dockerReading } from './docker-reading.ts'
import type { ContainerReading, NetworkReading } from './reading.ts'
import { containerTags, reportContainer, reportNetworks, type Resolved } from './report.ts'

function recorder(): { sender: Sender; rows: string[] } {
  const rows: string[] = []
  const sender: Sender = {
    metric: (call, name, value, tags) => void rows.push([call, name, value, ...tags].join(' ')),
    serviceCheck: () => undefined,
  }
  return { sender, rows }
}

function resolved(
  id: string,
  reading: ContainerReading | undefined,
  hostNetwork = false,
): Resolved {
  const pod: Pod = {
    metadata: { name: 'p', namespace: 'n', uid: 'u' },
    spec: { containers: [], hostNetwork },
    status: {
      containerStatuses: [
        {
          name: id,
          image: '',
          imageID: '',
          containerID: `docker://${id}`,
          restartCount: 2,
          ready: true,
          state: {},
          lastState: {},
        },
      ],
    },
  }
  const stored = indexPods([pod], 0).container(id)!
  const listed = {
    id,
    name: id,
    image: 'i',
    runtime: 'docker',
    namespace: 'n',
    hostNetwork: false,
    runtimeTags: ['container_name:k8s'],
    stored: undefined,
  }
  return { listed, stored, facts: { startedAt: 1_000, restarts: 2, reading } }
}

describe('one container', () => {
  test('uptime and restarts go out even without stats; what is missing is not sent, a zero is', () => {
    const { sender, rows } = recorder()
    reportContainer(sender, resolved('a', undefined), ['t'], 61_500)
    reportContainer(
      sender,
      resolved('a', {
        memory: { usage: 0 },
        io: [{ device: 'sda', readBytes: 5 }, { writeBytes: 6 }],
      }),
      ['t'],
      61_500,
    )
    expect(rows).toEqual([
      'gauge container.uptime 60 t',
      'gauge container.restarts 2 t',
      'gauge container.uptime 60 t',
      'gauge container.restarts 2 t',
      'gauge container.memory.usage 0 t',
      'rate container.io.read 5 t device:sda device_name:sda',
      'rate container.io.write 6 t',
    ])
  })
})

describe('networks', () => {
  const network: NetworkReading = {
    group: 'u',
    interfaces: [{ name: 'eth0', sentBytes: 1, receivedBytes: 2 }],
  }
  const tagger = createTagger()
  const POD = 'kube_namespace:n pod_name:p'

  test('a container alone in its network carries it, several share it under their pod', () => {
    const alone = recorder()
    const one = resolved('a', { network })
    reportNetworks(alone.sender, [one], tagger)
    expect(alone.rows[0]).toBe(
      `rate container.net.sent 1 ${containerTags(one, tagger).join(' ')} interface:eth0`,
    )
    const shared = recorder()
    reportNetworks(shared.sender, [one, resolved('b', { network })], tagger)
    expect(shared.rows).toEqual([
      `rate container.net.sent 1 ${POD} interface:eth0`,
      `rate container.net.rcvd 2 ${POD} interface:eth0`,
    ])
  })

  test("the node's network is nobody's", () => {
    const { sender, rows } = recorder()
    reportNetworks(sender, [resolved('a', { network }, true)], tagger)
    expect(rows).toEqual([])
  })
})

describe("Docker's stats", () => {
  const device = (major: number, minor: number): string => `dev${major}-${minor}`

  test('limits: the smallest that is set, else all processors; none is none', () => {
    const limit = (host: Parameters<typeof dockerReading>[1]): number | undefined =>
      dockerReading({ cpu_stats: { online_cpus: 4 } }, host, device).cpu?.limitNanocores
    expect(limit({})).toBe(4e9)
    expect(limit({ NanoCpus: 2e8 })).toBe(2e8)
    expect(limit({ CpuQuota: 50_000 })).toBe(5e8)
    expect(limit({ CpuQuota: 400_000, CpuPeriod: 100_000, CpusetCpus: '0-1,7' })).toBe(3e9)
    const memory = { memory_stats: { limit: 9223372036854771712 } }
    expect(dockerReading(memory, {}, device).memory?.limit).toBeUndefined()
    expect(dockerReading(memory, { Memory: 64 }, device).memory?.limit).toBe(64)
  })

  test('cgroup v1 and v2 names, disks by device, a missing network as one of zeros', () => {
    const v1 = dockerReading(
      {
        memory_stats: {
          usage: 100,
          failcnt: 1,
          stats: { total_rss: 10, total_cache: 20, total_inactive_file: 5 },
        },
        blkio_stats: {
          io_service_bytes_recursive: [
            { major: 8, minor: 0, op: 'Read', value: 7 },
            { major: 8, minor: 0, op: 'Total', value: 9 },
          ],
        },
        networks: {},
      },
      {},
      device,
    )
    expect(v1.memory).toMatchObject({ rss: 10, cache: 20, workingSet: 95, oomEvents: 1 })
    expect(v1.io).toEqual([
      expect.objectContaining({ device: 'dev8-0', readBytes: 7, writeBytes: undefined }),
    ])
    expect(v1.network?.interfaces).toEqual([
      { sentBytes: 0, sentPackets: 0, receivedBytes: 0, receivedPackets: 0 },
    ])
    const stats = { anon: 1, file: 2, inactive_file: 200, kernel_stack: 3, slab: 4 }
    const v2 = dockerReading({ memory_stats: { usage: 100, stats } }, {}, device)
    expect(v2.memory).toMatchObject({ rss: 1, cache: 2, workingSet: 0, kernel: 7 })
  })
})

describe('fewer tags', () => {
  const tagger = createTagger()
  const rowsAt = (cardinality: Cardinality): string[] => {
    const { sender, rows } = recorder()
    const capped = combining(sender, cardinality)
    for (const id of ['a', 'b']) {
      const one = resolved(id, { memory: { usage: 5 } })
      reportContainer(capped.sender, one, containerTags(one, tagger, cardinality), 61_500)
    }
    capped.flush()
    return rows.filter((row) => /memory|uptime/.test(row))
  }

  test('at high cardinality each container has its own numbers', () => {
    expect(rowsAt('high')).toHaveLength(4)
  })

  test.each(['low', 'orchestrator'] as const)(
    'at %s no tag is of one container alone',
    (cardinality) => {
      // These two have different names, so that they are still told apart.
      const rows = rowsAt(cardinality)
      expect(rows).toHaveLength(4)
      expect(rows.join('\n')).not.toMatch(/container_id|container_name:k8s|display_container_name/)
      expect(rows.join('\n').includes('pod_name:p')).toBe(cardinality === 'orchestrator')
    },
  )

  test('containers of one name in two pods are one at low cardinality', () => {
    const { sender, rows } = recorder()
    const capped = combining(sender, 'low')
    for (const usage of [5, 7]) {
      const one = resolved('a', { memory: { usage } })
      reportContainer(capped.sender, one, containerTags(one, tagger, 'low'), 1_000 * usage)
    }
    capped.flush()
    expect(rows.map((row) => row.split(' ').slice(0, 3).join(' '))).toEqual([
      'gauge container.uptime 6',
      'gauge container.restarts 4',
      'gauge container.memory.usage 12',
    ])
  })
})
