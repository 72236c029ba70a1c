import { dirname, join } from 'node:path'
import type { Clock } from '../../core/index.ts'
import type { ContainerState, ContainerStatus, PodStatus } from '../../kube/index.ts'
import { readLogOptions, type LogOptions } from '../../kubelet/index.ts'
import {
  followFile,
  offsetOfLastLines,
  type ContainerRuntime,
  type Writer,
} from '../runtime/index.ts'
import { text, type Answer } from './answer.ts'
import { createLogText } from './log-text.ts'
import type { PodWorker } from './pod-worker.ts'

export interface ContainerLogsOptions {
  readonly workers: () => readonly PodWorker[]
  readonly runtime: Pick<ContainerRuntime, 'get' | 'onEvent' | 'idPrefix'>
  readonly clock: Clock
}

/**
 * `/containerLogs/{namespace}/{pod}/{container}`, streamed: options, pod, container and instance are looked at in the
 * order and with the words of the kubelet's getContainerLogs (1.36).
 */
export function containerLogs(url: URL, options: ContainerLogsOptions): Answer {
  const read = readLogOptions(withTail(url.searchParams))
  if (read.kind === 'unreadable') return text(400, '{"message": "Unable to decode query."}')
  if (read.kind === 'invalid') return text(422, '{"message": "Invalid request."}')
  const [, , namespace = '', pod = '', container = ''] = url.pathname.split('/').map(safeDecode)
  const worker = options.workers().find((candidate) => {
    const { metadata } = candidate.view()
    return metadata.namespace === namespace && metadata.name === pod
  })
  if (!worker) return text(404, `pod "${pod}" does not exist`)
  if (!worker.records().some(({ spec }) => spec.name === container)) {
    return text(404, `container "${container}" not found in pod "${pod}"`)
  }
  const { previous } = read.options
  const found = instanceOf(worker.view().status, pod, container, previous)
  if (!found.ok) return text(400, found.why)
  return {
    status: 200,
    // The kubelet sends logs without a type, and so does this one.
    headers: {},
    body: '',
    stream: (signal) => logOf(worker, container, found.containerId, read.options, options, signal),
  }
}

/** `tail` is what `tailLines` was called before v1; `all` of them is no limit. */
function withTail(query: URLSearchParams): URLSearchParams {
  const tail = query.get('tail') ?? ''
  if (tail === '') return query
  const changed = new URLSearchParams(query)
  if (tail === 'all') changed.delete('tailLines')
  else changed.set('tailLines', tail)
  return changed
}

type Instance =
  { readonly ok: true; readonly containerId: string } | { readonly ok: false; readonly why: string }

/** Which container's log is meant, by the pod's status (kubelet_pods.go, validateContainerLogStatus). */
export function instanceOf(
  status: PodStatus | undefined,
  pod: string,
  container: string,
  previous: boolean,
): Instance {
  const no = (why: string): Instance => ({ ok: false, why })
  const what = `container "${container}" in pod "${pod}"`
  const all: readonly ContainerStatus[] = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ]
  const found = all.find(({ name }) => name === container)
  if (found === undefined) return no(`${what} is not available`)
  const { state } = found
  const last = found.lastState.terminated?.containerID
  const ended = state.terminated ?? found.lastState.terminated
  if (previous && !last) return no(`previous terminated ${what} not found`)
  if (previous) return { ok: true, containerId: last ?? '' }
  if (state.running) return { ok: true, containerId: found.containerID ?? '' }
  if (ended) {
    const containerId = state.terminated?.containerID || last
    return containerId ? { ok: true, containerId } : no(`${what} is terminated`)
  }
  return no(waitingText(what, state))
}

function waitingText(what: string, { waiting }: ContainerState): string {
  if (!waiting) return `${what} is waiting to start - no logs yet`
  const { reason = '' } = waiting
  const why: Readonly<Record<string, string>> = {
    ErrImagePull: "image can't be pulled",
    ImagePullBackOff: 'trying and failing to pull image',
  }
  return `${what} is waiting to start: ${why[reason] ?? reason}`
}

async function* logOf(
  worker: PodWorker,
  container: string,
  containerId: string,
  asked: LogOptions,
  { runtime, clock }: ContainerLogsOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const id = containerId.slice(runtime.idPrefix.length)
  const path = logPathOf(worker, container, id)
  const { tailLines, sinceSeconds, sinceTime } = asked
  const since = sinceSeconds === undefined ? sinceTime : clock.now() - sinceSeconds * 1000
  const logText = createLogText({ ...asked, ...(since === undefined ? {} : { since }) })
  try {
    if (path === undefined) throw new Error('no such container')
    const chunks = followFile(
      path,
      (file) => (tailLines === undefined ? Promise.resolve(0) : offsetOfLastLines(file, tailLines)),
      asked.follow ? writerOf(id, runtime) : undefined,
      signal,
    )
    for await (const chunk of chunks) {
      const shown = logText.add(chunk)
      if (shown.length > 0) yield shown
      if (logText.isFull) return
    }
  } catch {
    // The head has gone out when a kubelet finds this: it can only say so in the text.
    yield Buffer.from(`unable to retrieve container logs for ${containerId}`)
  }
}

/** A container's log; the runtime may have forgotten a container that ended, while its log is still there. */
function logPathOf(worker: PodWorker, container: string, id: string): string | undefined {
  const record = worker.records().find(({ spec }) => spec.name === container)
  const info = record?.info
  if (info?.id === id) return info.logPath
  if (info === undefined || record?.previousId !== id) return undefined
  return join(dirname(info.logPath), `${info.attempt - 1}.log`)
}

function writerOf(id: string, runtime: ContainerLogsOptions['runtime']): Writer {
  return {
    isRunning: () => runtime.get(id)?.phase === 'running',
    onEnd: (listener) =>
      runtime.onEvent(({ type, container }) => {
        if (type === 'die' && container.id === id) listener()
      }),
  }
}

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
