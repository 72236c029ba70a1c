import { readFileSync } from 'node:fs'
import type { CallType } from '../../src/agent/aggregator/metric.ts'
import {
  createKubeletMemory,
  type Provider,
  type ProviderRun,
} from '../../src/agent/checks/kubelet/provider.ts'
import { DEFAULT_INSTANCE } from '../../src/agent/checks/kubelet/instance.ts'
import { withTags } from '../../src/agent/aggregator/sender.ts'
import { createAgentLog } from '../../src/agent/log.ts'
import { createFilter } from '../../src/agent/store/filter.ts'
import type { Tagger } from '../../src/agent/store/tags.ts'
import { indexPods, parsePodList, type Workload } from '../../src/agent/store/workload.ts'

export interface Call {
  readonly call: CallType
  readonly name: string
  readonly value: number
  readonly tags: readonly string[]
}

export interface Checked {
  readonly name: string
  readonly status: number
  readonly message: string
}

export const fixture = (path: string): string =>
  readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8')

/** A tagger that hands out flat lists by pod uid and container id; what it does not know has no tags. */
export function fakeTagger(lists: Readonly<Record<string, readonly string[]>>): Tagger {
  return {
    pod: (pod) => lists[pod.uid] ?? [],
    container: (container) => lists[container.id] ?? [],
  }
}

export interface Setting {
  readonly pods?: string
  readonly workload?: Workload
  readonly tagger?: Tagger
  readonly exclude?: readonly string[]
  readonly instance?: Partial<ProviderRun['instance']>
  readonly memory?: ProviderRun['memory']
  /** Answers by path; a path without one is 404. */
  readonly answers?: Readonly<Record<string, string | { status: number; body: string } | Error>>
}

/** Runs one provider on given answers and lists every sender call. */
export async function runProvider(
  provider: Provider,
  setting: Setting,
): Promise<{ calls: Call[]; checks: Checked[]; logged: string[]; asked: string[] }> {
  const calls: Call[] = []
  const checks: Checked[] = []
  const logged: string[] = []
  const asked: string[] = []
  const now = Date.parse('2026-01-12T09:30:05Z')
  const workload =
    setting.workload ?? indexPods(setting.pods ? parsePodList(setting.pods) : [], now)
  const instance = { ...DEFAULT_INSTANCE, tags: ['instance_tag:something'], ...setting.instance }
  const sender = withTags(
    {
      metric: (call, name, value, tags) =>
        void calls.push({ call, name, value, tags: [...new Set(tags)].sort() }),
      serviceCheck: (name, status, _tags, message) => void checks.push({ name, status, message }),
    },
    instance.tags,
  )
  const get = (path: string): Promise<{ url: string; status: number; body: string }> => {
    asked.push(path)
    const answer = setting.answers?.[path] ?? { status: 404, body: '404 page not found\n' }
    if (answer instanceof Error) return Promise.reject(answer)
    const url = `https://10.0.0.5:10250${path}`
    return Promise.resolve(
      typeof answer === 'string' ? { url, status: 200, body: answer } : { url, ...answer },
    )
  }
  await provider.run({
    client: { base: 'https://10.0.0.5:10250', get },
    sender,
    instance,
    workload,
    podListRead: setting.pods !== undefined || setting.workload !== undefined,
    claimTags: new Map(),
    tagger: setting.tagger ?? fakeTagger({}),
    filter: createFilter({
      include: [],
      exclude: setting.exclude ?? [],
      excludePauseContainers: true,
    }),
    memory: setting.memory ?? createKubeletMemory(),
    log: createAgentLog('debug', (line) => void logged.push(line)),
    signal: new AbortController().signal,
    now: () => now,
  })
  return { calls, checks, logged, asked }
}

/** `name value tag tag` without the instance tag, for comparing with tables. */
export const rowsOf = (calls: readonly Call[]): string[] =>
  calls.map(({ name, value, tags }) =>
    [
      name.replace(/^kubernetes\./, ''),
      value,
      ...tags.filter((tag) => tag !== 'instance_tag:something'),
    ].join(' '),
  )

/** How often each name was sent. */
export function countByName(calls: readonly Call[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { name } of calls) {
    const short = name.replace(/^kubernetes\./, '')
    counts[short] = (counts[short] ?? 0) + 1
  }
  return counts
}
