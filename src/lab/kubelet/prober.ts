import type { Pod } from '../../kube/index.ts'
import type { ContainerRecord } from './container-record.ts'
import { finalGrace, runPreStop } from './lifecycle-hook.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import { createMetricRegistry, DEFAULT_BUCKETS, type MetricRegistry } from './metric-registry.ts'
import type { PodEvents } from './pod-events.ts'
import { runProbe, type Probe, type ProbeResult } from './run-probe.ts'

type ProbeType = 'Liveness' | 'Readiness' | 'Startup'
interface Target {
  readonly pod: Pod
  readonly podIp: string
  /** Readiness or start has changed. */
  readonly changed: () => void
}

/** Runs the probes of running containers: exec, httpGet, tcpSocket and grpc. */
export interface Prober {
  start(record: ContainerRecord, target: Target): void
  stop(containerId: string): void
  readonly registry: MetricRegistry
}

export function createProber(
  runtime: CountedRuntime,
  signal: AbortSignal,
  tell: PodEvents,
): Prober {
  const registry = createMetricRegistry()
  const means: Means = { runtime, tell, observe: createProbeMetrics(registry) }
  const running = new Map<string, AbortController>()
  const stop = (id: string): void => {
    running.get(id)?.abort()
    running.delete(id)
  }
  signal.addEventListener('abort', () => [...running.keys()].forEach(stop), { once: true })
  return {
    registry,
    start(record, target) {
      const { livenessProbe, readinessProbe, startupProbe } = record.spec
      if (!record.info || !(livenessProbe ?? readinessProbe ?? startupProbe)) return
      const own = new AbortController()
      running.set(record.info.id, own)
      const begin = (type: ProbeType, probe: Probe | undefined): void => {
        if (probe) probeRegularly({ type, probe, record, target }, means, own.signal)
      }
      begin('Startup', startupProbe)
      begin('Readiness', readinessProbe)
      begin('Liveness', livenessProbe)
    },
    stop,
  }
}

/** One probe of one container. */
interface Subject {
  readonly type: ProbeType
  readonly probe: Probe
  readonly record: ContainerRecord
  readonly target: Target
}

/** What all probes of a kubelet share. */
interface Means {
  readonly runtime: CountedRuntime
  readonly tell: PodEvents
  readonly observe: (subject: Subject, result: ProbeResult, seconds: number) => void
}

function createProbeMetrics(registry: MetricRegistry): Means['observe'] {
  const total = registry.counter(
    'prober_probe_total',
    '[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.',
  )
  const duration = registry.histogram(
    'prober_probe_duration_seconds',
    '[ALPHA] Duration in seconds for a probe response.',
    DEFAULT_BUCKETS,
  )
  return ({ type, record, target }, result, seconds) => {
    const { namespace = '', name = '', uid = '' } = target.pod.metadata
    const labels = { container: record.spec.name, namespace, pod: name, probe_type: type }
    total.inc({ ...labels, pod_uid: uid, result })
    duration.observe(seconds, labels)
  }
}

/** So many equal results in a row. */
interface Row {
  readonly result: ProbeResult
  readonly count: number
}

/** Probes again and again until the signal fires or the container is ended for it. */
function probeRegularly(subject: Subject, means: Means, signal: AbortSignal): void {
  const { type, probe, record, target } = subject
  let row: Row = { result: 'unknown', count: 0 }
  const once = async (): Promise<void> => {
    if (signal.aborted) return
    if (isDue(subject)) {
      const started = performance.now()
      const { result, output } = await runProbe(probe, record, target.podIp, means.runtime)
      if (signal.aborted as boolean) return
      if (result === 'failed') {
        means.tell(target.pod, record, 'Warning', 'Unhealthy', `${type} probe failed: ${output}`)
      }
      means.observe(subject, result, (performance.now() - started) / 1000)
      row = { result, count: row.result === result ? row.count + 1 : 1 }
      if (settle(subject, row, means) === 'ended') return
    }
    later((probe.periodSeconds ?? 10) * 1000)
  }
  const later = (ms: number): void => {
    const timer = setTimeout(() => void once(), ms)
    timer.unref()
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  }
  later((probe.initialDelaySeconds ?? 0) * 1000)
}

/** The startup probe runs until the container has started, the others from then on. */
function isDue({ type, record }: Subject): boolean {
  if (type === 'Startup') return record.probedStarted !== true
  return !record.spec.startupProbe || record.probedStarted === true
}

function settle(subject: Subject, row: Row, means: Means): 'ended' | undefined {
  const { type, probe, record, target } = subject
  const good = row.result === 'successful' && row.count >= (probe.successThreshold ?? 1)
  const bad = row.result === 'failed' && row.count >= (probe.failureThreshold ?? 3)
  if (!good && !bad) return undefined
  if (type === 'Readiness' && record.probedReady !== good) {
    record.probedReady = good
    target.changed()
  }
  if (type === 'Startup' && good && record.probedStarted !== true) {
    record.probedStarted = true
    target.changed()
  }
  if (bad && type !== 'Readiness') {
    const message = `Container ${record.spec.name} failed ${type.toLowerCase()} probe, will be restarted`
    means.tell(target.pod, record, 'Normal', 'Killing', message)
    void end(subject, means)
    return 'ended'
  }
  return undefined
}

/** Ends a container for its probe, with its hook, within the probe's grace time or the pod's. Never rejects. */
async function end(
  { record, probe, target: { pod, podIp } }: Subject,
  { runtime, tell }: Means,
): Promise<void> {
  if (!record.info) return
  const { id } = record.info
  const { terminationGracePeriodSeconds: ofPod = 30 } = pod.spec
  const { deletionGracePeriodSeconds } = pod.metadata
  const grace = 1000 * (deletionGracePeriodSeconds ?? probe.terminationGracePeriodSeconds ?? ofPod)
  const context = { runtime, tell, pod, addresses: { podIp } }
  const left = await runPreStop(record, grace, context)
  await runtime.stopContainer(id, finalGrace(left, grace)).catch(() => undefined)
}
