import { expect, test } from 'vitest'
import type { SystemCollector } from '../../cgroups/collector.ts'
import { createPodStore } from '../../store/pod-store.ts'
import { createAgentLog } from '../../log.ts'
import { cgroupSource } from './cgroup-source.ts'
import { collectorFor, listContainers } from './choose-source.ts'
import type { ContainerSource, ListedContainer } from './source.ts'

const signal = new AbortController().signal
const pods = createPodStore({ log: createAgentLog('off'), now: () => 0 })

const listed = (id: string): ListedContainer => ({
  id,
  name: id,
  image: '',
  runtime: 'docker',
  namespace: '',
  hostNetwork: false,
  runtimeTags: [],
  stored: undefined,
})

const source = (
  kind: 'docker' | 'kubelet',
  list: () => ListedContainer[],
  network?: number,
): ContainerSource => ({
  kind,
  list: () => new Promise((resolve) => resolve(list())),
  life: () => Promise.resolve({ startedAt: undefined, restarts: 0 }),
  stats: {
    kind,
    reading: () =>
      Promise.resolve({
        memory: { usage: 1 },
        ...(network === undefined ? {} : { network: { interfaces: [{ sentBytes: network }] } }),
      }),
  },
})

const system = (ids: readonly string[], seesProcesses = true): SystemCollector => ({
  seesProcesses,
  list: () => ids.map((id) => ({ id, runtime: 'containerd' })),
  knows: (id) => ids.includes(id),
  read(id) {
    if (!ids.includes(id)) throw new Error('containerID not found')
    return { memory: { usage: 2 } }
  },
})

const refuse = (): never => {
  throw new Error('refused')
}

async function chosen(
  docker: (() => ListedContainer[]) | undefined,
  kubelet: () => ListedContainer[],
  cgroups: SystemCollector | undefined,
): Promise<{ kind: string; ids: string[]; warnings: string[] }> {
  const warnings: string[] = []
  const { source: found, all } = await listContainers(
    {
      docker: docker && source('docker', docker),
      kubelet: source('kubelet', kubelet),
      cgroups: cgroups && cgroupSource(cgroups),
    },
    pods,
    { signal, warn: (text) => void warnings.push(text) },
  )
  return { kind: found.kind, ids: all.map(({ id }) => id), warnings }
}

test('containers come from Docker, else from the kubelet, else from control groups', async () => {
  const a = (): ListedContainer[] => [listed('a')]
  const b = (): ListedContainer[] => [listed('b')]
  expect(await chosen(a, b, system(['c']))).toMatchObject({ kind: 'docker', ids: ['a'] })
  expect(await chosen(refuse, b, system(['c']))).toEqual({
    kind: 'kubelet',
    ids: ['b'],
    warnings: ['Docker cannot be asked, containers are taken from the kubelet: refused'],
  })
  expect(await chosen(undefined, refuse, system(['c']))).toEqual({
    kind: 'cgroups',
    ids: ['c'],
    warnings: ['The kubelet cannot be asked, containers are taken from control groups: refused'],
  })
  // A kubelet that refuses its pod list has no containers to tell.
  expect(await chosen(undefined, () => [], system(['c']))).toMatchObject({ kind: 'cgroups' })
  await expect(chosen(undefined, refuse, undefined)).rejects.toThrow('refused')
})

test('numbers come from control groups as soon as they know one of the containers', async () => {
  const docker = source('docker', () => [], 7)
  const two = [listed('a'), listed('b')]
  expect(collectorFor(undefined, docker, two).kind).toBe('docker')
  expect(collectorFor(system(['x']), docker, two).kind).toBe('docker')
  const own = collectorFor(system(['a']), docker, two)
  expect(await own.reading(listed('a'), signal)).toEqual({ memory: { usage: 2 } })
  await expect(own.reading(listed('b'), signal)).rejects.toThrow('containerID not found')
})

test('where processes cannot be seen the network comes from the runtime', async () => {
  const blind = collectorFor(
    system(['a'], false),
    source('docker', () => [], 7),
    [listed('a')],
  )
  expect(await blind.reading(listed('a'), signal)).toEqual({
    memory: { usage: 2 },
    network: { interfaces: [{ sentBytes: 7 }] },
  })
})
