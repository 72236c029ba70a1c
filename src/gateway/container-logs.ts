import type { IncomingMessage } from 'node:http'
import { describeError } from '../core/index.ts'
import type { KubeClient, Pod } from '../kube/index.ts'
import { logQuery, type PodOwner } from '../kubelet/index.ts'
import { TEXT, text, type Answer } from './answer.ts'
import type { Caller } from './authenticate.ts'
import type { TenantConfig } from './config.ts'
import type { WantedLog } from './log-route.ts'
import type { LogPlace, LogStreams } from './log-streams.ts'
import { hostOwners } from './owners.ts'
import type { HostPods } from './snapshots.ts'
import { UpstreamError } from './upstream.ts'
import { containerNames, virtualPod } from './virtual-containers.ts'

export interface ContainerLogsOptions {
  /** The pods of the current snapshot. */
  readonly hostPods: () => Promise<HostPods>
  /** The node's pods, from a read that begins now. */
  readonly freshPods: () => Promise<readonly Pod[]>
  readonly tenants: () => readonly TenantConfig[]
  readonly hostApi: () => Promise<KubeClient>
  readonly streams: LogStreams
}

export interface LogAnswer {
  readonly answer: Answer
  readonly why?: string
}

/** Answers a caller that may read the node's logs in its own cluster. Throws UpstreamError. */
export type OpenLog = (
  caller: Caller,
  wanted: WantedLog,
  request: Pick<IncomingMessage, 'socket'>,
) => Promise<LogAnswer>

/**
 * `/containerLogs` through the host API server's `pods/log`, for which the gateway needs no `nodes/proxy`. In this order:
 * a place; the host pod that the snapshot says is the caller's; the containers that the caller's own cluster knows; the
 * log; and, before its first byte is passed on, a new look at the node: the name must still be the same pod's.
 */
export function createContainerLogs(options: ContainerLogsOptions): OpenLog {
  return async (caller, wanted, { socket }) => {
    const { config } = caller.tenant
    options.streams.keepOnly(options.tenants())
    const place = options.streams.enter(config, socket)
    if (place === undefined) return TOO_MANY
    let isPiped = false
    try {
      const refusal = await refusalFor(caller, wanted, place, options)
      if (!('owner' in refusal)) return refusal
      const { owner } = refusal
      const opened = await openHostLog(owner, wanted, place, options)
      if ('answer' in opened) return opened
      const { body } = opened
      if (!(await isStill(owner, config, wanted, options))) {
        body.destroy()
        return notThere(wanted, 'the name is another pod’s by now')
      }
      isPiped = true
      return {
        answer: {
          status: 200,
          type: TEXT,
          body: Buffer.alloc(0),
          stream(response) {
            // Quiet logs are no idle connections; a client that does not read is cut off while writing.
            response.setTimeout(0)
            response.writeHead(200, LOG_HEAD).flushHeaders()
            void place.pipe(body, response)
          },
        },
      }
    } finally {
      if (!isPiped) place.leave('refused')
    }
  }
}

