import { setImmediate as nextTurn } from 'node:timers/promises'
import { describeError } from '../../../core/errors.ts'
import type { AgentLog } from '../../log.ts'
import { createCounters } from '../counters.ts'
import { DOGSTATSD_BURST, DOGSTATSD_UDP_BYTES, DOGSTATSD_UNIX_BYTES } from '../limits.ts'
import type { Sink } from '../sink.ts'
import { formatSeries, formatServiceCheck } from './format.ts'
import { packDatagrams } from './pack.ts'
import { createTransport, type DogStatsdTarget } from './transport.ts'

export interface DogStatsdConfig {
  readonly target: DogStatsdTarget
  /** Bytes of one datagram; undefined: what suits the target. */
  readonly maxBytes: number | undefined
}

/** An Agent that runs already, on the node or beside this one. Log lines cannot go this way. */
export function openDogStatsdSink(
  { target, maxBytes }: DogStatsdConfig,
  { log, now }: { readonly log: AgentLog; readonly now: () => number },
): Sink {
  const counters = createCounters(now)
  const transport = createTransport(target)
  const suits = target.kind === 'udp' ? DOGSTATSD_UDP_BYTES : DOGSTATSD_UNIX_BYTES
  const limit = maxBytes ?? suits
  const address =
    target.kind === 'udp' ? `udp://${target.host}:${target.port}` : `unixstream://${target.path}`
  return {
    name: 'dogstatsd',
    async take({ series, serviceChecks }, signal) {
      const messages = [...series.map(formatSeries), ...serviceChecks.map(formatServiceCheck)]
      const { datagrams, tooLarge } = packDatagrams(messages, limit)
      counters.dropped(tooLarge, `larger than a datagram of ${limit} bytes`)
      let [failed, why] = [0, '']
      for (const [index, { bytes, items }] of datagrams.entries()) {
        try {
          // After the first failure of a batch the rest would only fail the same way, slowly.
          if (failed > 0 || signal.aborted) throw new Error(why || 'the agent was stopped')
          await transport.send(bytes)
          counters.sent(items)
        } catch (error) {
          failed += items
          why = describeError(error)
        }
        if (index % DOGSTATSD_BURST === DOGSTATSD_BURST - 1) await nextTurn()
      }
      if (failed === 0) return
      counters.failed(failed, `${address}: ${why}`)
      log.warn('agent/sinks/dogstatsd', `${failed} items did not reach ${address}: ${why}`)
    },
    status: () =>
      counters.report({ target: address, details: { 'Datagram bytes': String(limit) } }),
    [Symbol.asyncDispose]() {
      transport.close()
      return Promise.resolve()
    },
  }
}
