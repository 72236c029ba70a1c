import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  countByName,
  fixture,
  runProvider,
  type Call,
  type Setting,
} from '../../../../test/helpers/agent-provider.ts'
import { createTagger } from '../../store/tags.ts'
import { cadvisor } from './cadvisor.ts'
import { pod } from './pod.ts'
import { summary } from './summary.ts'

const gz = (name: string): string =>
  gunzipSync(
    readFileSync(new URL(`../../../../test/fixtures/minikube-1.34/${name}.gz`, import.meta.url)),
  ).toString()

const NODES: Readonly<Record<string, () => Setting>> = {
  'minikube 1.34': () => ({
    pods: gz('pods'),
    answers: { '/stats/summary': gz('summary'), '/metrics/cadvisor': gz('cadvisor') },
  }),
  'kubelet 1.36 with a vcluster': () => ({
    pods: fixture('vcluster-node/pods.json'),
    answers: {
      '/stats/summary': fixture('vcluster-node/stats-summary.json'),
      '/metrics/cadvisor': fixture('vcluster-node/metrics-cadvisor.txt'),
    },
  }),
}

const calls = async (provider: typeof pod, setting: Setting): Promise<Call[]> =>
  (await runProvider(provider, { ...setting, tagger: createTagger() })).calls

test.each(Object.entries(NODES))(
  '%s: every running container has its numbers, every pod its network',
  async (_, make) => {
    const setting = make()
    const pods = countByName(await calls(pod, setting))
    const running = (await calls(pod, setting))
      .filter(({ name }) => name === 'kubernetes.containers.running')
      .reduce((sum, { value }) => sum + value, 0)
    expect(running).toBeGreaterThan(3)
    const found = await calls(cadvisor, setting)
    const counts = countByName(found)
    for (const metric of [
      'cpu.usage.total',
      'memory.usage',
      'memory.working_set',
      'memory.rss',
      'memory.limits',
    ]) {
      expect([metric, counts[metric]]).toEqual([metric, running])
    }
    const list = JSON.parse(setting.pods ?? '') as {
      items: { spec: { hostNetwork?: boolean }; status: { phase: string } }[]
    }
    const own = list.items.filter(
      ({ spec, status }) => spec.hostNetwork !== true && status.phase === 'Running',
    )
    expect(counts['network.rx_bytes']).toBe(own.length)
    expect(pods['pods.expired']).toBe(1)
    for (const { name, tags } of found) {
      const wanted = name.startsWith('kubernetes.network.')
        ? ['pod_name', 'interface']
        : ['pod_name', 'container_id']
      for (const key of wanted)
        expect(tags.filter((tag) => tag.startsWith(`${key}:`))).toHaveLength(1)
    }
    const storage = countByName(await calls(summary, setting))
    expect(storage['node.filesystem.usage']).toBe(1)
    expect(storage['ephemeral_storage.usage']).toBeGreaterThan(3)
  },
)
