import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import { LIMITS } from './limits.ts'
import type { Metrics } from './metrics.ts'

/** Why a log ended. */
export type Ending = 'done' | 'time' | 'client' | 'slow' | 'stopped' | 'failed' | 'refused'

/** A place among the logs that are read at the same time. */
export interface LogPlace {
  /** Fires when the log must end, whatever the reason: the client is gone, its time is over, the gateway drains. */
  readonly signal: AbortSignal
  /** Gives the place back. Twice is harmless. */
  leave(why: Ending): void
  /** Writes a log to its client no faster than that one reads, then leaves. Never rejects. */
  pipe(log: Readable, response: ServerResponse): Promise<void>
}

/** Whose log it is: the tenant's configuration, which a reload or a new look at the host replaces. */
export interface LogTenant {
  readonly name: string
}

export interface LogStreams {
  /** Undefined: too many are read at this moment, by this tenant or by all. */
  enter(tenant: LogTenant, client: Duplex): LogPlace | undefined
  /** Ends those of tenants that are not served any more. */
  keepOnly(tenants: readonly LogTenant[]): void
  /** Ends all, as at the end of their log. */
  endAll(): void
}

export interface LogStreamsOptions {
  readonly streams: number
  readonly streamsPerTenant: number
  readonly maxDurationMs: number
  readonly metrics: Metrics
  readonly ended: (why: Ending, bytes: number, tenant: string) => void
}

interface Open {
  readonly tenant: LogTenant
  end(why: Ending): void
}

export function createLogStreams(options: LogStreamsOptions): LogStreams {
  const open = new Set<Open>()
  const count = (): void => {
    options.metrics.set('sublet_gateway_log_streams', open.size)
  }
  const endWhere = (isMeant: (tenant: LogTenant) => boolean): void => {
    for (const each of [...open]) if (isMeant(each.tenant)) each.end('stopped')
  }
  return {
    enter(tenant, client) {
      const own = [...open].filter((each) => each.tenant === tenant).length
      if (open.size >= options.streams || own >= options.streamsPerTenant) return undefined
      const stop = new AbortController()
      let why: Ending | undefined
      let bytes = 0
      let isPiped = false
      const end = (reason: Ending): void => {
        why ??= reason
        stop.abort()
        // Nobody else gives the place back before there is something to copy.
        if (!isPiped) leave(reason)
      }
      const clientGone = (): void => end('client')
      const clock = setTimeout(() => end('time'), options.maxDurationMs)
      client.once('close', clientGone)
      const entry: Open = { tenant, end }
      open.add(entry)
      count()
      const leave = (reason: Ending): void => {
        if (!open.delete(entry)) return
        clearTimeout(clock)
        client.off('close', clientGone)
        end(reason)
        count()
        options.ended(why ?? reason, bytes, tenant.name)
      }
      if (client.destroyed) end('client')
      return {
        signal: stop.signal,
        leave,
        async pipe(log, response) {
          isPiped = true
          const add = (more: number): void => {
            bytes += more
          }
          leave(await pump(log, response, stop.signal, add))
          if (why === 'failed' || why === 'slow' || why === 'client') response.destroy()
          else response.end()
          log.destroy()
        },
      }
    },
    keepOnly: (tenants) => endWhere((tenant) => !tenants.includes(tenant)),
    endAll: () => endWhere(() => true),
  }
}

/** Copies chunk by chunk; a client that takes nothing for too long is cut off. */
async function pump(
  log: Readable,
  response: ServerResponse,
  signal: AbortSignal,
  add: (bytes: number) => void,
): Promise<Ending> {
  try {
    for await (const chunk of log as AsyncIterable<Buffer>) {
      if (signal.aborted) return 'stopped'
      add(chunk.length)
      if (response.write(chunk)) continue
      const slow = AbortSignal.timeout(LIMITS.socketTimeoutMs)
      await once(response, 'drain', { signal: AbortSignal.any([slow, signal]) }).catch(
        () => undefined,
      )
      if (slow.aborted) return 'slow'
    }
    return 'done'
  } catch {
    return signal.aborted ? 'stopped' : 'failed'
  }
}