const LOG_HEAD = {
  'content-type': TEXT,
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

const TOO_MANY: LogAnswer = {
  answer: text(429, '429 too many logs are read at the same time\n', { 'retry-after': '5' }),
  why: 'above the limit of logs',
}

const notThere = ({ pod }: WantedLog, why: string): LogAnswer => ({
  answer: text(404, `pod "${pod}" does not exist`),
  why,
})

/** The owner's entry of the pod that is wanted, or why there is none for this caller. */
async function refusalFor(
  caller: Caller,
  wanted: WantedLog,
  place: LogPlace,
  { hostPods }: ContainerLogsOptions,
): Promise<LogAnswer | { readonly owner: PodOwner }> {
  const { list, owners, tenants } = await hostPods()
  const slice = (tenants as readonly unknown[]).indexOf(caller.tenant.config)
  const found = hostPodOf(list, owners, slice, wanted)
  if (found === undefined) return notThere(wanted, 'no such pod of the tenant’s on this node')
  const { namespace, pod: name, container } = wanted
  const { owner, containers } = found
  const virtual = await virtualPod(caller, { namespace, name }, place.signal)
  switch (virtual.kind) {
    case 'denied':
      return {
        answer: text(403, `Forbidden (user=${caller.user.username}, verb=get, resource=pods)\n`),
        why: `the pod cannot be read as the caller: ${virtual.why}`,
      }
    case 'unavailable':
      return {
        answer: text(503, 'access cannot be checked at the moment\n', { 'retry-after': '5' }),
        why: virtual.why,
      }
    case 'absent':
      return notThere(wanted, 'not a pod of the tenant’s own cluster')
    case 'pod':
      if (virtual.uid !== owner.virtual.uid) return notThere(wanted, 'another pod of the same name')
      if (virtual.containers.has(container) && containers.has(container)) return { owner }
      return {
        answer: text(404, `container "${container}" not found in pod "${name}"`),
        why: 'not a container of the virtual pod',
      }
  }
}

/** The host pod that is this virtual pod; two that claim to be it are none. */
function hostPodOf(
  pods: readonly Pod[],
  owners: HostPods['owners'],
  slice: number,
  { namespace, pod: name }: WantedLog,
): { readonly owner: PodOwner; readonly containers: ReadonlySet<string> } | undefined {
  if (slice < 0) return undefined
  const found = pods.flatMap(({ metadata, spec }) => {
    const owner = owners(metadata.namespace ?? '', metadata.name ?? '')
    const isIt =
      owner?.slice === slice &&
      owner.hostUid === metadata.uid &&
      owner.virtual.namespace === namespace &&
      owner.virtual.name === name
    if (!isIt) return []
    const own = [...containerNames(spec)].filter((each) => !owner.hostOnlyContainers.has(each))
    return [{ owner, containers: new Set(own) }]
  })
  return found.length === 1 ? found[0] : undefined
}

async function openHostLog(
  { host }: PodOwner,
  wanted: WantedLog,
  { signal }: LogPlace,
  { hostApi }: ContainerLogsOptions,
): Promise<LogAnswer | { readonly body: Awaited<ReturnType<KubeClient['stream']>>['body'] }> {
  const where = [host.namespace, host.name].map(encodeURIComponent)
  const query = new URLSearchParams(logQuery(wanted.options))
  query.set('container', wanted.container)
  const path = `/api/v1/namespaces/${where[0] ?? ''}/pods/${where[1] ?? ''}/log?${query.toString()}`
  const answer = await hostApi()
    .then((client) => client.stream(path, { signal }))
    .catch((error: unknown) => {
      throw new UpstreamError(`the host API server: ${describeError(error)}`)
    })
  if (answer.status === 200) return { body: answer.body }
  // The host's words name the host pod: what is passed on is said anew.
  answer.body.destroy()
  const { container, pod } = wanted
  if (answer.status === 400) {
    const what = `container "${container}" in pod "${pod}"`
    const said = wanted.options.previous
      ? `previous terminated ${what} not found`
      : `${what} is not available`
    return { answer: text(400, said), why: 'the host has no such log' }
  }
  if (answer.status === 404) return notThere(wanted, 'the host has no such pod')
  throw new UpstreamError(`the host API server answered ${answer.status} to pods/log`)
}

/**
 * The look at the node began after the log was opened: a pod that was there before and is there now was there in between,
 * so the log is its own.
 */
async function isStill(
  before: PodOwner,
  tenant: TenantConfig,
  wanted: WantedLog,
  { freshPods, tenants }: ContainerLogsOptions,
): Promise<boolean> {
  const list = await freshPods()
  const now = tenants()
  const found = hostPodOf(list, hostOwners(list, now).lookup, now.indexOf(tenant), wanted)
  if (found === undefined || !found.containers.has(wanted.container)) return false
  const { hostUid, host } = found.owner
  return (
    hostUid === before.hostUid &&
    host.name === before.host.name &&
    host.namespace === before.host.namespace
  )
}
