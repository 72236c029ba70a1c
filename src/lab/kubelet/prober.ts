import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { describeError } from '../../core/index.ts'
import type { Pod } from '../../kube/index.ts'
import type { ContainerRecord } from './container-record.ts'
import { probeGrpc } from './grpc-probe.ts'
import { finalGrace, runPreStop } from './lifecycle-hook.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import { createMetricRegistry, DEFAULT_BUCKETS, type MetricRegistry } from './metric-registry.ts'
import type { PodEvents } from './pod-events.ts'

type ProbeType = 'Liveness' | 'Readiness' | 'Startup'
type Result = 'successful' | 'failed' | 'unknown'
/** A result, and what there is to say of a failed one. */
interface Outcome {
  readonly result: Result
  readonly output: string
}

interface Probe {
  exec?: { command?: string[] }
  httpGet?: {
    path?: string
    port: number | string
    host?: string
    scheme?: string
    httpHeaders?: { name: string; value: string }[]
  }
  tcpSocket?: { port: number | string; host?: string }
  grpc?: { port: number; service?: string }
  initialDelaySeconds?: number
  periodSeconds?: number
  timeoutSeconds?: number
  successThreshold?: number
  failureThreshold?: number
  /** Of liveness and startup probes: the grace time of the container that they end, instead of the pod's. */
  terminationGracePeriodSeconds?: number
}

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
  const total = registry.counter(
    'prober_probe_total',
    '[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.',
  )
  const duration = registry.histogram(
    'prober_probe_duration_seconds',
    '[ALPHA] Duration in seconds for a probe response.',
    DEFAULT_BUCKETS,
  )
  const running = new Map<string, AbortController>()

  const loop = (
    type: ProbeType,
    probe: Probe,
    record: ContainerRecord,
    target: Target,
    own: AbortSignal,
  ): void => {
    const { metadata } = target.pod
    const labels = {
      container: record.spec.name,
      namespace: metadata.namespace ?? '',
      pod: metadata.name ?? '',
      probe_type: type,
    }
    let row = { result: 'unknown' as Result, count: 0 }
    const once = async (): Promise<void> => {
      if (own.aborted) return
      if (
        type === 'Startup'
          ? record.probedStarted !== true
          : !record.spec.startupProbe || record.probedStarted
      ) {
        const started = performance.now()
        const { result, output } = await runProbe(probe, record, target, runtime)
        if (own.aborted as boolean) return
        if (result === 'failed') {
          tell(target.pod, record, 'Warning', 'Unhealthy', `${type} probe failed: ${output}`)
        }
        total.inc({ ...labels, pod_uid: metadata.uid ?? '', result })
        duration.observe((performance.now() - started) / 1000, labels)
        row = { result, count: row.result === result ? row.count + 1 : 1 }
        if (settle(type, probe, row, record, target, runtime, tell) === 'ended') return
      }
      later((probe.periodSeconds ?? 10) * 1000)
    }
    const later = (ms: number): void => {
      const timer = setTimeout(() => void once(), ms)
      timer.unref()
      own.addEventListener('abort', () => clearTimeout(timer), { once: true })
    }
    later((probe.initialDelaySeconds ?? 0) * 1000)
  }
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
      if (startupProbe) loop('Startup', startupProbe, record, target, own.signal)
      if (readinessProbe) loop('Readiness', readinessProbe, record, target, own.signal)
      if (livenessProbe) loop('Liveness', livenessProbe, record, target, own.signal)
    },
    stop,
  }
}

function settle(
  type: ProbeType,
  probe: Probe,
  row: { result: Result; count: number },
  record: ContainerRecord,
  target: Target,
  runtime: CountedRuntime,
  tell: PodEvents,
): 'ended' | undefined {
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
    tell(target.pod, record, 'Normal', 'Killing', message)
    void end(record, probe, target, runtime, tell)
    return 'ended'
  }
  return undefined
}

/** Ends a container for its probe, with its hook, within the probe's grace time or the pod's. Never rejects. */
async function end(
  record: ContainerRecord,
  probe: Probe,
  { pod, podIp }: Target,
  runtime: CountedRuntime,
  tell: PodEvents,
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

async function runProbe(
  probe: Probe,
  record: ContainerRecord,
  target: Target,
  runtime: CountedRuntime,
): Promise<Outcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    if (probe.exec && record.info) {
      const { exitCode, stdout, stderr } = await runtime.exec(
        record.info.id,
        probe.exec.command ?? [],
        {
          signal: timeout,
          maxBytes: 10_240,
        },
      )
      return exitCode === 0 ? GOOD : failed(`${String(stdout)}${String(stderr)}`)
    }
    if (probe.httpGet) return await httpGet(probe.httpGet, record, target.podIp, timeout)
    if (probe.tcpSocket) {
      return await tcp(
        probe.tcpSocket.host ?? target.podIp,
        portOf(probe.tcpSocket.port, record),
        timeout,
      )
    }
    if (probe.grpc) {
      const { port, service = '' } = probe.grpc
      const why = await probeGrpc({ host: target.podIp, port, service, timeoutMs })
      return why === undefined ? GOOD : failed(why)
    }
    return { result: 'unknown', output: '' }
  } catch (error) {
    return failed(describeError(error))
  }
}

const GOOD: Outcome = { result: 'successful', output: '' }
const failed = (output: string): Outcome => ({ result: 'failed', output })

function portOf(port: number | string, record: ContainerRecord): number {
  const named = record.spec.ports?.find((candidate) => candidate.name === port)?.containerPort
  return named ?? Number(port)
}

function httpGet(
  get: NonNullable<Probe['httpGet']>,
  record: ContainerRecord,
  podIp: string,
  signal: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = {
      host: get.host ?? podIp,
      port: portOf(get.port, record),
      path: get.path ?? '/',
      headers: {
        'user-agent': 'kube-probe/1.36',
        ...Object.fromEntries((get.httpHeaders ?? []).map((h) => [h.name, h.value])),
      },
      signal,
      agent: false as const,
      rejectUnauthorized: false,
    }
    const send = get.scheme === 'HTTPS' ? httpsRequest : httpRequest
    const outgoing = send(options, (answer) => {
      answer.resume()
      const status = answer.statusCode ?? 0
      const good = status >= 200 && status < 400
      resolve(good ? GOOD : failed(`HTTP probe failed with statuscode: ${status}`))
    })
    outgoing.on('error', (error) => {
      const url = `${get.scheme === 'HTTPS' ? 'https' : 'http'}://${options.host}:${options.port}${options.path}`
      resolve(failed(`Get "${url}": ${describeError(error)}`))
    })
    outgoing.end()
  })
}

function tcp(host: string, port: number, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal })
    const done = (outcome: Outcome): void => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => done(GOOD))
    socket.once('error', (error) =>
      done(failed(`dial tcp ${host}:${port}: ${describeError(error)}`)),
    )
  })
}
