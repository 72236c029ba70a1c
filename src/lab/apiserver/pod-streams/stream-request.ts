import type { Pod } from '../../../kube/index.ts'
import { containerOf } from '../pod-logs/index.ts'
import { refusals } from '../refusals.ts'
import type { ResourceInfo } from '../request-info.ts'
import { isTrue } from '../request-info.ts'

export type StreamKind = 'exec' | 'attach' | 'portforward'

/** What a client asks of `pods/exec`, `pods/attach` or `pods/portforward`. */
export interface StreamRequest {
  readonly kind: StreamKind
  /** Empty for port-forward. */
  readonly container: string
  /** The query as the API server has it: the container is named. */
  readonly query: URLSearchParams
}

export function streamKindOf({
  group,
  resource,
  subresource,
}: ResourceInfo): StreamKind | undefined {
  if (group !== '' || resource !== 'pods') return undefined
  const kinds: readonly StreamKind[] = ['exec', 'attach', 'portforward']
  return kinds.find((kind) => kind === subresource)
}

/** Reads the options. Throws BadRequest in kube-apiserver's words (registry/core/pod/strategy.go, 1.36). */
export function readStreamRequest(
  kind: StreamKind,
  pod: Pod,
  asked: URLSearchParams,
): StreamRequest {
  const query = new URLSearchParams(asked)
  if (kind === 'portforward') return { kind, container: '', query }
  const container = containerOf(pod, asked.get('container') ?? '')
  query.set('container', container)
  if (kind === 'exec' && asked.getAll('command').length === 0) {
    throw refusals.badRequest('you must specify at least one command')
  }
  return { kind, container, query }
}

/** The path of the same on the kubelet, whose parameters have other names. */
export function kubeletPathOf(
  { metadata }: Pod,
  { kind, container, query }: StreamRequest,
): string {
  const { namespace = '', name = '' } = metadata
  if (kind === 'portforward') {
    const ports = query.getAll('ports')
    const list = ports.length === 0 ? '' : `?port=${ports.map(encodeURIComponent).join(',')}`
    return `/portForward/${namespace}/${name}${list}`
  }
  const sent = new URLSearchParams()
  for (const [here, there] of PARAMETERS) if (isTrue(query.get(here))) sent.set(there, '1')
  if (kind === 'exec') for (const word of query.getAll('command')) sent.append('command', word)
  return `/${kind}/${namespace}/${name}/${container}?${sent.toString()}`
}

const PARAMETERS = [
  ['stdin', 'input'],
  ['stdout', 'output'],
  ['stderr', 'error'],
  ['tty', 'tty'],
] as const
