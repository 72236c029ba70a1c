import type { ContainerInfo, Mount } from '../types.ts'
import { applyFilters, parseFilters } from './filters.ts'
import { labelsOf } from './labels.ts'

/** `GET /containers/json`: newest first; only what runs, unless `all`, `limit` or a filter on the status asks for more. */
export function listContainers(
  containers: readonly ContainerInfo[],
  query: URLSearchParams,
): readonly object[] {
  const filters = parseFilters(query.get('filters'))
  const limit = limitOf(query.get('limit'))
  const all =
    isTrue(query.get('all')) || limit > 0 || filters.has('status') || filters.has('exited')
  const found = applyFilters(containers, filters)
    .filter(({ phase }) => all || phase === 'running')
    .toSorted((a, b) => b.createdAt - a.createdAt)
  return (limit > 0 ? found.slice(0, limit) : found).map(summary)
}

/** Docker's own words, and its 500, for what is no number. */
function limitOf(text: string | null): number {
  if (text === null || text === '') return 0
  if (/^[+-]?\d{1,18}$/.test(text)) return Number(text)
  throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
}

/** Docker shows arguments with spaces in quotes, the program as it is. */
const commandOf = ([program = '', ...args]: readonly string[]): string =>
  [program, ...args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))].join(' ')

/** How Docker reads a boolean parameter: anything but these is true. */
export function isTrue(value: string | null): boolean {
  return !['', '0', 'no', 'false', 'none'].includes((value ?? '').trim().toLowerCase())
}

function summary(container: ContainerInfo): object {
  return {
    Id: container.id,
    Names: [`/${container.runtimeName}`],
    Image: container.image,
    ImageID: container.imageId,
    Command: commandOf(container.argv),
    Created: Math.floor(container.createdAt / 1000),
    Ports: [],
    Labels: labelsOf(container),
    State: container.phase,
    Status: statusText(container),
    HostConfig: { NetworkMode: networkMode(container) },
    NetworkSettings: { Networks: networksOf(container) },
    Mounts: container.mounts.map(mountOf),
  }
}

/** Containers of a pod share the sandbox's network. */
export function networkMode(container: ContainerInfo): string {
  if (container.kind === 'container') return `container:${container.sandboxId}`
  return container.sandbox.hostNetwork ? 'host' : 'none'
}

export function networksOf(container: ContainerInfo): object {
  if (container.kind === 'container') return {}
  const { hostNetwork, podIp } = container.sandbox
  return {
    [hostNetwork ? 'host' : 'none']: {
      IPAMConfig: null,
      Links: null,
      Aliases: null,
      MacAddress: '',
      NetworkID: '',
      EndpointID: '',
      Gateway: '',
      IPAddress: hostNetwork ? '' : podIp,
      IPPrefixLen: 0,
      IPv6Gateway: '',
      GlobalIPv6Address: '',
      GlobalIPv6PrefixLen: 0,
      DriverOpts: null,
      DNSNames: null,
    },
  }
}

export function mountOf({ hostPath, containerPath, readOnly }: Mount): object {
  return {
    Type: 'bind',
    Source: hostPath,
    Destination: containerPath,
    Mode: readOnly ? 'ro' : '',
    RW: !readOnly,
    Propagation: 'rprivate',
  }
}

/** `Up 5 minutes`, `Exited (0) 2 hours ago`, `Created`. */
export function statusText(container: ContainerInfo, now: number = Date.now()): string {
  const { phase, startedAt, finishedAt, exitCode } = container
  if (phase === 'created') return 'Created'
  if (phase === 'running') return `Up ${humanDuration(now - (startedAt ?? now))}`
  return `Exited (${exitCode ?? 0}) ${humanDuration(now - (finishedAt ?? now))} ago`
}

/** Docker's own wording (go-units, HumanDuration). */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.floor(seconds / 60)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.round(seconds / 3600)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`
  return `${Math.floor(hours / 24 / 365)} years`
}
