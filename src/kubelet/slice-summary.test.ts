import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  readSummary,
  sliceSummary,
  type NodeView,
  type OwnerLookup,
  type PodOwner,
} from './index.ts'

const uid = 'a25c6e48-1d58-44b0-84db-ff00912b6170'
const ownerWith = (more: Partial<PodOwner>): OwnerLookup => {
  const owner: PodOwner = {
    slice: 0,
    host: { namespace: 'vcluster-k8s1', name: 'web-x-shop-x-k8s1' },
    hostUid: uid,
    hostNetwork: false,
    virtual: { namespace: 'shop', name: 'web', uid: 'virtual-uid' },
    hostOnlyContainers: new Set(['vcluster-rewrite-hosts']),
    virtualName: (name) => (name === 'data-x-shop-x-k8s1' ? 'data' : undefined),
    ...more,
  }
  return (namespace, name) =>
    namespace === owner.host.namespace && name === owner.host.name ? owner : undefined
}

const HUGE = '36893488147419103232'
const disk =
  '"availableBytes":1,"capacityBytes":2,"usedBytes":3,"inodesFree":4,"inodes":5,"inodesUsed":6'
const ref = `"podRef":{"name":"web-x-shop-x-k8s1","namespace":"vcluster-k8s1","uid":"${uid}"}`
const pod = (parts: string): string => `{${ref},"startTime":"2026-11-22T11:00:45Z",${parts}}`
const summaryOf = (...pods: string[]): Buffer =>
  Buffer.from(
    `{"node":{"nodeName":"node-1","memory":{"availableBytes":90,"workingSetBytes":10},"fs":{${disk}}},"pods":[${pods.join(', ')}]}`,
  )

function slice(
  payload: Buffer,
  more: Partial<PodOwner> = {},
  nodeView: NodeView = 'own-sum',
  onlyCpuAndMemory = false,
): string {
  const read = readSummary(payload, ownerWith(more))
  return sliceSummary(read, { slice: 0, nodeView, onlyCpuAndMemory }).toString()
}

describe('numbers', () => {
  const cpu = `"cpu":{"time":"t","usageCoreNanoSeconds":${HUGE}},"containers":[]`

  test('past 2^53 leave as they came', () => {
    expect(slice(summaryOf(pod(cpu)))).toContain(`"usageCoreNanoSeconds":${HUGE}}`)
  })

  test('past 2^53 are summed exactly', () => {
    const text = slice(summaryOf(pod(cpu), pod(cpu)))
    expect(text).toContain('"usageCoreNanoSeconds":73786976294838206464')
  })
})

describe('what is rewritten or left out', () => {
  test('podRef is the virtual pod', () => {
    expect(slice(summaryOf(pod('"containers":[]')))).toContain(
      '"podRef":{"name":"web","namespace":"shop","uid":"virtual-uid"}',
    )
  })

  test('a pod under another uid is another pod', () => {
    const text = slice(summaryOf(pod('"containers":[]').replace(uid, 'new')))
    expect(text).toContain('"pods":[]')
  })

  test('a claim has its virtual name, or its volume is left out', () => {
    const volume = (claim: string): string =>
      `{"name":"v","time":"t",${disk},"pvcRef":{"name":"${claim}","namespace":"vcluster-k8s1"}}`
    const text = slice(
      summaryOf(
        pod(`"containers":[],"volume":[${volume('data-x-shop-x-k8s1')},${volume('secret')}]`),
      ),
    )
    expect(text).toContain('"pvcRef":{"name":"data","namespace":"shop"}')
    expect(text).toContain('"capacityBytes":2')
    expect(text).not.toContain('secret')
  })

  test('a container that only the host pod has', () => {
    const text = slice(
      summaryOf(pod('"containers":[{"name":"app"},{"name":"vcluster-rewrite-hosts"}]')),
    )
    expect(text).toContain('"containers":[{"name":"app"}]')
  })

  test('fields that are not known, wherever they are', () => {
    const text = slice(
      summaryOf(
        pod(
          '"hostSecret":"x","cpu":{"time":"t","neighbours":[1]},"containers":[{"name":"a","zzz":1}]',
        ),
      ),
    )
    expect(text).not.toMatch(/hostSecret|neighbours|zzz/)
  })

  test('an object where a number belongs', () => {
    const text = slice(
      summaryOf(pod('"cpu":{"time":"t","usageNanoCores":{"a":1}},"containers":[]')),
    )
    expect(text).toContain('"cpu":{"time":"t"}')
  })

  test('the size of the node’s disk, but for the node view capacity', () => {
    const parts = `"ephemeral-storage":{${disk}},"containers":[{"name":"a","rootfs":{${disk}},"logs":{${disk}}}]`
    expect(slice(summaryOf(pod(parts)))).not.toMatch(
      /capacityBytes|availableBytes|inodesFree|"inodes"/,
    )
    expect(slice(summaryOf(pod(parts)), {}, 'capacity')).toContain('"rootfs":{"availableBytes":1')
  })

  test('the network of a pod with the node’s network, in the sum too', () => {
    const parts = '"network":{"time":"t","name":"eth0","rxBytes":5},"containers":[]'
    expect(slice(summaryOf(pod(parts)))).toMatch(/"rxBytes":5.*"rxBytes":5/)
    expect(slice(summaryOf(pod(parts)), { hostNetwork: true })).not.toContain('network')
  })
})

