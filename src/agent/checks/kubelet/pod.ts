// Not from kube/index.ts: that one brings clients and certificates that the agent does not use.
import { parseQuantity } from '../../../kube/quantity.ts'
import { withTag } from '../../store/extended-tags.ts'
import { stateOf, type StoredContainer, type StoredPod } from '../../store/workload.ts'
import { metricName, PREFIX, type Provider, type ProviderRun } from './provider.ts'

/** Reasons that are reported, lower case, by state. */
const REASONS = {
  waiting: new Set([
    'errimagepull',
    'imagepullbackoff',
    'crashloopbackoff',
    'containercreating',
    'createcontainererror',
    'invalidimagename',
    'createcontainerconfigerror',
  ]),
  terminated: new Set(['oomkilled', 'containercannotrun', 'error']),
} as const

/** Metrics of the pod list itself: how many run, what they ask for, how often they restarted. */
export const pod: Provider = {
  name: 'pod',
  run(run) {
    if (!run.podListRead) return
    const { sender, workload, tagger } = run
    sender.metric('gauge', `${PREFIX}pods.expired`, workload.expired, [])
    const pods = createCounter()
    const containers = createCounter()
    for (const stored of workload.pods) {
      if (stored.containers.some((one) => one.running)) pods.add(tagger.pod(stored, 'low'))
      reportPod(run, stored)
      for (const container of stored.containers) {
        if (container.running) {
          const tags = tagger.container(container, 'low')
          if (hasNamespace(tags)) containers.add(tags)
        }
        if (!run.filter.excludesStored(container)) reportContainer(run, container)
      }
    }
    for (const { tags, count } of pods.all())
      sender.metric('gauge', `${PREFIX}pods.running`, count, tags)
    for (const { tags, count } of containers.all()) {
      sender.metric('gauge', `${PREFIX}containers.running`, count, tags)
    }
  },
}

const hasNamespace = (tags: readonly string[]): boolean =>
  tags.some((tag) => tag.startsWith('kube_namespace:'))

/** Counts equal tag lists; an empty list counts nowhere. */
function createCounter(): {
  add(tags: readonly string[]): void
  all(): Iterable<{ tags: readonly string[]; count: number }>
} {
  const counts = new Map<string, { tags: readonly string[]; count: number }>()
  return {
    add(tags) {
      if (tags.length === 0) return
      const key = keyOf(tags)
      const known = counts.get(key)
      if (known) known.count += 1
      else counts.set(key, { tags, count: 1 })
    },
    all: () => counts.values(),
  }
}

const keys = new WeakMap<readonly string[], string>()

/** The same for lists of the same tags. The tagger hands out the same lists run after run. */
function keyOf(tags: readonly string[]): string {
  const known = keys.get(tags)
  if (known !== undefined) return known
  const key = [...tags].sort().join('\u0000')
  keys.set(tags, key)
  return key
}

function reportPod({ sender, tagger, now }: ProviderRun, stored: StoredPod): void {
  const deleted = Date.parse(stored.pod.metadata.deletionTimestamp ?? '')
  if (deleted <= now()) {
    const seconds = (now() - deleted) / 1000
    sender.metric('gauge', `${PREFIX}pod.terminating.duration`, seconds, tagger.pod(stored, 'low'))
  }
  const resize = stored.pod.status?.conditions?.find((one) => one.type === 'PodResizePending')
  if (resize) {
    const reason = `reason:${(resize.reason ?? '').toLowerCase()}`
    const tags = [...tagger.pod(stored, 'high'), reason]
    sender.metric('gauge', `${PREFIX}pod.resize.pending`, 1, tags)
  }
}

function reportContainer(run: ProviderRun, container: StoredContainer): void {
  const facts = factsOf(container)
  if (!facts) return
  reportResources(run, container, facts)
  const tags = run.tagger.container(container, 'orchestrator')
  if (!hasNamespace(tags)) return
  run.sender.metric('gauge', RESTARTS, container.restartCount, tags)
  for (const { name, reason } of facts.reasons)
    run.sender.metric('gauge', name, 1, withTag(tags, reason))
}

const RESTARTS = `${PREFIX}containers.restarts`

interface Resources {
  readonly requests?: Readonly<Record<string, string>>
  readonly limits?: Readonly<Record<string, string>>
}

/** What spec and status say, as it is sent: the same as long as the pod is the same object. */
interface ContainerFacts {
  readonly resources: Resources | undefined
  readonly amounts: readonly { readonly name: string; readonly value: number }[]
  readonly reasons: readonly { readonly name: string; readonly reason: string }[]
}

const facts = new WeakMap<StoredContainer, ContainerFacts>()

/** undefined: it is not in the spec. */
function factsOf(container: StoredContainer): ContainerFacts | undefined {
  const known = facts.get(container)
  if (known) return known
  const spec = specOf(container)
  if (!spec) return undefined
  const { resources } = spec
  const made = { resources, amounts: amountsOf(resources), reasons: reasonsOf(container) }
  facts.set(container, made)
  return made
}

function specOf(container: StoredContainer): { resources?: Resources } | undefined {
  const { spec } = container.pod.pod
  const all = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ]
  return all.find((one) => one.name === container.name)
}

/** `<resource>.requests` and `<resource>.limits` for every resource that is named, in cores, bytes or pieces. */
const amountsOf = (resources: Resources | undefined): ContainerFacts['amounts'] =>
  (['requests', 'limits'] as const).flatMap((kind) =>
    Object.entries(resources?.[kind] ?? {}).flatMap(([resource, quantity]) => {
      const parsed = parseQuantity(quantity)
      return parsed.ok ? [{ name: metricName(`${resource}.${kind}`), value: parsed.value }] : []
    }),
  )

function reasonsOf({ status }: StoredContainer): ContainerFacts['reasons'] {
  const states = [
    ['state', stateOf(status)],
    ['last_state', (status.lastState as typeof status.lastState | undefined) ?? {}],
  ] as const
  return states.flatMap(([prefix, state]) =>
    (['waiting', 'terminated'] as const).flatMap((kind) => {
      const reason = state[kind]?.reason?.toLowerCase() ?? ''
      if (!REASONS[kind].has(reason)) return []
      return [{ name: `${PREFIX}containers.${prefix}.${kind}`, reason: `reason:${reason}` }]
    }),
  )
}

function reportResources(
  { sender, tagger, cpuManagerPolicy }: ProviderRun,
  container: StoredContainer,
  { resources, amounts }: ContainerFacts,
): void {
  const { phase } = container.pod
  if (amounts.length === 0 || (phase !== 'Running' && phase !== 'Pending')) return
  if (stateOf(container.status).terminated?.reason === 'Completed') return
  const own = tagger.container(container, 'high')
  if (!hasNamespace(own)) return
  const tags =
    cpuManagerPolicy === undefined
      ? own
      : withTag(own, `kube_static_cpus:${hasStaticCpus(container, resources, cpuManagerPolicy)}`)
  for (const { name, value } of amounts) sender.metric('gauge', name, value, tags)
}

/** Processors of its own: the static policy gives them to Guaranteed pods that ask for whole ones. */
function hasStaticCpus(
  { pod: { pod } }: StoredContainer,
  resources: Resources | undefined,
  policy: string,
): boolean {
  const asked = parseQuantity(resources?.requests?.['cpu'] ?? '')
  const whole = asked.ok && asked.value >= 1 && Number.isInteger(asked.value)
  return policy === 'static' && pod.status?.qosClass === 'Guaranteed' && whole
}
