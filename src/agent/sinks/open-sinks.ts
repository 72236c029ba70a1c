import type { AgentLog } from '../log.ts'
import type { SinksConfig } from './config.ts'
import { createOutlet, type Outlet } from './outlet.ts'
import { createSinkSet, type SinkSet } from './sink-set.ts'
import type { Sink, SinkStatus } from './sink.ts'

export interface OpenSinksDeps {
  readonly log: AgentLog
  readonly now: () => number
  /** Of this package. */
  readonly version: string
}

/**
 * Opens what is configured. Each sink's libraries are loaded only when it is: an agent without sinks stays small.
 * Throws, with everything closed again, when one cannot be opened: E_CONFIG, E_PORT_IN_USE, E_NO_PERMISSION.
 */
export async function openSinks(config: SinksConfig, deps: OpenSinksDeps): Promise<SinkSet> {
  const { log } = deps
  for (const note of config.notes) log.warn('agent/sinks', note)
  const outlets: Outlet[] = []
  const statuses = (): SinkStatus[] => outlets.map((outlet) => outlet.status())
  const set = createSinkSet(outlets)
  try {
    for (const open of openers(config, { ...deps, statuses })) {
      const sink = await open()
      outlets.push(createOutlet(sink, deps))
      log.info('agent/sinks', `Sending to ${sink.name}: ${sink.status().target}`)
    }
  } catch (error) {
    await set[Symbol.asyncDispose]()
    throw error
  }
  return set
}

type Deps = OpenSinksDeps & { readonly statuses: () => readonly SinkStatus[] }

function openers(config: SinksConfig, deps: Deps): (() => Promise<Sink>)[] {
  const { datadog, prometheus, otlp, dogstatsd, stdout } = config
  return [
    datadog && (async () => (await import('./datadog/sink.ts')).openDatadogSink(datadog, deps)),
    prometheus &&
      (async () => (await import('./prometheus/sink.ts')).openPrometheusSink(prometheus, deps)),
    otlp && (async () => (await import('./otlp/sink.ts')).openOtlpSink(otlp, deps)),
    dogstatsd &&
      (async () => (await import('./dogstatsd/sink.ts')).openDogStatsdSink(dogstatsd, deps)),
    stdout && (async () => (await import('./stdout/sink.ts')).openStdoutSink(deps)),
  ].filter((open) => open !== undefined)
}