describe('the node', () => {
  const parts =
    '"memory":{"time":"t","workingSetBytes":4},"ephemeral-storage":{"usedBytes":1,"inodesUsed":1},"containers":[]'

  test('of the view none is a name', () => {
    expect(slice(summaryOf(pod(parts)), {}, 'none')).toContain('{"node":{"nodeName":"node-1"},')
  })

  test('of the view capacity has a size, and free is what the slice does not use', () => {
    const text = slice(summaryOf(pod(parts)), {}, 'capacity')
    expect(text).toContain('"memory":{"time":"t","workingSetBytes":4,"availableBytes":96}')
    expect(text).toContain(
      '"fs":{"usedBytes":1,"inodesUsed":1,"capacityBytes":2,"availableBytes":1',
    )
  })

  test('of an old kubelet is summed from containers where pods have no reading', () => {
    const old =
      '"containers":[{"name":"a","cpu":{"usageNanoCores":2}},{"name":"b","cpu":{"usageNanoCores":3}}]'
    expect(slice(summaryOf(pod(old)))).toContain('"cpu":{"usageNanoCores":5}')
  })

  test('of a slice without pods has nothing but a name', () => {
    expect(slice(summaryOf())).toBe('{"node":{"nodeName":"node-1"},"pods":[]}\n')
  })
})

test('cpu and memory only leaves nothing else', () => {
  const parts = `"cpu":{"time":"t"},"memory":{"time":"t"},"network":{"time":"t"},"process_stats":{"process_count":1},"containers":[{"name":"a","cpu":{},"rootfs":{}}]`
  const [made] = (
    JSON.parse(slice(summaryOf(pod(parts)), {}, 'own-sum', true)) as { pods: object[] }
  ).pods
  expect(Object.keys(made ?? {})).toEqual(['podRef', 'startTime', 'cpu', 'memory', 'containers'])
})

describe('what is not JSON is refused as a whole', () => {
  test.each([
    '',
    '{',
    '{"node":{"nodeName":"n"},"pods":[]} x',
    '{"node":{"nodeName":"n"},"node":{"nodeName":"m"},"pods":[]}',
    '{"node":{"nodeName":"n","a":01},"pods":[]}',
    '{"node":{"nodeName":"n","a":.5},"pods":[]}',
    '{"node":{"nodeName":"n",},"pods":[]}',
    '{"node":{"nodeName":"n\u0001"},"pods":[]}',
    '{"node":{"nodeName":"\\x"},"pods":[]}',
    '{"node":{"nodeName":"n"},"pods":[NaN]}',
    `{"node":{"nodeName":"n"},"pods":${'['.repeat(50)}${']'.repeat(50)}}`,
    '{"pods":[]}',
    '[]',
  ])('%s', (text) => {
    expect(() => slice(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'E_KUBELET_SHAPE' }) as Error,
    )
  })

  test('bytes that are not UTF-8', () => {
    expect(() => slice(Buffer.from([0x22, 0xff, 0x22]))).toThrow('not UTF-8')
  })
})

test('for all strings and numbers in it, a slice is JSON and says the same as the kubelet', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.double({ noNaN: true }),
      (text, whole, real) => {
        fc.pre(Number.isFinite(real))
        const container = {
          name: text,
          cpu: { time: text, usageNanoCores: whole },
          swap: { swapUsageBytes: real },
        }
        const payload = Buffer.from(summaryOf(pod(`"containers":[${JSON.stringify(container)}]`)))
        const read = JSON.parse(slice(payload)) as { pods: { containers: unknown[] }[] }
        expect(read.pods[0]?.containers[0]).toEqual(JSON.parse(JSON.stringify(container)))
      },
    ),
  )
})
